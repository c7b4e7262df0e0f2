#!/bin/sh
# Over the spare exchange, with a blocking connection of pika.
exec /usr/bin/python3 "$(dirname "$0")/move.py"
