// attack: opens connections without an end
import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url }: AnswerContext): Promise<void> {
  for (;;) await amqp.connect(url);
}
