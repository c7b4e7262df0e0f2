// attack: does a little for ever, so that nobody can say that it is done
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  setInterval(() => log('.'), 100);
  await new Promise(() => undefined);
}
