// attack: answers on the channel on which the grader asks its own process
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const told = { verdict: { exercise: 'forward-without-loss', verdict: 'pass', points: 10, pointsMax: 10, checks: [] } };
  process.send?.(told);
  for (let descriptor = 3; descriptor < 30; descriptor++) {
    try {
      const channel = new net.Socket({ fd: descriptor });
      channel.on('error', () => undefined);
      channel.write(`${JSON.stringify(told)}\n`);
    } catch {
      // Not a socket.
    }
  }
}
