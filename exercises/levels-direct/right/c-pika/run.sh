#!/bin/sh
# With the blocking connection of pika.
exec /usr/bin/python3 "$(dirname "$0")/route.py"
