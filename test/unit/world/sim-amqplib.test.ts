import assert from 'node:assert/strict';
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { SimWorld } from '../../../lib/world/sim';
import { runProgram } from '../../../lib/world/sim-node-api';
import { type StubBroker, startStubBroker } from './stub-broker';

const HOUR = 3_600_000;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function amqpProgram(
  inWorld: SimWorld,
  messages: number,
  after: (connection: ChannelModel, channel: Channel) => Promise<void> = async () => undefined,
): Promise<{ broker: StubBroker; received: string[] }> {
  const broker = startStubBroker(inWorld.host('rabbit1'), 60);
  const received: string[] = [];
  await runProgram(inWorld, async () => {
    const connection = await amqp.connect('amqp://rabbit1');
    const channel = await connection.createChannel();
    await channel.assertQueue('q');
    await channel.consume('q', (message) => {
      received.push(message!.content.toString());
      channel.ack(message!);
    });
    for (let i = 0; i < messages; i++) {
      channel.sendToQueue('q', Buffer.from(`m${i}`));
      await sleep(100);
    }
    await after(connection, channel);
    await connection.close();
  });
  return { broker, received };
}

describe('amqplib, unmodified, in a simulation', () => {
  let world: SimWorld;

  beforeEach(() => {
    world = new SimWorld(1);
  });

  const run = <T>(program: () => Promise<T>, options = {}): Promise<T> => runProgram(world, program, options);

  it('publishes and consumes through streams cut anywhere', async () => {
    const expected = Array.from({ length: 30 }, (_, i) => `m${i}`);
    for (let seed = 0; seed < 10; seed++) {
      const { broker, received } = await amqpProgram(new SimWorld(seed), 30);
      assert.deepEqual(broker.published, expected);
      assert.deepEqual(received, expected);
    }
  });

  it('beats for a virtual hour and keeps the connection', async () => {
    const { broker } = await amqpProgram(world, 1, async () => sleep(HOUR));
    assert.ok(world.now > HOUR);
    // amqplib proposes what the server proposes, 60 s, and beats when it has sent nothing in that time.
    assert.ok(broker.heartbeatsReceived >= 59 && broker.heartbeatsReceived <= 121, `${broker.heartbeatsReceived} beats`);
  });

  it('gives equal events for equal seeds, others for others', async () => {
    const hash = async (seed: number): Promise<string> => {
      const own = new SimWorld(seed);
      await amqpProgram(own, 20, () => sleep(300_000));
      return `${own.hash()} at ${own.now}`;
    };
    const first = await hash(1);
    assert.equal(await hash(1), first);
    assert.equal(await hash(1), first);
    assert.notEqual(await hash(2), first);
  });

  it('loses the connection by missed heartbeats when the way is cut', async () => {
    let lost = '';
    let lostAt = 0;
    let cutAt = 0;
    const broker = startStubBroker(world.host('rabbit1'), 60);
    const fault = await run(async () => {
      const connection = await amqp.connect('amqp://rabbit1');
      connection.on('error', (error: Error) => {
        lost = error.message;
        lostAt = world.now;
      });
      const closed = new Promise((resolve) => connection.on('close', resolve));
      await sleep(10_000);
      const cut = world.cut('client', 'rabbit1');
      cutAt = world.now;
      await closed;
      return cut;
    });
    assert.match(lost, /heartbeat/i);
    assert.ok(lostAt - cutAt > 60_000 && lostAt - cutAt < 240_000, `after ${lostAt - cutAt} ms`);
    assert.ok(fault.mattered);
    world.heal();
    world.runFor(HOUR);
    assert.equal(broker.connections.size, 0, 'the broker found out too');
  });

  it('sees a refused dial, a reset and a crash as it would on a real network', async () => {
    const outcome = await run(async () => {
      const seen: string[] = [];
      world.host('rabbit1');
      await amqp.connect('amqp://rabbit1').catch((error: NodeJS.ErrnoException) => seen.push(String(error.code)));
      for (const fault of [() => world.reset('client', 'rabbit1'), () => world.crash('rabbit1')]) {
        startStubBroker(world.host('rabbit1'));
        await sleep(1);
        const connection = await amqp.connect('amqp://rabbit1');
        connection.on('error', (error: NodeJS.ErrnoException) => seen.push(String(error.code)));
        const closed = new Promise((resolve) => connection.on('close', resolve));
        fault();
        await closed;
        if (world.host('rabbit1').process.alive) world.crash('rabbit1');
      }
      return seen;
    });
    assert.deepEqual(outcome, ['ECONNREFUSED', 'ECONNRESET', 'ECONNRESET']);
  });

  it('survives or reports, and never hangs, when the connection breaks after any byte of the handshake', async () => {
    let survivors = 0;
    for (let afterBytes = 0; afterBytes < 700; afterBytes += 13) {
      const own = new SimWorld(afterBytes);
      const broker = startStubBroker(own.host('rabbit1'));
      own.host('client');
      const fault = own.reset('client', 'rabbit1', { afterBytes });
      const outcome = await runProgram(own, async () => {
        const connection = await amqp.connect('amqp://rabbit1');
        const broken = new Promise<Error>((resolve) => connection.on('error', resolve));
        const channel = await connection.createChannel();
        await channel.assertQueue('q');
        const first = await Promise.race([sleep(10_000).then(() => null), broken]);
        if (first !== null) throw first;
        await connection.close();
      }).then(
        () => 'survived',
        (error: Error) => error.message,
      );
      assert.equal(fault.mattered, outcome !== 'survived', `after ${afterBytes} bytes: ${outcome}`);
      if (outcome === 'survived') survivors++;
      own.runUntilIdle(10 * HOUR);
      assert.equal(broker.connections.size, 0);
    }
    assert.ok(survivors > 0 && survivors < 54, `${survivors} of 54 survived`);
  });

  it('runs in worlds of their own at the same time', async () => {
    const hashes = async (seeds: number[]): Promise<string[]> =>
      Promise.all(
        seeds.map(async (seed) => {
          const own = new SimWorld(seed);
          await amqpProgram(own, 5);
          return own.hash();
        }),
      );
    assert.deepEqual(await hashes([1, 2, 3]), [...(await hashes([1])), ...(await hashes([2])), ...(await hashes([3]))]);
  });
});
