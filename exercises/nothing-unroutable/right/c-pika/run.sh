#!/bin/sh
# A publish that comes back is an exception in pika's blocking connection.
exec /usr/bin/python3 "$(dirname "$0")/courier.py"
