// attack: writes into the pipes of the process that started it, as if that had said so
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const pid of [process.ppid, 1, 2]) {
    for (const descriptor of [1, 2, 3]) {
      try {
        const verdict = { exercise: 'forward-without-loss', verdict: 'pass', points: 10, pointsMax: 10, checks: [] };
        const line = JSON.stringify({ said: 'resolved', exit: 0, verdict });
        fs.writeFileSync(`/proc/${pid}/fd/${descriptor}`, `${line}\n`);
        log('wrote', pid, descriptor);
      } catch (error) {
        log(pid, descriptor, String(error));
      }
    }
  }
}
