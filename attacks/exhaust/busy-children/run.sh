#!/bin/sh
# attack: lets children that nobody waits for do the computing
trap '' CHLD
while :; do (i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done) & wait; done
