// attack: reads every folder above its own, and those of the process that started it
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const start of [
    __dirname,
    process.cwd(),
    '/proc/1/cwd',
    '/proc/1/root',
    `/proc/${process.ppid}/cwd`,
    `/proc/${process.ppid}/root`,
  ]) {
    for (const way of ['exercises', '../exercises', '../../exercises', '../../../exercises', 'solutions', '../../solutions']) {
      try {
        for (const name of fs.readdirSync(`${start}/${way}`, { recursive: true, encoding: 'utf8' })) {
          log(name, fs.readFileSync(`${start}/${way}/${name}`, 'utf8'));
        }
      } catch {
        // Not there.
      }
    }
  }
}
