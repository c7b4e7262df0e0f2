import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LabClock, type TimeSource } from '../../../lib/world/lab-clock';

/** A wall clock that moves when the test says so; its timers may fire late, as real ones do. */
class Wall implements TimeSource {
  time = 1_700_000_000_000;
  armed: { at: number; fn: () => void }[] = [];
  set = 0;

  wallNow(): number {
    return this.time;
  }

  setTimer(delayMs: number, fn: () => void): () => void {
    assert.ok(Number.isInteger(delayMs) && delayMs >= 1 && delayMs <= 0x7fffffff, `delay ${delayMs}`);
    this.set++;
    const timer = { at: this.time + delayMs, fn };
    this.armed.push(timer);
    return () => {
      this.armed = this.armed.filter((other) => other !== timer);
    };
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.armed.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.time = Math.max(this.time, next.at);
      this.armed = this.armed.filter((other) => other !== next);
      next.fn();
    }
    this.time = end;
  }
}

const settled = async (): Promise<void> => undefined;

describe('LabClock', () => {
  let wall: Wall;
  let clock: LabClock;
  let fired: string[];

  beforeEach(() => {
    wall = new Wall();
    clock = new LabClock(wall);
    fired = [];
  });

  const timer = (name: string, ms: number) => clock.after(ms, () => fired.push(`${name}@${clock.now()}`));

  describe('running', () => {
    it('follows the wall clock from 0, and its epoch from real time', () => {
      wall.pass(1234);
      assert.equal(clock.now(), 1234);
      assert.equal(clock.epochMs(), 1_700_000_001_234);
    });

    it('fires timers when they are due, in order, with one real timer set', () => {
      timer('c', 30);
      timer('a', 10);
      timer('b', 10);
      assert.equal(wall.armed.length, 1);
      wall.pass(9);
      assert.equal(fired.length, 0);
      wall.pass(1);
      assert.deepEqual(fired, ['a@10', 'b@10']);
      wall.pass(100);
      assert.deepEqual(fired, ['a@10', 'b@10', 'c@30']);
      assert.equal(wall.armed.length, 0);
    });

    it('never calls a timer from inside after, nor a new one from inside another', () => {
      clock.after(0, () => {
        fired.push('outer');
        clock.after(0, () => fired.push('inner'));
        fired.push('outer ends');
      });
      assert.deepEqual(fired, []);
      wall.pass(1);
      assert.deepEqual(fired, ['outer', 'outer ends']);
      wall.pass(1);
      assert.deepEqual(fired, ['outer', 'outer ends', 'inner']);
    });

    it('does not fire a cancelled timer, even one cancelled by another at the same instant', () => {
      const b = timer('b', 20);
      clock.after(20, () => fired.push('after b'));
      clock.after(10, () => b.cancel());
      let d = b;
      clock.after(30, () => d.cancel());
      d = timer('d', 30);
      wall.pass(100);
      assert.deepEqual(fired, ['after b']);
    });

    it('waits again when a real timer comes early', () => {
      timer('a', 10);
      const [early] = wall.armed.splice(0);
      wall.time += 9.5;
      early!.fn();
      assert.deepEqual(fired, []);
      wall.pass(1);
      assert.deepEqual(fired, ['a@10.5']);
    });

    it('does not go back with the wall clock', () => {
      wall.pass(100);
      assert.equal(clock.now(), 100);
      wall.time -= 50;
      assert.equal(clock.now(), 100);
      wall.time += 10;
      assert.equal(clock.now(), 110);
    });

    it('goes on after a timer that throws', () => {
      clock.after(5, () => {
        throw new Error('broken');
      });
      timer('b', 5);
      assert.throws(() => wall.pass(5), /broken/);
      wall.pass(5);
      assert.deepEqual(fired, ['b@6']);
    });

    it('waits for delays longer than a real timer can hold', () => {
      timer('far', 3e9);
      wall.pass(3e9 - 1);
      assert.deepEqual(fired, []);
      wall.pass(1);
      assert.deepEqual(fired, ['far@3000000000']);
    });

    it('sets no real timer for each of many timers', () => {
      for (let i = 0; i < 100_000; i++) timer('x', 1000 + (i % 7)).cancel();
      timer('kept', 1000);
      assert.ok(wall.set <= 2, `${wall.set} real timers`);
      wall.pass(2000);
      assert.deepEqual(fired, ['kept@1000']);
    });

    it('refuses delays that are none', () => {
      assert.throws(() => clock.after(-1, () => undefined), RangeError);
      assert.throws(() => clock.after(NaN, () => undefined), RangeError);
    });
  });

  describe('speed', () => {
    it('scales what passes from then on, and the timers that wait', () => {
      timer('a', 1000);
      wall.pass(500);
      clock.speed(100);
      wall.pass(5);
      assert.deepEqual(fired, ['a@1000']);
      clock.speed(0.5);
      timer('b', 10);
      wall.pass(19);
      assert.equal(fired.length, 1);
      wall.pass(1);
      assert.deepEqual(fired, ['a@1000', 'b@1010']);
    });

    it('has limits', () => {
      for (const factor of [0, 0.009, 1001, -1, NaN]) assert.throws(() => clock.speed(factor), /0\.01 to 1000/);
      clock.speed(0.01);
      clock.speed(1000);
    });
  });

  describe('frozen', () => {
    it('stands still, fires nothing, keeps no real timer, and goes on where it stood', () => {
      timer('a', 10);
      wall.pass(4);
      clock.freeze();
      assert.equal(clock.frozen, true);
      assert.equal(wall.armed.length, 0);
      timer('b', 3);
      wall.pass(1000);
      assert.equal(clock.now(), 4);
      assert.deepEqual(fired, []);
      clock.run();
      assert.equal(clock.frozen, false);
      wall.pass(6);
      assert.deepEqual(fired, ['b@7', 'a@10']);
    });
  });

  describe('advance', () => {
    beforeEach(() => clock.freeze());

    it('fires all timers on the way in order, settles after each instant and first of all, and stays frozen', async () => {
      for (const [name, ms] of [
        ['c', 30],
        ['a', 10],
        ['b', 10],
        ['late', 101],
      ] as const)
        timer(name, ms);
      await clock.advance(100, async () => {
        fired.push(`quiet@${clock.now()}`);
      });
      assert.deepEqual(fired, ['quiet@0', 'a@10', 'b@10', 'quiet@10', 'c@30', 'quiet@30']);
      assert.equal(clock.now(), 100);
      assert.equal(clock.frozen, true);
      await clock.advance(1, settled);
      assert.equal(fired.at(-1), 'late@101');
    });

    it('fires timers set by timers, and those set while the world settles', async () => {
      clock.after(10, () => {
        timer('same instant', 0);
        timer('later', 5);
      });
      let once = true;
      await clock.advance(20, async () => {
        if (clock.now() === 15 && once) {
          once = false;
          timer('from settling', 2);
        }
      });
      assert.deepEqual(fired, ['same instant@10', 'later@15', 'from settling@17']);
    });

    it('lets the world settle between a timer and those it set for the same instant', async () => {
      clock.after(10, () => timer('second', 0));
      await clock.advance(10, async () => {
        fired.push('quiet');
      });
      assert.deepEqual(fired, ['quiet', 'quiet', 'second@10', 'quiet']);
    });

    it('waits for a slow settle while time stands still', async () => {
      clock.run();
      timer('a', 10);
      timer('b', 20);
      let release: () => void = () => undefined;
      const slow = (): Promise<void> =>
        new Promise((resolve) => {
          release = resolve;
        });
      const winding = clock.advance(15, slow);
      await Promise.resolve();
      wall.pass(1000);
      assert.equal(clock.now(), 0);
      release();
      await new Promise(setImmediate);
      assert.deepEqual(fired, ['a@10']);
      release();
      await winding;
      assert.equal(clock.now(), 15);
      wall.pass(5);
      assert.deepEqual(fired, ['a@10', 'b@20']);
    });

    it('keeps calls in order', async () => {
      timer('a', 10);
      timer('b', 25);
      const first = clock.advance(20, settled);
      const second = clock.advance(20, settled);
      await second;
      await first;
      assert.deepEqual(fired, ['a@10', 'b@25']);
      assert.equal(clock.now(), 40);
    });

    it('rejects with what a timer threw, and can go on', async () => {
      clock.after(10, () => {
        throw new Error('broken');
      });
      timer('b', 20);
      await assert.rejects(clock.advance(100, settled), /broken/);
      assert.equal(clock.now(), 10);
      await clock.advance(10, settled);
      assert.deepEqual(fired, ['b@20']);
    });

    it('names the cause when a timer without delay keeps setting itself', async () => {
      const again = (): void => {
        clock.after(0, again);
      };
      again();
      await assert.rejects(clock.advance(1, settled), /keeps setting itself again/);
    });

    it('refuses to go back', async () => {
      await assert.rejects(clock.advance(-1, settled), RangeError);
      await assert.rejects(clock.advance(Infinity, settled), RangeError);
    });

    it('fires the same timers at the same times as letting time pass, whatever the steps', async () => {
      const delay = fc.integer({ min: 1, max: 50 });
      const timer = fc.record({ delay, child: fc.option(fc.nat(20)), cancels: fc.option(fc.nat(10)) });
      const plan = fc.array(timer, { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(plan, fc.array(fc.nat(40), { maxLength: 6 }), async (timers, steps) => {
          const record = (target: LabClock): string[] => {
            const log: string[] = [];
            const handles = timers.map(({ delay, child, cancels }, i) =>
              target.after(delay, () => {
                log.push(`${i}@${target.now()}`);
                if (child !== null) target.after(child + 1, () => log.push(`${i}'@${target.now()}`));
                if (cancels !== null) handles[cancels]?.cancel();
              }),
            );
            return log;
          };
          const flowing = new LabClock(wall);
          const flowed = record(flowing);
          wall.pass(500);
          const wound = new LabClock(wall);
          wound.freeze();
          const log = record(wound);
          for (const step of steps) await wound.advance(step, settled);
          await wound.advance(500 - wound.now(), settled);
          assert.deepEqual(log, flowed);
        }),
        { numRuns: 60 },
      );
    });
  });
});
