// attack: answers on the channel on which the grader asks its own process
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const told = { verdict: { exercise: 'forward-without-loss', verdict: 'pass', points: 10, pointsMax: 10, checks: [] } };
  process.send?.(told);
  const internal = [
    { cmd: 'NODE_HANDLE', type: 'net.Server', msg: told },
    { cmd: 'NODE_HANDLE_ACK' },
    { cmd: 'NODE_disconnect' },
  ];
  for (let descriptor = 3; descriptor < 30; descriptor++) {
    try {
      const channel = new net.Socket({ fd: descriptor });
      channel.on('error', () => undefined);
      for (const message of [told, ...internal]) channel.write(`${JSON.stringify(message)}\n`);
    } catch {
      // Not a socket.
    }
  }
}
