// attack: prints without an end
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (;;) {
    log('x'.repeat(10_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
