import { strict as assert } from 'node:assert';
import { History, type Verdict } from '../../../lib/lab/history';

type Deed = 'acknowledged' | 'refused' | 'returned' | 'consumed';
type Heading = Exclude<keyof Verdict<string>, 'attempted'>;

/** What happened to one message after it was attempted, and the headings under which it then stands. */
const CASES: ReadonlyArray<readonly [deeds: readonly Deed[], headings: readonly Heading[]]> = [
  [[], []],
  [['acknowledged'], ['acknowledged', 'lost']],
  [['acknowledged', 'consumed'], ['acknowledged']],
  [
    ['acknowledged', 'consumed', 'consumed'],
    ['acknowledged', 'duplicated'],
  ],
  [['consumed'], ['recovered']],
  [['consumed', 'acknowledged'], ['acknowledged']],
  [
    ['consumed', 'consumed'],
    ['duplicated', 'recovered'],
  ],
  [['refused'], []],
  [['refused', 'consumed'], ['recovered']],
  [['returned'], []],
  [['returned', 'acknowledged'], []],
  [['returned', 'acknowledged', 'consumed'], ['unexpected']],
];

function headingsOf(id: string, { attempted, ...verdict }: Verdict<string>): Heading[] {
  assert.ok(attempted.includes(id));
  return (Object.keys(verdict) as Heading[]).filter((heading) => verdict[heading].includes(id));
}

describe('History', () => {
  for (const [deeds, headings] of CASES) {
    it(`a message that was ${['attempted', ...deeds].join(', ')} is ${headings.join(' and ') || 'none of the others'}`, () => {
      const history = new History();
      history.attempted('m');
      for (const deed of deeds) history[deed]('m');
      assert.deepEqual(headingsOf('m', history.verdict()), headings);
    });
  }

  it('what nobody attempted is unexpected, once', () => {
    const history = new History();
    history.attempted('m');
    for (const id of ['stranger', 'm', 'stranger']) history.consumed(id);
    assert.deepEqual(history.verdict().unexpected, ['stranger']);
  });

  it('a message that is published again is attempted once, and acknowledged if one of the two was', () => {
    const history = new History();
    for (const outcome of ['returned', 'acknowledged', 'returned', 'refused'] as const) {
      history.attempted('m');
      history[outcome]('m');
    }
    const { attempted, acknowledged, lost } = history.verdict();
    assert.deepEqual([attempted, acknowledged, lost], [['m'], ['m'], ['m']]);
  });

  it('tells in the order of publishing, at any moment', () => {
    const history = new History();
    for (const id of ['b', 'a', 'c']) history.attempted(id);
    for (const id of ['c', 'a', 'b']) history.acknowledged(id);
    const before = history.verdict();
    for (const id of ['c', 'a']) history.consumed(id);
    assert.deepEqual([before.lost, history.verdict().lost], [['b', 'a', 'c'], ['b']]);
  });

  it('refuses to hear of the fate of a message that was never attempted', () => {
    assert.throws(() => new History().acknowledged('m'), /The message 'm' was never attempted/);
  });
});
