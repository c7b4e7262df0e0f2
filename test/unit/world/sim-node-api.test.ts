import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { earlySetImmediate } from './early-immediate';
import { SimWorld } from '../../../lib/world/sim';
import { onHost, runProgram } from '../../../lib/world/sim-node-api';
import { listen } from './sim-recorder';
import { type StubBroker, startStubBroker } from './stub-broker';

const HOUR = 3_600_000;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('runProgram', () => {
  let world: SimWorld;

  beforeEach(() => {
    world = new SimWorld(1);
  });

  const run = <T>(program: () => Promise<T>, options = {}): Promise<T> => runProgram(world, program, options);

  describe('time', () => {
    it('is virtual inside, in every form of asking for it', async () => {
      const log = await run(async () => {
        const wall = Date.now();
        const monotonic = performance.now();
        await sleep(HOUR);
        await promisify(setTimeout)(HOUR);
        await timersPromises.setTimeout(HOUR);
        await timersPromises.scheduler.wait(HOUR);
        await new Promise<void>((resolve) => timers.setTimeout(resolve, HOUR));
        return [Date.now() - wall, performance.now() - monotonic, new Date().toISOString(), new Date(0).getTime()];
      });
      assert.deepEqual(log, [5 * HOUR, 5 * HOUR, '2024-01-01T05:00:00.000Z', 0]);
    });

    it('is real outside, before, during and after', async () => {
      // Virtual time begins with 2024.
      const outside = (): boolean[] => [Date.now(), new Date()].map((time) => new Date(time).getUTCFullYear() > 2024);
      assert.deepEqual(outside(), [true, true]);
      let during: boolean[] = [];
      const immediate = new Promise<void>((resolve) =>
        setImmediate(() => {
          during = outside();
          resolve();
        }),
      );
      await run(() => sleep(1000));
      await immediate;
      assert.deepEqual(during, [true, true]);
      assert.deepEqual(outside(), [true, true]);
      assert.ok(new Date() instanceof Date && Object.prototype.toString.call(new Date()) === '[object Date]');
      assert.equal(typeof Date(), 'string');
      const handle = setTimeout(() => undefined, 1e6);
      assert.equal(handle.constructor.name, 'Timeout');
      clearTimeout(handle);
      assert.equal(new net.Socket().constructor.name, 'Socket');
      assert.ok(new net.Socket() instanceof net.Socket);
      class Mine extends net.Socket {}
      assert.ok(new Mine() instanceof Mine && new Mine() instanceof net.Socket);
    });

    it('orders timers as node does, and repeats intervals', async () => {
      const log = await run(async () => {
        const seen: string[] = [];
        const note = (name: string, ...rest: unknown[]): void => {
          seen.push([name, ...rest, performance.now()].join(' '));
        };
        setTimeout(note, 20, 'b', 'with', 'arguments');
        setTimeout(note, 10, 'a');
        setTimeout(note, 0, 'zero is one');
        setTimeout(note, -5, 'negative too');
        let ticks = 0;
        const interval = setInterval(() => {
          note('tick');
          if (++ticks === 3) clearInterval(interval);
        }, 8);
        const cancelled = setTimeout(note, 5, 'cancelled');
        clearTimeout(cancelled);
        const byNumber = setTimeout(note, 5, 'cancelled by number');
        clearTimeout(Number(byNumber));
        const byText = setTimeout(note, 5, 'cancelled by text');
        clearTimeout(`${byText}`);
        clearTimeout(undefined);
        const refreshed = setTimeout(note, 15, 'refreshed');
        setTimeout(() => refreshed.refresh(), 12);
        assert.equal(refreshed.unref().hasRef(), false);
        assert.equal(refreshed.ref().hasRef(), true);
        await sleep(100);
        return seen;
      });
      assert.deepEqual(log, [
        'zero is one 1',
        'negative too 1',
        'tick 8',
        'a 10',
        'tick 16',
        'b with arguments 20',
        'tick 24',
        'refreshed 27',
      ]);
    });

    it('lets a timer be cancelled from the other side of the border', async () => {
      let fired = 0;
      const realTimer = setTimeout(() => fired++, 20);
      let simTimer: NodeJS.Timeout | undefined;
      await run(async () => {
        clearTimeout(realTimer);
        simTimer = setTimeout(() => fired++, 20);
        await sleep(10);
      });
      clearTimeout(simTimer);
      world.runFor(100);
      await promisify(setTimeout)(30);
      assert.equal(fired, 0);
    });

    it('gives up a wait whose signal is aborted', async () => {
      const outcome = await run(async () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        const error = await timersPromises.setTimeout(HOUR, null, { signal: controller.signal }).catch((reason: Error) => reason);
        return [(error as Error).name, performance.now()];
      });
      assert.deepEqual(outcome, ['AbortError', 50]);
    });

    it('stands still while the program has something to do', async () => {
      const elapsed = await run(async () => {
        for (let i = 0; i < 20; i++) {
          await new Promise((resolve) => setImmediate(resolve));
          await new Promise<void>((resolve) => process.nextTick(resolve));
          await Promise.resolve();
          await timersPromises.setImmediate();
        }
        const cleared = setImmediate(() => undefined);
        clearImmediate(cleared);
        return performance.now();
      });
      assert.equal(elapsed, 0);
      // Other timers of the world would have run if it had been let go on.
      let ticks = 0;
      const { clock } = world.host('other');
      const tick = (): void => {
        ticks++;
        clock.after(0.01, tick);
      };
      clock.after(0.01, tick);
      await run(async () => {
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      });
      assert.equal(ticks, 0);
      const elapsedEarly = await run(async () => {
        await sleep(10);
        const before = performance.now();
        await new Promise((resolve) => earlySetImmediate(resolve));
        return performance.now() - before;
      });
      assert.equal(elapsedEarly, 0);
    });
  });

  it('leaves classes alone that a program derives from those of node', async () => {
    class MySocket extends net.Socket {}
    class MyDate extends Date {}
    const made = await run(async () => [new MySocket(), new MyDate(), new Date()] as const);
    assert.ok(made[0] instanceof MySocket && made[1] instanceof MyDate && made[2] instanceof Date);
    assert.equal(made[2].getUTCFullYear(), 2024);
  });

  describe('chance', () => {
    it('comes from the seed inside', async () => {
      const draw = (seed: number): Promise<unknown[]> =>
        runProgram(new SimWorld(seed), async () => {
          const later = await new Promise((resolve) => crypto.randomBytes(4, (_, bytes) => resolve(bytes.toString('hex'))));
          return [Math.random(), crypto.randomUUID(), crypto.randomBytes(8).toString('hex'), later];
        });
      const first = await draw(1);
      assert.deepEqual(first, await draw(1));
      assert.notDeepEqual(first, await draw(2));
      assert.match(String(first[1]), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.notEqual(crypto.randomUUID(), crypto.randomUUID());
    });
  });

  describe('hosts', () => {
    it('keep apart what belongs to whom, across await', async () => {
      listen(world.host('server'), 1);
      const addresses = await run(async () => {
        const ask = async (): Promise<string | undefined> => {
          await sleep(5);
          const socket = net.connect(1, 'server');
          await new Promise((resolve) => socket.once('connect', resolve));
          await sleep(5);
          return socket.localAddress;
        };
        return Promise.all([ask(), onHost('second', ask), onHost('third', ask)]);
      });
      assert.deepEqual(
        addresses,
        ['client', 'second', 'third'].map((name) => world.host(name).address),
      );
      assert.throws(() => onHost('x', () => undefined), /inside runProgram/);
    });

    it('may be worlds of their own at the same time', async () => {
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

    it('of a crashed program do nothing more', async () => {
      let ticks = 0;
      await run(async () => {
        onHost('victim', () => setInterval(() => ticks++, 10));
        await sleep(95);
        world.crash('victim');
        await sleep(100);
      });
      assert.equal(ticks, 9);
    });
  });

  describe('errors', () => {
    it('gives back what the program gives or throws', async () => {
      assert.equal(await run(async () => 42), 42);
      await assert.rejects(
        run(async () => {
          await sleep(5);
          throw new TypeError('mine');
        }),
        /TypeError: mine/,
      );
      await assert.rejects(
        run((() => {
          throw new Error('at once');
        }) as () => Promise<void>),
        /at once/,
      );
    });

    it('rejects with what a timer threw', async () => {
      const program = async (): Promise<void> => {
        setTimeout(() => {
          throw new Error('from a timer');
        }, 5);
        await sleep(10);
      };
      await assert.rejects(run(program), /from a timer/);
    });

    it('recognises that nothing will ever happen, and says what is open', async () => {
      listen(world.host('rabbit1'), 5672);
      const forever = async (): Promise<void> => {
        const socket = net.connect(5672, 'rabbit1');
        await new Promise((resolve) => socket.once('data', resolve));
      };
      await assert.rejects(
        run(forever),
        /waits for what will never happen\. At \d+\.\d+ ms: .*client:40000 to rabbit1:5672 open/,
      );
      world.pause('rabbit1');
      world.cutOneWay('client', 'rabbit1');
      await assert.rejects(
        run(() => new Promise<void>(() => undefined)),
        /rabbit1 is paused; .*client > rabbit1 is cut/,
      );
    });

    it('names what the program waits for outside the simulation', async () => {
      await assert.rejects(
        run(async () => {
          // A handle that never answers by itself, so that the test does not depend on how fast it is.
          const server = net.createServer();
          server.listen(0, '127.0.0.1');
          outside.push(server);
          await new Promise(() => undefined);
        }),
        /outside the simulation: 1 TCPServerWrap/,
      );
      for (const server of outside) server.close();
    });
    const outside: net.Server[] = [];

    it('stops a program that goes on longer than its budget of virtual time', async () => {
      const program = async (): Promise<void> => {
        for (;;) await sleep(1000);
      };
      await assert.rejects(run(program, { budgetMs: 10_000 }), /not ended within 10000 ms of virtual time/);
      assert.ok(world.now <= 10_000);
    });

    it('stops a program that never lets go', async () => {
      const program = async (): Promise<void> => {
        for (;;) await new Promise((resolve) => setImmediate(resolve));
      };
      await assert.rejects(run(program), /busy for ever at 0 ms/);
    }).timeout(20_000);

    it('runs one program in a world at a time', async () => {
      const first = run(() => sleep(10));
      await assert.rejects(
        run(() => sleep(10)),
        /already runs a program/,
      );
      await first;
      await run(() => sleep(10));
    });

    it('comes to an end although the program reads real files', async () => {
      const text = await run(async () => readFile(__filename, 'utf8')).catch((error: Error) => error.message);
      // Either the file was there before the world had nothing left to do, or the error says where to look.
      assert.match(text, /something outside the simulation|describe\('runProgram'/);
    });
  });

  it('notices promises that the engine resolves, within a second of virtual time', async () => {
    const { clock } = world.host('engine');
    const busy = (): void => {
      clock.after(1, busy);
    };
    busy();
    const elapsed = await run(async () => {
      await new Promise<void>((resolve) => clock.after(500, resolve));
      return performance.now();
    });
    assert.ok(elapsed >= 500 && elapsed <= 1500, `${elapsed} ms`);
  });

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

  describe('amqplib, unmodified', () => {
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
  });
});
