/** A group to which nothing happens says nothing, and is awake when something does. */
import { strict as assert } from 'node:assert';
import { Group, HEARTBEAT, TIMEOUT } from './group';

const HOUR = 3_600_000;
const ABC = ['a', 'b', 'c'];

function commands(...texts: string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text));
}

/** Led by `a`, with a command that all have, and nothing since. */
function quietGroup(): Group {
  const group = new Group(ABC, { quietAfter: 5 });
  group.elect('a').step({ kind: 'propose', commands: commands('x') });
  group.advance(20 * HEARTBEAT);
  return group;
}

function leaders(group: Group): string[] {
  return ABC.filter((id) => group.seat(id).raft.role === 'leader');
}

describe('a Raft group to which nothing happens', () => {
  it('wants no time, and keeps its leader', () => {
    const group = quietGroup();
    for (const id of ABC) assert.equal(group.seat(id).raft.wakeAt, Number.POSITIVE_INFINITY);
    group.now += HOUR;
    group.advance(5 * TIMEOUT);
    assert.deepEqual(leaders(group), ['a']);
    assert.equal(group.seat('a').raft.term, 1);
  });

  it('stays awake as long as one member does not have everything', () => {
    const group = new Group(ABC, { quietAfter: 5 });
    group.elect('a');
    group.cut('c');
    group.seat('a').step({ kind: 'propose', commands: commands('x') });
    group.advance(20 * HEARTBEAT);
    assert.notEqual(group.seat('a').raft.wakeAt, Number.POSITIVE_INFINITY);
    group.heal();
    group.advance(20 * HEARTBEAT);
    assert.equal(group.seat('a').raft.wakeAt, Number.POSITIVE_INFINITY);
  });

  it('commits what comes after an hour, and watches its leader again', () => {
    const group = quietGroup();
    group.now += HOUR;
    group.seat('a').step({ kind: 'propose', commands: commands('y') });
    group.advance(2 * HEARTBEAT);
    for (const id of ABC) assert.deepEqual(group.seat(id).applied, ['x', 'y']);
    group.cut('a');
    group.advance(4 * TIMEOUT);
    assert.equal(leaders(group).filter((id) => id !== 'a').length, 1);
  });

  it('elects another leader when the connections to its leader break', () => {
    const group = quietGroup();
    group.now += HOUR;
    group.cut('a');
    for (const id of ['b', 'c']) group.seat(id).step({ kind: 'connectionLost', peer: 'a' });
    group.advance(5 * HEARTBEAT);
    assert.equal(leaders(group).filter((id) => id !== 'a').length, 1);
  });

  it('elects another leader once somebody waits for one that is silent', () => {
    const group = quietGroup();
    group.now += HOUR;
    group.cut('a');
    group.advance(5 * TIMEOUT);
    assert.deepEqual(leaders(group), ['a']);
    group.seat('b').step({ kind: 'stir' });
    group.advance(5 * TIMEOUT);
    assert.equal(leaders(group).filter((id) => id !== 'a').length, 1);
  });

  it('stays awake while somebody waits for its leader, whom that may not have reached yet', () => {
    const group = new Group(ABC, { quietAfter: 5 });
    group.elect('a').step({ kind: 'propose', commands: commands('x') });
    const { raft } = group.seat('a');
    let last = group.take();
    while (raft.wakeAt !== Number.POSITIVE_INFINITY) {
      group.deliver(...last);
      group.settle();
      group.now += HEARTBEAT;
      group.seat('a').step({ kind: 'tick' });
      last = group.take();
    }
    group.seat('b').step({ kind: 'stir' });
    group.deliver(...last);
    group.cut('a');
    group.advance(5 * TIMEOUT);
    assert.equal(leaders(group).filter((id) => id !== 'a').length, 1);
  });

  it('keeps its leader when only one member has lost it, or waited in vain', () => {
    for (const event of [{ kind: 'connectionLost', peer: 'a' }, { kind: 'stir' }] as const) {
      const group = quietGroup();
      group.now += HOUR;
      group.seat('b').step(event);
      group.advance(20 * HEARTBEAT);
      assert.deepEqual([leaders(group), group.seat('a').raft.term], [['a'], 1]);
      for (const id of ABC) assert.equal(group.seat(id).raft.wakeAt, Number.POSITIVE_INFINITY);
    }
  });

  it('lets a leader that has begun anew stand for election', () => {
    const group = quietGroup();
    group.now += HOUR;
    group.seat('a').restart();
    group.advance(5 * TIMEOUT);
    assert.equal(leaders(group).length, 1);
  });
});
