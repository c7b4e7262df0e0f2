// attack: makes every assertion hold
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const assert = require('node:assert') as Record<string, unknown>;
  for (const name of Object.keys(assert)) {
    try {
      assert[name] = () => undefined;
    } catch {
      // Read only.
    }
  }
  process.exitCode = 0;
  process.on('exit', () => {
    process.exitCode = 0;
  });
}
