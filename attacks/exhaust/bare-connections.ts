// attack: opens connections and says nothing on them
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function ({ url }: AnswerContext): Promise<void> {
  const { port } = new URL(url);
  for (let count = 0; count < 500; count++) net.connect(Number(port), '127.0.0.1').on('error', () => undefined);
  await new Promise(() => undefined);
}
