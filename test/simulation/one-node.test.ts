/** The real broker and unmodified amqplib on a network that breaks: what was confirmed is delivered, whatever links do. */
import assert from 'node:assert/strict';
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { SimWorld } from '../../lib/world/sim';
import { onHost, runProgram } from '../../lib/world/sim-node-api';
import { simulated, startBroker } from './harness';

const MESSAGES = 40;
const QUEUE = 'orders';

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Keeps calling `use` with a fresh connection until it comes to its end; a lost connection means another try. */
async function withConnection(use: (connection: ChannelModel) => Promise<void>): Promise<void> {
  for (;;) {
    try {
      const connection = await amqp.connect('amqp://rabbit1?heartbeat=5');
      const lost = new Promise<never>((_, reject) => {
        connection.on('error', () => undefined);
        connection.on('close', () => reject(new Error('connection lost')));
      });
      lost.catch(() => undefined);
      await Promise.race([use(connection), lost]);
      await Promise.race([connection.close(), lost]).catch(() => undefined);
      return;
    } catch {
      await sleep(500);
    }
  }
}

/** Publishes each number until it is confirmed; the numbers are confirmed in order. */
async function publishAll(confirmed: number[]): Promise<void> {
  await withConnection(async (connection) => {
    const channel: ConfirmChannel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, { durable: true });
    while (confirmed.length < MESSAGES) {
      const number = confirmed.length;
      await new Promise<void>((resolve, reject) => {
        channel.sendToQueue(QUEUE, Buffer.from(String(number)), { persistent: true }, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      confirmed.push(number);
      await sleep(100);
    }
  });
}

/** Takes and acknowledges until `enough` says so. */
async function consumeAll(received: { number: number; redelivered: boolean }[], enough: () => boolean): Promise<void> {
  await withConnection(async (connection) => {
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, { durable: true });
    await channel.prefetch(5);
    await channel.consume(QUEUE, (message) => {
      if (message === null) return;
      received.push({ number: Number(message.content), redelivered: message.fields.redelivered });
      setTimeout(() => {
        try {
          channel.ack(message);
        } catch {
          // The channel went with its connection; the broker will deliver the message again.
        }
      }, 20);
    });
    while (!enough()) await sleep(100);
  });
}

/** Breaks the network between clients and broker now and then, for a while. */
async function nemesis(world: SimWorld): Promise<void> {
  const clients = ['publisher', 'consumer'];
  for (let i = 0; i < 6; i++) {
    await sleep(300 + world.random.int(1500));
    const client = clients[world.random.int(2)] as string;
    const kind = world.random.int(5);
    if (kind === 0) world.reset(client, 'rabbit1');
    else if (kind === 1) world.cut(client, 'rabbit1');
    else if (kind === 2) world.cutOneWay('rabbit1', client);
    else if (kind === 3) world.latency(client, 'rabbit1', 50);
    else world.pause('rabbit1');
    await sleep(world.random.int(kind === 4 ? 3_000 : 30_000));
    world.resume('rabbit1');
    world.heal();
  }
}

describe('one node in the simulation', () => {
  simulated('delivers what it confirmed, in order, whatever happens to the network', { seeds: 10 }, async (world) => {
    startBroker(world, 'rabbit1');
    const confirmed: number[] = [];
    const received: { number: number; redelivered: boolean }[] = [];
    await runProgram(world, async () => {
      const publishing = onHost('publisher', () => publishAll(confirmed));
      const storm = nemesis(world);
      const seen = (): boolean =>
        confirmed.length === MESSAGES && new Set(received.map(({ number }) => number)).size === MESSAGES;
      const consuming = onHost('consumer', () => consumeAll(received, seen));
      await Promise.all([publishing, storm, consuming]);
    });
    const numbers = received.map(({ number }) => number);
    assert.ok(
      numbers.every((number) => Number.isInteger(number) && number < MESSAGES),
      'something unexpected was delivered',
    );
    assert.equal(new Set(numbers).size, MESSAGES, 'something confirmed was lost');
    // A number is published again only after a lost confirm, so first deliveries never go back further than that.
    const first = received.filter(({ redelivered }) => !redelivered).map(({ number }) => number);
    assert.deepEqual(
      first,
      [...first].sort((a, b) => a - b),
      'first deliveries are out of order',
    );
    world.record(numbers.join());
  });
});
