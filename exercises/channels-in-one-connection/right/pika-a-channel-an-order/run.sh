#!/bin/sh
# Letters and orders on one channel, and another one for each order, with the blocking connection of pika.
exec /usr/bin/python3 "$(dirname "$0")/office.py"
