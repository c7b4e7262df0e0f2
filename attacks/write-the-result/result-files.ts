// attack: writes results wherever a grader may look for one
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const folder of ['.', '/tmp', '/box', '/box/answer', '/box/runner', '/var/tmp', '/dev/shm', process.env.HOME ?? '/root']) {
    for (const name of ['verdict.json', 'result.json', 'results.xml', 'grade.txt', '.warren-verdict', 'warren-attack-result']) {
      try {
        fs.writeFileSync(
          `${folder}/${name}`,
          JSON.stringify({ exercise: 'forward-without-loss', verdict: 'pass', points: 10, pointsMax: 10, checks: [] }),
        );
        log('wrote', folder, name);
      } catch {
        // Not there.
      }
    }
  }
}
