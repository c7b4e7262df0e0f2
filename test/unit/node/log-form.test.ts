/** The log of a node: its lines, and what a connection leaves in it. */
import { strict as assert } from 'node:assert';
import amqp from 'amqplib';
import { createBroker } from '../../../lib/broker/broker';
import { FormedLog, logLines } from '../../../lib/node/log-form';
import { LiveWorld } from '../../../lib/world/live';

const AT = Date.UTC(2026, 10, 21, 12, 0, 0, 123) + 0.456;

describe('the log of a node', () => {
  it('has the date, microseconds, the level and who writes before each line', () => {
    assert.equal(
      logLines(AT, 'info', '<0.700.0>', 'one\ntwo'),
      '2026-11-21 12:00:00.123456+00:00 [info] <0.700.0> one\n2026-11-21 12:00:00.123456+00:00 [info] <0.700.0> two\n',
    );
  });

  it('leaves out what is less grave than its level', () => {
    let text = '';
    const log = new FormedLog(
      () => AT,
      (lines) => {
        text += lines;
      },
      'warning',
    );
    log.write('info', 'not this');
    log.write('error', 'this');
    log.level = 'none';
    log.write('error', 'nor this');
    assert.match(text, /^\S+ \S+ \[error\] <[\d.]+> this\n$/);
  });

  it('tells of a connection what that of RabbitMQ tells', async () => {
    const lines: string[] = [];
    let ended = 0;
    let onEnd = (): void => undefined;
    const write = (level: string, text: string): void => {
      lines.push(`[${level}] ${text}`);
      if (text.startsWith('closing')) ended++;
      onEnd();
    };
    const log = { write };
    const untilEnded = (count: number): Promise<void> =>
      new Promise((resolve) => {
        onEnd = () => ended >= count && resolve();
        onEnd();
      });
    const broker = createBroker(new LiveWorld({ log }), { nodeName: 'rabbit1@localhost' });
    const port = await new Promise<number>((resolve, reject) => {
      broker.listen({ host: '127.0.0.1', port: 0 }, (error, bound) => (bound === null ? reject(error) : resolve(bound.port)));
    });
    const url = (vhost: string, login = 'guest:guest'): string => `amqp://${login}@127.0.0.1:${port}${vhost}?heartbeat=0`;
    const named = await amqp.connect(url(''), { clientProperties: { connection_name: 'named' } });
    const channel = await named.createChannel();
    channel.on('error', () => undefined);
    await assert.rejects(channel.checkQueue('nope'));
    await named.close();
    await untilEnded(1);
    await assert.rejects(amqp.connect(url('', 'guest:wrong')));
    await untilEnded(2);
    await assert.rejects(amqp.connect(url('/novhost')));
    await untilEnded(3);
    const dropped = await amqp.connect(url(''));
    dropped.on('error', () => undefined);
    const { stream } = (dropped as unknown as { connection: { stream: import('node:net').Socket } }).connection;
    stream.destroy();
    await untilEnded(4);
    await new Promise<void>((resolve) => broker.stop(resolve));
    const plain = lines.map((line) => line.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS').replaceAll(/<0\.\d+\.0>/g, 'PID'));
    const way = 'ADDRESS -> ADDRESS';
    assert.deepEqual(plain, [
      '[info] started TCP listener on ADDRESS',
      `[info] accepting AMQP connection PID (${way})`,
      `[info] connection PID (${way}) has a client-provided name: named`,
      `[info] connection PID (${way} - named): user 'guest' authenticated and granted access to vhost '/'`,
      `[error] Channel error on connection PID (${way}, vhost: '/', user: 'guest'), channel 1:\n` +
        "operation queue.declare caused a channel exception not_found: no queue 'nope' in vhost '/'",
      `[info] closing AMQP connection PID (${way} - named, vhost: '/', user: 'guest')`,
      `[info] accepting AMQP connection PID (${way})`,
      `[error] Error on AMQP connection PID (${way}, state: starting):\nPLAIN login refused: user 'guest' - invalid credentials`,
      `[info] closing AMQP connection PID (${way})`,
      `[info] accepting AMQP connection PID (${way})`,
      `[error] Error on AMQP connection PID (${way}, user: 'guest', state: opening):\nvhost novhost not found`,
      `[info] closing AMQP connection PID (${way}, vhost: 'none', user: 'guest')`,
      `[info] accepting AMQP connection PID (${way})`,
      `[info] connection PID (${way}): user 'guest' authenticated and granted access to vhost '/'`,
      `[warning] closing AMQP connection PID (${way}, vhost: '/', user: 'guest'):\nclient unexpectedly closed TCP connection`,
    ]);
  });
});
