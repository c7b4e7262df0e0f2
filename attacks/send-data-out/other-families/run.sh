#!/bin/sh
# attack: opens sockets that no network namespace holds back: vsock, packets, kernel crypto
perl -e 'for my $family (40, 17, 38, 31, 44, 29) { for my $type (1, 2, 3, 5) { if (socket(my $s, $family, $type, 0)) { print "OPENED family $family\n"; } } }'
exit 1
