import assert from 'node:assert/strict';
import { Alarm } from '../../../../lib/broker/queue/alarm';
import type { Clock } from '../../../../lib/world/world';

/** A clock that goes on with every question, and keeps what was asked of it. */
function goingClock(): { clock: Clock; delays: number[]; fire: () => void } {
  const delays: number[] = [];
  let now = 100;
  let due: () => void = () => undefined;
  const clock: Clock = {
    now: () => (now += 5),
    epochMs: () => now,
    after: (delayMs, fn) => {
      delays.push(delayMs);
      due = fn;
      return { cancel: () => undefined };
    },
  };
  return { clock, delays, fire: () => due() };
}

describe('Alarm', () => {
  it('rings at once for a moment that is over by the time it is set', () => {
    const { clock, delays, fire } = goingClock();
    let rung = 0;
    const alarm = new Alarm(clock, () => {
      rung += 1;
    });
    const soon = clock.now() + 2;
    alarm.setTo(soon);
    fire();
    assert.deepEqual([delays, rung], [[0], 1]);
  });
});
