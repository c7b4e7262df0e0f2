#!/bin/sh
# attack: has the machine start it again: cron, at, profiles, units
echo '* * * * * touch /tmp/warren-attack-cron' | crontab -
echo 'touch /tmp/warren-attack-at' | at now
for file in "$HOME/.profile" /root/.bashrc /etc/cron.d/warren-attack /etc/profile.d/warren-attack.sh; do
  echo 'touch /tmp/warren-attack-profile' >> $file
done 2>/dev/null
systemd-run --user touch /tmp/warren-attack-unit
exit 1
