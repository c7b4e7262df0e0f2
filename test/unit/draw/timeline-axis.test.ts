/** The axis of a timeline: to scale, but for pauses that would leave no room for anything else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TimeAxis } from '../../../lib/draw/timeline-axis';

describe('the axis of a timeline', () => {
  it('is to scale where no pause takes most of the time', () => {
    const axis = new TimeAxis([0, 40, 60, 100], 100, 300);
    assert.deepEqual(axis.folds, []);
    assert.deepEqual(
      [0, 40, 100].map((at) => axis.x(at)),
      [100, 180, 300],
    );
  });

  it('folds the pause that does, and gives its room to the rest', () => {
    const axis = new TimeAxis([0, 10, 20, 620, 640], 100, 300);
    assert.deepEqual(axis.folds, [{ from: 20, to: 620 }]);
    assert.equal(axis.x(620) - axis.x(20), 64);
    assert.equal(axis.x(20) - axis.x(0), axis.x(640) - axis.x(620));
    assert.ok(Math.abs(axis.x(640) - 300) < 1e-6);
  });

  it('does not fold where there is nothing beside the pause', () => {
    assert.deepEqual(new TimeAxis([0, 1, 600], 100, 300).folds, []);
  });

  it('runs forward from edge to edge, whatever the moments', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 30 }), (times) => {
        const axis = new TimeAxis(times, 100, 800);
        const sorted = [...new Set(times)].sort((a, b) => a - b);
        if (sorted.length < 2) return;
        const places = sorted.map((at) => axis.x(at));
        assert.ok(Math.abs((places[0] as number) - 100) < 1e-6 && Math.abs((places.at(-1) as number) - 800) < 1e-6);
        for (const [i, place] of places.entries()) assert.ok(i === 0 || place > (places[i - 1] as number));
        for (const tick of axis.ticks) assert.ok(axis.x(tick) >= 99.9 && axis.x(tick) <= 800.1);
      }),
    );
  });
});
