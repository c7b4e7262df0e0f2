#!/bin/sh
# attack: prints one line that never ends
cat /dev/zero | tr '\0' x
