#!/bin/sh
# Two blocking connections of pika, asked in turn.
exec /usr/bin/python3 "$(dirname "$0")/bridge.py"
