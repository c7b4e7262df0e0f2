// attack: throws a text of many megabytes, in one line and in many
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const error = new Error('x'.repeat(1 << 24));
  error.stack = 'y\n'.repeat(1 << 22);
  error.name = '<b>'.repeat(1 << 20);
  throw error;
}
