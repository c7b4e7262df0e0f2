/**
 * The same conversation, told twice: by the embedded broker itself, and by a tap that only sees its wire. Both must tell
 * the same wire events, or pictures and checks would depend on the engine.
 */
import { strict as assert } from 'node:assert';
import amqp, { type ChannelModel, type GetMessage } from 'amqplib';
import type { UrlOptions } from '../../../lib/lab/api';
import { MessageBook } from '../../../lib/lab/message-book';
import { Relay } from '../../../lib/lab/relay';
import { WireTap } from '../../../lib/lab/wire-tap';
import { withLab } from '../../../lib/lab/with-lab';
import type { EventBody, WireEvent } from '../../../lib/trace/events';

const WIRE_TYPES: Readonly<Record<WireEvent['type'], true>> = {
  'connection.opened': true,
  'connection.refused': true,
  'connection.closed': true,
  'connection.blocked': true,
  'connection.unblocked': true,
  'channel.opened': true,
  'channel.closed': true,
  publish: true,
  return: true,
  confirm: true,
  deliver: true,
  get: true,
  ack: true,
  reject: true,
  'consumer.added': true,
  'consumer.cancelled': true,
};

/** Without what depends on who tells: number, time, node, and the two ends' names of one connection. */
function told(event: EventBody & { seq?: number; at?: number; node?: string }): object {
  const { seq: _seq, at: _at, node: _node, ...body } = event;
  return { ...body, connection: '' };
}

describe('WireTap and the embedded broker', () => {
  it('tell the same', async () => {
    await withLab({ engine: 'warren' }, async (lab) => {
      const tapped: WireEvent[] = [];
      const book = new MessageBook();
      let numbers = 0;
      let tapClosed: () => void = () => undefined;
      const closedAtTap = new Promise<void>((resolve) => {
        tapClosed = resolve;
      });
      const emit = (event: WireEvent): void => {
        tapped.push(event);
        if (event.type === 'connection.closed') tapClosed();
      };
      const relay = new Relay({
        port: 0,
        upstream: () => ({ host: '127.0.0.1', port: lab.node().port }),
        after: (delayMs, fn) => void setTimeout(fn, delayMs),
        tap: (line) => new WireTap(line, { book, nextMessage: () => ++numbers, emit }),
      });
      await relay.open();
      const connect = (options: UrlOptions = {}): Promise<ChannelModel> =>
        amqp.connect(lab.url(undefined, options).replace(`:${lab.node().port}/`, `:${relay.port}/`), {
          clientProperties: { connection_name: 'told twice' },
        });
      await assert.rejects(connect({ vhost: 'nowhere' }), /ConnectionClose/);
      await assert.rejects(connect({ password: 'wrong' }), /403/);
      const connection = await connect();
      connection.on('error', () => undefined);

      const out = await connection.createConfirmChannel();
      out.on('error', () => undefined);
      await out.assertQueue('dead');
      await out.assertQueue('work', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' });
      await out.assertQueue('copy', { autoDelete: true });
      await out.assertExchange('all', 'fanout');
      for (const queue of ['work', 'copy']) await out.bindQueue(queue, 'all', '');
      for (let i = 0; i < 3; i++) out.publish('all', 'key', Buffer.from('same'), { persistent: true });
      out.publish('', 'nowhere', Buffer.from('lost'), { mandatory: true, messageId: 'L' });
      await out.waitForConfirms();

      const inbox = await connection.createChannel();
      const got: GetMessage[] = [];
      await inbox.prefetch(2);
      await inbox.consume('work', (message) => got.push(message as unknown as GetMessage), { consumerTag: 'slow', priority: 3 });
      await inbox.consume('copy', () => undefined, { noAck: true });
      await lab.settled();
      inbox.nack(got[0] as GetMessage, false, false);
      inbox.reject(got[1] as GetMessage, true);
      await lab.settled();
      await inbox.cancel('slow');
      inbox.ackAll();
      inbox.ack((await inbox.get('dead')) as GetMessage);
      assert.equal(await inbox.get('dead'), false);
      await out.deleteQueue('copy');
      await assert.rejects(out.checkQueue('none'));

      await lab.node().alarm('memory', true);
      const late = await connection.createChannel();
      late.sendToQueue('work', Buffer.from('waits'));
      await lab.settled();
      await lab.node().alarm('memory', false);
      await lab.settled();
      // A consumer that is there at the end: no cancel goes over the wire for it.
      await late.consume('work', () => undefined);
      await lab.settled();
      await connection.close();
      // Each teller has its own end of the connection.
      await Promise.all([closedAtTap, lab.trace.waitFor(({ type }) => type === 'connection.closed')]);
      assert.equal(lab.trace.of('connection.refused').length, 2);

      for (const type of Object.keys(WIRE_TYPES)) {
        const byBroker = lab.trace.events.filter((event) => event.type === type).map(told);
        assert.ok(byBroker.length > 0, `the conversation has no ${type}`);
        assert.deepEqual(tapped.filter((event) => event.type === type).map(told), byBroker, type);
      }
      await relay.dispose();
    });
  });
});
