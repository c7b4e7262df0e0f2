import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { earlySetImmediate } from './early-immediate';
import { SimWorld } from '../../../lib/world/sim';
import { onHost, runProgram } from '../../../lib/world/sim-node-api';
import { listen } from './sim-recorder';

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
});
