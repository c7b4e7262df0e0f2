#!/bin/sh
# The blocking connection of pika; what nobody wanted comes through a fanout exchange behind EVENTS.
exec /usr/bin/python3 "$(dirname "$0")/router.py"
