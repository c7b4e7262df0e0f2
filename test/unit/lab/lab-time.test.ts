import { strict as assert } from 'node:assert';
import type { Channel, ChannelModel } from 'amqplib';
import { Lab } from '../../../lib/lab/lab';
import { connect } from './lab-client';

describe('time in a lab on the embedded engine', function () {
  this.timeout(20_000);

  let lab: Lab;

  beforeEach(async () => {
    lab = await Lab.start({ engine: 'warren', name: 'unit-time' });
  });

  afterEach(() => lab.stop());

  describe('clock', () => {
    let connection: ChannelModel;
    let channel: Channel;

    beforeEach(async () => {
      connection = await connect(lab);
      channel = await connection.createChannel();
    });

    it('stands still when frozen and is wound by hand', async () => {
      await lab.clock.freeze();
      const before = lab.clock.now();
      await lab.clock.advance('90s');
      assert.equal(lab.clock.now(), before + 90_000);
    });

    it('fires timers in order and lets clients answer between them', async () => {
      await lab.clock.freeze();
      // Each message expires into the next queue: the consumer of the last one hears of it within one winding.
      await channel.assertQueue('third', {});
      await channel.assertQueue('second', { messageTtl: 20_000, deadLetterExchange: '', deadLetterRoutingKey: 'third' });
      await channel.assertQueue('first', { messageTtl: 10_000, deadLetterExchange: '', deadLetterRoutingKey: 'second' });
      const arrivals: number[] = [];
      await channel.consume('third', () => arrivals.push(lab.clock.now()), { noAck: true });
      const start = lab.clock.now();
      channel.sendToQueue('first', Buffer.from('m'));
      await lab.settled();
      await lab.clock.advance('29s');
      assert.deepEqual(arrivals, []);
      await lab.clock.advance('10s');
      assert.deepEqual(
        arrivals.map((at) => at - start),
        [30_000],
      );
    });

    it('lets time run again, faster if asked', async () => {
      await channel.assertQueue('q', { messageTtl: 60_000 });
      channel.sendToQueue('q', Buffer.from('m'));
      await lab.clock.speed(1000);
      await lab.trace.waitFor(({ type }) => type === 'dropped');
      assert.ok(lab.clock.now() >= 60_000);
      await lab.clock.speed(1);
    });

    it('refuses a duration that is none', async () => {
      await assert.rejects(lab.clock.advance('soon'), /'soon' is not a duration/);
      await assert.rejects(lab.clock.speed(0), RangeError);
    });
  });

  describe('settled', () => {
    it('resolves when a whole conversation is over', async () => {
      const connection = await connect(lab);
      const channel = await connection.createChannel();
      await channel.assertQueue('ping');
      await channel.assertQueue('pong');
      let rallies = 0;
      const play = (from: string, to: string): Promise<unknown> =>
        channel.consume(from, (message) => {
          channel.ack(message as NonNullable<typeof message>);
          if (++rallies < 200) channel.sendToQueue(to, Buffer.from('ball'));
        });
      await play('ping', 'pong');
      await play('pong', 'ping');
      channel.sendToQueue('ping', Buffer.from('ball'));
      await lab.settled();
      assert.equal(rallies, 200);
    });

    it('waits for bytes that latency holds back while time runs', async () => {
      const connection = await connect(lab);
      const channel = await connection.createChannel();
      await channel.assertQueue('q');
      await lab.latency('rabbit1', '20ms');
      channel.sendToQueue('q', Buffer.from('m'));
      await new Promise((resolve) => setImmediate(resolve));
      await lab.settled();
      assert.equal(lab.trace.of('publish').length, 1);
    });
  });
});
