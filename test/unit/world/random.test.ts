import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../lib/world/random';

function take(random: SeededRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** xoshiro128** as its authors wrote it down, on BigInt, to compare with. */
function reference(state: [bigint, bigint, bigint, bigint], count: number): number[] {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  const s = [...state];
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11n);
    return Number(result);
  });
}

describe('SeededRandom', () => {
  it('is xoshiro128** on the state it is given', () => {
    assert.deepEqual(take(new SeededRandom([1, 2, 3, 4]), 200), reference([1n, 2n, 3n, 4n], 200));
  });

  it('gives the same numbers for the same seed and others for another', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
        assert.deepEqual(take(new SeededRandom(one), 8), take(new SeededRandom(one), 8));
        if (one !== other) assert.notDeepEqual(take(new SeededRandom(one), 8), take(new SeededRandom(other), 8));
      }),
    );
  });

  it('tells seeds apart that differ only above 32 bits', () => {
    assert.notDeepEqual(take(new SeededRandom(7), 4), take(new SeededRandom(7 + 2 ** 32), 4));
  });

  it('derives streams from seed and name alone', () => {
    const drawn = new SeededRandom(5);
    take(drawn, 100);
    assert.deepEqual(take(drawn.stream('network'), 8), take(new SeededRandom(5).stream('network'), 8));
    assert.notDeepEqual(take(drawn.stream('network'), 8), take(drawn.stream('disk'), 8));
    assert.notDeepEqual(take(drawn.stream('network'), 8), take(new SeededRandom(6).stream('network'), 8));
    assert.notDeepEqual(take(drawn.stream('a').stream('b'), 8), take(drawn.stream('b').stream('a'), 8));
  });

  it('spreads float over [0, 1) and int over its range', () => {
    const random = new SeededRandom(1);
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const value = random.float();
      assert.ok(value >= 0 && value < 1);
      bins[Math.floor(value * 16)]!++;
    }
    // Fair bins hold 1,000 with a standard deviation of 31.
    for (const count of bins) assert.ok(Math.abs(count - 1000) < 200, `a bin holds ${count}`);
    const seen = new Set(Array.from({ length: 200 }, () => random.int(6)));
    assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  });

  it('gives exactly as many bytes as asked for', () => {
    const random = new SeededRandom(3);
    for (const count of [0, 1, 3, 4, 5, 33]) assert.equal(random.bytes(count).length, count);
    assert.ok(new Set(random.bytes(256)).size > 100);
  });

  it('refuses what is no seed', () => {
    for (const seed of [-1, 1.5, NaN, 2 ** 53]) assert.throws(() => new SeededRandom(seed), RangeError);
  });
});
