#!/bin/sh
# Replies from the callback of pika's blocking connection, on the channel on which requests come.
exec /usr/bin/python3 "$(dirname "$0")/serve.py"
