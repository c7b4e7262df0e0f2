/**
 * Writes `lib/dist/code-cache/`: loads what stands ready in the sandbox of each answer (lib/inside/code-cache.cjs), and uses it
 * as answers do.
 */
'use strict';
const path = require('node:path');

const LIB = path.join(__dirname, '..', '..', 'lib');
const { recordCode } = require(path.join(LIB, 'inside', 'code-cache.cjs'));

const recorded = recordCode();
void main();

async function main() {
  compile();
  recorded.write('typescript');
  await publishAndConsume();
  recorded.write('amqplib');
}

/** Some source of the library: its language is that of answers. */
function compile() {
  const typescript = path.dirname(require.resolve('typescript/package.json'));
  process.argv.splice(2, Infinity, typescript, path.join(LIB, 'grading', 'run', 'run.ts'));
  require(path.join(LIB, 'inside', 'compile.cjs'));
}

async function publishAndConsume() {
  const amqp = /** @type {typeof import('amqplib')} */ (require('amqplib'));
  const { Lab } = require(path.join(LIB, 'dist', 'index.js'));
  const lab = await Lab.start({ name: 'code', engine: 'warren' });
  const connection = await amqp.connect(lab.url());
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.assertExchange('code', 'topic');
  await channel.bindQueue(queue, 'code', '#');
  await channel.prefetch(1);
  const taken = new Promise((resolve) => {
    void channel.consume(queue, (message) => {
      if (message === null) return;
      channel.ack(message);
      resolve(undefined);
    });
  });
  channel.publish('code', 'key', Buffer.from('{}'), { headers: { try: 1, of: 'two' }, messageId: 'one' });
  await channel.waitForConfirms();
  await taken;
  await channel.close();
  await connection.close();
  await lab.stop();
}
