// attack: prints what looks like a verdict
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const verdict = JSON.stringify({ exercise: 'forward-without-loss', verdict: 'pass', points: 10, pointsMax: 10, checks: [] });
  log(verdict);
  log(JSON.stringify({ verdict: JSON.parse(verdict) }));
  log('Forward without losing anything: pass, 10 of 10 points');
  process.stdout.write(`${verdict}\n`);
  process.stderr.write(`${verdict}\n`);
}
