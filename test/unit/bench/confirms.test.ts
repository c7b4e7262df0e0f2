// Promise under test: the window knows exactly which publishes are confirmed, in whatever order and form confirms come.
import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';

describe('bench/confirms', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a plain JavaScript module
  let ConfirmWindow: any;
  before(async () => {
    ({ ConfirmWindow } = await import('../../../bench/confirms.mjs' as string));
  });

  it('agrees with a set of tags for random confirms, single and multiple', () => {
    const step = fc.record({ pick: fc.nat(), multiple: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(step, { maxLength: 80 }), (sent, steps) => {
        const window = new ConfirmWindow(100);
        window.send(sent);
        const waiting = new Set(Array.from({ length: sent }, (_, i) => i + 1));
        for (const { pick, multiple } of steps) {
          const open = [...waiting];
          if (open.length === 0) break;
          const tag = open[pick % open.length] as number;
          window.confirm(tag, multiple);
          for (const other of open) if (other === tag || (multiple && other < tag)) waiting.delete(other);
          assert.equal(window.confirmed, sent - waiting.size);
          assert.equal(window.room, 100 - waiting.size);
        }
      }),
    );
  });

  it('refuses a confirm for what was not sent or is confirmed already', () => {
    const window = new ConfirmWindow(10);
    window.send(3);
    assert.throws(() => window.confirm(4, false), /publish 4/);
    window.confirm(3, false);
    assert.throws(() => window.confirm(3, false), /publish 3/);
    window.confirm(2, true);
    assert.throws(() => window.confirm(1, true), /publish 1/);
    assert.equal(window.confirmed, 3);
  });

  it('wakes the publisher when there is room for its whole batch, not before', async () => {
    const window = new ConfirmWindow(10);
    window.send(10);
    let woken = false;
    const waiting = window.untilRoomFor(5).then(() => {
      woken = true;
    });
    window.confirm(4, true);
    await Promise.resolve();
    assert.equal(woken, false);
    window.confirm(5, false);
    await waiting;
    assert.equal(window.room, 5);
  });
});
