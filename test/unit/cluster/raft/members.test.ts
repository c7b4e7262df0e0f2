import assert from 'node:assert/strict';
import { NOBODY } from '../../../../lib/cluster/raft/members';
import { founding } from '../../../../lib/cluster/raft/storage';
import type { Effect } from '../../../../lib/cluster/raft/effects';
import { commands, effectsOf, Group, HEARTBEAT, type Seat, sent, TIMEOUT } from './group';

const ABC = ['a', 'b', 'c'];

function newcomer(group: Group, id: string): Seat {
  return group.add(id, founding(NOBODY));
}

function refusal(effects: readonly Effect[]): string | undefined {
  return effectsOf(effects, 'refused')[0]?.reason;
}

describe('Raft: changes of the members', () => {
  it('take in a member first as a learner, and as a voter once it has caught up', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x'));
    group.settle();
    newcomer(group, 'd');
    leader.step({ kind: 'addMember', id: 'd' });
    assert.deepEqual(leader.raft.members, { voters: ABC, learners: ['d'] });
    group.advance(HEARTBEAT);
    for (const id of [...ABC, 'd']) {
      assert.deepEqual(group.seat(id).raft.members, { voters: [...ABC, 'd'], learners: [] }, id);
      assert.deepEqual(group.seat(id).applied, ['x'], id);
    }
  });

  it('are in force as soon as they are in the log', () => {
    const group = new Group(['a', 'b']);
    const leader = group.elect('a');
    group.cut('b');
    leader.step({ kind: 'removeMember', id: 'b' });
    group.settle();
    assert.equal(leader.raft.commitIndex, leader.raft.lastIndex, 'it is a majority by itself now');
  });

  it('do not need a learner’s acknowledgement, and do not count it', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    newcomer(group, 'd');
    leader.step({ kind: 'addMember', id: 'd' });
    group.cut('b', 'c');
    leader.step(commands('x'));
    const before = leader.raft.commitIndex;
    group.settle();
    assert.equal(leader.raft.commitIndex, before);
  });

  it('wait for the one before', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step({ kind: 'removeMember', id: 'c' });
    assert.equal(refusal(leader.step({ kind: 'removeMember', id: 'b' })), 'changing');
    group.settle();
    assert.equal(refusal(leader.step({ kind: 'removeMember', id: 'b' })), undefined);
  });

  it('wait until the leader has committed something of its term', () => {
    const group = new Group(ABC);
    group.now = 2 * TIMEOUT;
    const leader = group.seat('a');
    leader.step({ kind: 'campaign' });
    while (leader.raft.role !== 'leader') group.deliver(...group.take());
    assert.equal(refusal(leader.step({ kind: 'removeMember', id: 'c' })), 'changing');
  });

  it('are refused if they make no sense', () => {
    const group = new Group(['a']);
    const leader = group.elect('a');
    assert.equal(refusal(leader.step({ kind: 'addMember', id: 'a' })), 'alreadyMember');
    assert.equal(refusal(leader.step({ kind: 'removeMember', id: 'z' })), 'noMember');
    assert.equal(refusal(leader.step({ kind: 'removeMember', id: 'a' })), 'lastVoter');
  });

  it('that were not committed are taken back with the log', () => {
    const group = new Group(ABC);
    const old = group.elect('a');
    group.cut('a');
    old.step({ kind: 'removeMember', id: 'c' });
    assert.deepEqual(old.raft.members.voters, ['a', 'b']);
    group.elect('b');
    group.heal();
    group.advance(HEARTBEAT);
    assert.deepEqual(old.raft.members.voters, ABC);
    assert.deepEqual(
      effectsOf(old.effects, 'members').map(({ members }) => members.voters),
      [['a', 'b'], ABC],
    );
  });

  it('a removed member that does not know it deposes nobody', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('c');
    leader.step({ kind: 'removeMember', id: 'c' });
    group.settle();
    group.heal();
    group.advance(20 * TIMEOUT);
    assert.ok(sent(group.seat('c').effects, 'requestVote').length > 5, 'it did try');
    assert.deepEqual([leader.raft.role, leader.raft.term], ['leader', 1]);
  });

  it('a learner and one who knows of no group do not stand for election', () => {
    const group = new Group(ABC);
    const stranger = newcomer(group, 'd');
    group.cut(...ABC);
    group.advance(5 * TIMEOUT);
    assert.equal(stranger.raft.role, 'follower');
    assert.deepEqual(stranger.step({ kind: 'campaign' }), []);
  });

  it('a leader may remove itself: it leads until that is committed, and then asks another to', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step({ kind: 'removeMember', id: 'a' });
    assert.equal(leader.raft.role, 'leader');
    group.settle();
    assert.equal(leader.raft.role, 'follower');
    const next = ['b', 'c'].map((id) => group.seat(id)).find(({ raft }) => raft.role === 'leader');
    assert.ok(next, 'without waiting for a time-out');
    group.cut('a');
    next.step(commands('x'));
    group.settle();
    assert.deepEqual(group.seat('b').applied, ['x']);
  });

  it('a leader that removes itself does not count itself', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('c');
    leader.step({ kind: 'removeMember', id: 'a' });
    group.settle();
    assert.equal(leader.raft.role, 'leader', 'b alone is no majority of b and c');
    group.heal();
    group.advance(HEARTBEAT);
    assert.equal(leader.raft.role, 'follower');
  });

  it('one whose removal is not committed may be needed as leader, and stands for election (thesis, figure 4.6)', () => {
    const group = new Group(['a', 'b']);
    const first = group.elect('a');
    group.cut('b');
    first.step({ kind: 'removeMember', id: 'a' });
    first.restart();
    group.take();
    group.heal();
    // b has not heard of the change and needs a's vote; a's log is longer, so only a can win.
    group.advance(10 * TIMEOUT);
    assert.equal(group.seat('b').raft.role, 'leader');
    assert.deepEqual(group.seat('b').raft.members.voters, ['b']);
  });
});
