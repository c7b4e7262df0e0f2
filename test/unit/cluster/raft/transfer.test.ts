import assert from 'node:assert/strict';
import { NOBODY } from '../../../../lib/cluster/raft/members';
import { founding } from '../../../../lib/cluster/raft/storage';
import { commands, effectsOf, Group, HEARTBEAT, sent, TIMEOUT } from './group';

const ABC = ['a', 'b', 'c'];

describe('Raft: handing over the leadership', () => {
  it('makes the other the leader at once, though all still hear the old one', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step({ kind: 'transfer', to: 'c' });
    group.settle();
    assert.deepEqual([group.seat('c').raft.role, group.seat('c').raft.term, leader.raft.role], ['leader', 2, 'follower']);
  });

  it('brings the other up to date first, and takes no commands meanwhile', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x'));
    const late = group.take();
    const effects = leader.step({ kind: 'transfer', to: 'c' });
    assert.deepEqual(sent(effects, 'timeoutNow'), []);
    assert.equal(effectsOf(leader.step(commands('y')), 'refused')[0]!.reason, 'transferring');
    group.deliver(...late);
    group.settle();
    assert.equal(group.seat('c').raft.role, 'leader');
    assert.deepEqual(group.seat('c').applied, ['x']);
  });

  it('is given up after a time-out, and the leader goes on', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('c');
    leader.step({ kind: 'transfer', to: 'c' });
    group.advance(TIMEOUT);
    assert.deepEqual(effectsOf(leader.effects, 'transferAborted'), [{ kind: 'transferAborted', to: 'c' }]);
    leader.step(commands('x'));
    group.settle();
    assert.deepEqual([leader.raft.role, group.seat('b').applied], ['leader', ['x']]);
  });

  it('is given up when the connection to the other breaks', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step({ kind: 'transfer', to: 'c' });
    const effects = leader.step({ kind: 'connectionLost', peer: 'c' });
    assert.equal(effectsOf(effects, 'transferAborted').length, 1);
  });

  it('is refused to whom cannot lead', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.add('d', founding(NOBODY));
    leader.step({ kind: 'addMember', id: 'd' });
    assert.equal(effectsOf(leader.step({ kind: 'transfer', to: 'd' }), 'refused')[0]!.reason, 'noVoter');
    assert.equal(effectsOf(leader.step({ kind: 'transfer', to: 'z' }), 'refused')[0]!.reason, 'noVoter');
    assert.deepEqual(leader.step({ kind: 'transfer', to: 'a' }), []);
  });

  it('asked for in an old term means nothing', () => {
    const group = new Group(ABC);
    group.elect('a');
    const message = { kind: 'timeoutNow', from: 'b', to: 'c', term: 0 } as const;
    assert.deepEqual(group.seat('c').step({ kind: 'message', message }), []);
    group.advance(HEARTBEAT);
    assert.equal(group.seat('a').raft.role, 'leader');
  });
});
