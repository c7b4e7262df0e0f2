/** Who may start, by the measured truths of RabbitMQ 3.10.8: two disc nodes A and B, and one disc node with RAM nodes. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { type BootDecision, decideBoot, type Reached } from '../../../lib/cluster/membership/boot';
import type { ClusterView, Member } from '../../../lib/cluster/membership/membership';

const A = 'a@localhost';
const B = 'b@localhost';
const C = 'c@localhost';

function view(self: string, running: readonly string[], members: readonly Member[] = discs(A, B)): ClusterView {
  return { self, members, running };
}

function discs(...names: string[]): Member[] {
  return names.map((name) => ({ name, kind: 'disc' }));
}

function decide(own: ClusterView, reached: readonly Reached[] = [], forced = false): BootDecision {
  return decideBoot(own, reached, forced);
}

describe('a node that starts', () => {
  it('boots if it is no member of a cluster', () => {
    assert.deepEqual(decide({ self: A, members: discs(A), running: [] }), { kind: 'boot' });
  });

  it('boots if it stopped last, whoever is away', () => {
    assert.deepEqual(decide(view(B, [])), { kind: 'boot' });
  });

  it('waits for whom it saw running when it stopped', () => {
    assert.deepEqual(decide(view(A, [B])), { kind: 'wait', for: [B] });
  });

  it('goes on waiting while that one only waits for somebody else', () => {
    assert.equal(decide(view(A, [B]), [{ name: B, state: 'waits', saw: [] }]).kind, 'wait');
  });

  it('takes the definitions of a member that runs, also if it need not wait', () => {
    const running: Reached = { name: B, state: 'running', saw: [] };
    assert.deepEqual(decide(view(A, [B]), [running]), { kind: 'copy', from: B });
    assert.deepEqual(decide(view(A, []), [running]), { kind: 'copy', from: B });
  });

  it('boots when it is told to', () => {
    assert.deepEqual(decide(view(A, [B]), [], true), { kind: 'boot' });
  });

  it('waits for nobody who keeps everything in memory', () => {
    const members: Member[] = [
      { name: A, kind: 'disc' },
      { name: B, kind: 'ram' },
      { name: C, kind: 'ram' },
    ];
    assert.deepEqual(decide(view(A, [B, C], members)), { kind: 'boot' });
  });

  it('finds nobody if it is a RAM node and no member runs', () => {
    const members: Member[] = [
      { name: A, kind: 'disc' },
      { name: B, kind: 'ram' },
    ];
    assert.deepEqual(decide(view(B, [], members), [], true), { kind: 'nobody', asked: [A] });
    assert.deepEqual(decide(view(B, [], members), [{ name: A, state: 'running', saw: [] }]), { kind: 'copy', from: A });
  });

  it('boots as one of those who stopped at the same moment, once all of them are here', () => {
    assert.deepEqual(decide(view(A, [B]), [{ name: B, state: 'waits', saw: [A] }]), { kind: 'boot' });
    assert.equal(decide(view(B, [A]), [{ name: A, state: 'waits', saw: [B] }]).kind, 'wait');
  });

  it('boots, of those who saw each other go, if it did not pause for that or paused last', () => {
    const paused = (name: string, pausedAt: number): Reached[] => [{ name, state: 'waits', saw: [], pausedAt }];
    const boots = (self: string, pausedAt: number, reached: readonly Reached[]): boolean =>
      decideBoot(view(self, []), reached, false, pausedAt).kind === 'boot';
    assert.deepEqual([boots(A, 100, paused(B, 200)), boots(B, 200, paused(A, 100))], [false, true]);
    assert.deepEqual([boots(A, 200, paused(B, 100)), boots(B, 100, paused(A, 200))], [true, false]);
    assert.deepEqual([boots(A, 100, paused(B, 0)), boots(B, 0, paused(A, 100))], [false, true]);
    assert.deepEqual([boots(A, 100, paused(B, 100)), boots(B, 100, paused(A, 100))], [true, false]);
  });

  /** In whatever order members stop, some while others run: who comes back must know of every change. */
  it('never loads definitions that somebody it can reach knows better, and a whole cluster always starts', () => {
    const names = [A, B, C];
    fc.assert(
      fc.property(fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 3 }), (rounds) => {
        // Each round stops its members at one moment; a member sees as running who stops with it or later.
        const stopped = [...rounds, names].flatMap((round, i) => round.map((name) => ({ name, i })));
        const at = new Map(names.map((name) => [name, stopped.find((one) => one.name === name)?.i ?? rounds.length]));
        const saw = (name: string): string[] =>
          names.filter((other) => other !== name && (at.get(other) as number) >= (at.get(name) as number));
        const last = Math.max(...at.values());
        const reached = (self: string): Reached[] =>
          names.filter((name) => name !== self).map((name) => ({ name, state: 'waits', saw: saw(name) }));
        const booting = names.filter((name) => decide(view(name, saw(name), discs(...names)), reached(name)).kind === 'boot');
        assert.ok(booting.length >= 1, 'somebody boots');
        for (const name of booting) assert.equal(at.get(name), last, `${name} stopped before somebody else`);
        for (const name of names) {
          const decision = decide(view(name, saw(name), discs(...names)));
          if (decision.kind === 'boot') assert.equal(at.get(name), last);
        }
      }),
    );
  });
});
