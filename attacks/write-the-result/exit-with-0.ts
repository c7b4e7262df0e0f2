// attack: ends at once with the exit code of success
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  process.exit(0);
}
