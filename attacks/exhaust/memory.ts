// attack: fills its memory
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const kept: Buffer[] = [];
  for (;;) {
    kept.push(Buffer.alloc(16 << 20, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
