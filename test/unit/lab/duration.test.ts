import { strict as assert } from 'node:assert';
import { inWords, milliseconds } from '../../../lib/lab/duration';

describe('durations', () => {
  for (const [written, ms] of [
    [0, 0],
    [250, 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    [' 5 min ', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ] as const) {
    it(`reads ${JSON.stringify(written)}`, () => assert.equal(milliseconds(written), ms));
  }

  for (const wrong of [
    '',
    '30',
    's',
    '30 sec',
    '-5s',
    '1e3s',
    'constructor',
    '5constructor',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ]) {
    it(`refuses ${JSON.stringify(wrong)} and shows the forms`, () => {
      assert.throws(() => milliseconds(wrong), { name: 'RangeError', message: /is not a duration.*'30s'/ });
    });
  }

  it('writes them for people', () => {
    assert.deepEqual([0, 12.4, 999, 3440, 125_000, 3_600_000, 7_325_000].map(inWords), [
      '0 ms',
      '12 ms',
      '999 ms',
      '3.4 s',
      '2 min 5 s',
      '1 h',
      '2 h 2 min 5 s',
    ]);
  });
});
