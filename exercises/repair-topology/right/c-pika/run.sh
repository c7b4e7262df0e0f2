#!/bin/sh
# Moves messages in transactions: a publish and its acknowledgement, both or neither.
exec /usr/bin/python3 "$(dirname "$0")/repair.py"
