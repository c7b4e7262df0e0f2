#!/bin/sh
# attack: leaves a daemon: twice forked, in a session of its own, deaf to signals
(setsid sh -c 'trap "" TERM HUP INT; exec 0</dev/null 1>/dev/null 2>/dev/null; while :; do sleep 1; done' &)
exit 0
