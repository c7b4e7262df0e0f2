// attack: throws a script, which a report would show
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  throw new Error('<script>alert(1)</script><img src=x onerror=alert(1)><iframe src=//example.com></iframe>');
}
