import assert from 'node:assert/strict';
import { commands, effectsOf, Group, HEARTBEAT, sent, TIMEOUT, withLog } from './group';

const ABC = ['a', 'b', 'c'];
const STATE = Buffer.from('the state after x, y and z, in several pieces');

/** A leader that has compacted its log, and c that was away. */
function behind(): Group {
  const group = new Group(ABC, { snapshotOctets: 10 });
  const leader = group.elect('a');
  group.cut('c');
  leader.step(commands('x', 'y', 'z'));
  group.settle();
  leader.step({ kind: 'compact', index: 4, data: STATE });
  return group;
}

describe('Raft: snapshots', () => {
  it('take the place of the entries up to an index', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x', 'y', 'z'));
    group.settle();
    const effects = leader.step({ kind: 'compact', index: 3, data: STATE });
    const { snapshot } = effectsOf(effects, 'write')[0]!.write;
    assert.deepEqual(snapshot, { index: 3, term: 1, members: { voters: ABC, learners: [] }, data: STATE });
    assert.deepEqual([leader.raft.snapshotIndex, leader.raft.lastIndex, leader.applied], [3, 4, ['z']]);
  });

  it('are only made of what is committed, and not twice', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x'));
    assert.throws(() => leader.step({ kind: 'compact', index: 2, data: STATE }), RangeError);
    leader.step({ kind: 'compact', index: 1, data: STATE });
    assert.deepEqual(leader.step({ kind: 'compact', index: 1, data: STATE }), []);
  });

  it('are what a member starts from', () => {
    const group = behind();
    const leader = group.seat('a');
    leader.restart();
    assert.deepEqual([leader.raft.snapshotIndex, leader.raft.commitIndex, leader.raft.lastIndex], [4, 4, 4]);
    assert.deepEqual(leader.raft.members.voters, ABC);
  });

  it('go piece by piece to a member that needs what is in them, and entries follow', () => {
    const group = behind();
    group.heal();
    group.advance(HEARTBEAT);
    const late = group.seat('c');
    const [restored] = effectsOf(late.effects, 'restore');
    assert.equal(restored!.snapshot.data.toString(), STATE.toString());
    assert.equal(sent(group.seat('a').effects, 'installSnapshot').length, 5);
    group.seat('a').step(commands('more'));
    group.settle();
    assert.deepEqual([late.raft.snapshotIndex, late.applied], [4, ['more']]);
    assert.deepEqual(
      effectsOf(late.effects, 'commit').map(({ from }) => from),
      [1, 5],
    );
  });

  it('are acknowledged when they are on disk', () => {
    const group = behind();
    const late = group.seat('c');
    late.syncs = false;
    group.heal();
    group.advance(HEARTBEAT);
    assert.equal(effectsOf(late.effects, 'restore').length, 1);
    const accepted = () => sent(late.effects, 'appendEntriesReply').map((reply) => (reply.success ? reply.matchIndex : -1));
    group.advance(3 * HEARTBEAT);
    assert.ok(!accepted().includes(4));
    late.sync();
    assert.equal(accepted().at(-1), 4);
  });

  it('begin again when the receiver has forgotten its pieces', () => {
    const group = behind();
    group.heal();
    group.now += HEARTBEAT;
    group.seat('a').step({ kind: 'tick' });
    for (let rounds = 0; rounds < 6; rounds++) group.deliver(...group.take());
    assert.ok(sent(group.seat('a').effects, 'installSnapshot').some(({ offset }) => offset > 0));
    group.seat('c').restart();
    group.take();
    group.advance(2 * TIMEOUT);
    assert.equal(effectsOf(group.seat('c').effects, 'restore').length, 1);
  });

  it('pieces that come twice do not multiply', () => {
    const group = behind();
    group.heal();
    group.now += HEARTBEAT;
    group.seat('a').step({ kind: 'tick' });
    for (let messages = group.take(); messages.length > 0; messages = group.take()) {
      for (const message of messages) {
        group.deliver(message);
        if (message.kind === 'installSnapshot') group.deliver(message);
      }
    }
    assert.equal(sent(group.seat('a').effects, 'installSnapshot').length, 5);
    assert.equal(group.seat('c').raft.commitIndex, 4);
  });

  it('do not throw away entries that follow them: those may have been acknowledged', () => {
    const group = new Group([]);
    const seat = group.add('b', withLog([1, 1, 1, 1], ABC));
    const message = {
      kind: 'installSnapshot',
      from: 'a',
      to: 'b',
      term: 2,
      index: 2,
      indexTerm: 1,
      offset: 0,
      done: true,
      members: { voters: ABC, learners: [] },
      data: STATE,
    } as const;
    const effects = seat.step({ kind: 'message', message });
    assert.deepEqual([seat.raft.lastIndex, seat.raft.commitIndex], [4, 2]);
    assert.deepEqual(effectsOf(effects, 'restore'), []);
    const reply = sent(effects, 'appendEntriesReply').at(-1);
    assert.ok(reply?.success && reply.matchIndex === 2);
  });
});
