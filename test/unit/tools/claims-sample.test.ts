/** Which claims about clusters a run asks, what it notes of them, and what Warren does not carry yet. */
import { strict as assert } from 'node:assert';
import type { Claim } from '../../claims/harness/claim';
import { judged, isNotCarried } from '../../claims/harness/not-carried';
import type { Outcome } from '../../claims/harness/runner';
import { heldAfter, rotated, timeBox } from '../../claims/harness/sample';
import { scenario, type Scenario } from '../../claims/harness/scenario';

const HOUR_MS = 3_600_000;

const about = (title: string): Scenario => scenario(title, { layout: 'pair' }, async () => null);

function claimed(id: string, of?: Scenario): Claim {
  const options = of === undefined ? { notebook: '10' as const } : { notebook: '10' as const, scenario: of };
  return { id, sentence: `${id}.`, options, check: async () => undefined, file: 'f' };
}

const [first, second, third] = [about('first'), about('second'), about('third')];
const claims = [claimed('a.1', first), claimed('plain.1'), claimed('b.1', second), claimed('a.2', first), claimed('c.1', third)];

const ids = (some: readonly Claim[]): string[] => some.map(({ id }) => id);

function outcome(id: string, failure: Error | null, more: Partial<Outcome> = {}): Outcome {
  return { claim: claims.find((claim) => claim.id === id) ?? claimed(id, first), failure, ms: 0, ...more };
}

describe('The sample of claims about clusters', () => {
  it('keeps the claims of a scenario together and begins with another scenario each hour', () => {
    assert.deepEqual(ids(rotated(claims, 0)), ['plain.1', 'a.1', 'a.2', 'b.1', 'c.1']);
    assert.deepEqual(ids(rotated(claims, HOUR_MS)), ['plain.1', 'b.1', 'c.1', 'a.1', 'a.2']);
    assert.deepEqual(ids(rotated(claims, 2 * HOUR_MS)), ['plain.1', 'c.1', 'a.1', 'a.2', 'b.1']);
    assert.deepEqual(ids(rotated(claims, 3 * HOUR_MS)), ids(rotated(claims, 0)));
  });

  it('ends when its time is used up', () => {
    assert.equal(timeBox(60_000)(), true);
    assert.equal(timeBox(0)(), false);
  });

  it('notes the day of what held, keeps the days of what was not asked, and strikes what failed or is no claim any more', () => {
    const held = { 'a.1': '2026-01-01', 'a.2': '2026-01-01', 'b.1': '2026-01-01', 'gone.1': '2026-01-01' };
    const seen = [
      outcome('a.1', null),
      outcome('a.2', new Error('no')),
      outcome('b.1', null, { notAsked: true }),
      outcome('plain.1', null),
    ];
    assert.deepEqual(heldAfter(held, claims, seen, '2026-02-02'), { 'a.1': '2026-02-02', 'b.1': '2026-01-01' });
  });
});

describe('What Warren does not carry yet', () => {
  it('is judged on Warren alone', () => {
    const failing = outcome('a.1', new Error('no'));
    assert.equal(isNotCarried('a.1'), false);
    assert.equal(judged('warren', failing), failing);
    assert.equal(judged('rabbitmq', failing), failing);
  });
});
