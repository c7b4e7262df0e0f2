// attack: does not end when it is told to
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);
  process.on('beforeExit', () => setTimeout(() => undefined, 1000));
  await new Promise(() => setInterval(() => undefined, 1000));
}
