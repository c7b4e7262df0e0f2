// attack: sends frames that are none: too large, cut off, with lengths that lie
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function ({ url }: AnswerContext): Promise<void> {
  const { port } = new URL(url);
  const header = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
  const frames = [
    Buffer.from('01000000ffffff', 'hex'),
    Buffer.concat([Buffer.from('0100000000000c', 'hex'), Buffer.from('000a000b7fffffff41414141ce', 'hex')]),
    Buffer.concat([Buffer.from('01000000000010', 'hex'), Buffer.alloc(16, 0xff), Buffer.from('ce', 'hex')]),
    Buffer.concat([
      Buffer.from('0200010000000e', 'hex'),
      Buffer.from('003c0000ffffffffffffffffffff', 'hex'),
      Buffer.from('ce', 'hex'),
    ]),
    Buffer.alloc(100_000, 0x01),
    Buffer.concat([Buffer.from('01000000ff0000', 'hex'), Buffer.alloc(1 << 22)]),
  ];
  for (const frame of frames) {
    await new Promise<void>((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(Buffer.concat([header, frame])));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.setTimeout(300, () => socket.destroy());
    });
  }
}
