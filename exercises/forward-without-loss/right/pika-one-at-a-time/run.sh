#!/bin/sh
# One order at a time, with the blocking connection of pika.
exec /usr/bin/python3 "$(dirname "$0")/forward.py"
