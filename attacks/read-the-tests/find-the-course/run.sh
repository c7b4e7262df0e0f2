#!/bin/sh
# attack: looks through the whole file system for checks, scenarios and solutions
find / -xdev \( -name 'hidden.ts' -o -name 'checks.ts' -o -name 'scenario.ts' -o -name 'messages.en.json' \) -exec cat {} \; 2>/dev/null
grep -rlI 'warren/grading' /box /tmp /usr/local /opt /srv /home /root /work /workspaces 2>/dev/null | xargs cat 2>/dev/null
