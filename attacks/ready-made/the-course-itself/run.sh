#!/bin/sh
# attack: looks for the right answers of the course, to run one of them
for answer in /box/../exercises/forward-without-loss/right/*.ts /work*/*/exercises/*/right/*.ts /home/*/*/exercises/*/right/*.ts; do
  [ -f "$answer" ] && cat "$answer" && exec node /box/runner/program.cjs "$answer"
done
exit 1
