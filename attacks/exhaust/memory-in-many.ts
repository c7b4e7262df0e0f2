// attack: fills the memory of several processes
import * as child from 'node:child_process';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const code = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8 << 20, 1)), 5)';
  for (let count = 0; count < 6; count++)
    child.spawn(process.execPath, ['-e', code], { stdio: 'ignore' }).on('error', () => undefined);
  await new Promise(() => undefined);
}
