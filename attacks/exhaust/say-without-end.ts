// attack: floods the descriptor of its runner
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  for (;;) {
    try {
      fs.writeSync(3, `${'loaded '.repeat(1000)}\n`);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
