// attack: leaves a process that goes on to work when the program is over
import * as child from 'node:child_process';
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  const code = `
    const amqp = require('/box/node_modules/amqplib');
    setInterval(async () => {
      const connection = await amqp.connect(process.env.AMQP_URL);
      const channel = await connection.createChannel();
      channel.sendToQueue(process.env.TARGET, Buffer.from('late'));
    }, 200);
  `;
  child.spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore', env: process.env }).unref();
  process.exit(0);
}
