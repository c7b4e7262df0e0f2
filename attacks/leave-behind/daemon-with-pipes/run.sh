#!/bin/sh
# attack: leaves a daemon that holds the pipes of the run
(setsid sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done' &)
exit 0
