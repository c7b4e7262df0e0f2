import assert from 'node:assert/strict';
import { commands, effectsOf, Group, HEARTBEAT, sent, TIMEOUT, withLog } from './group';

const ABC = ['a', 'b', 'c'];

describe('Raft: replication', () => {
  it('commits what a majority has on disk, and all apply it in order', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    const effects = leader.step(commands('x', 'y'));
    assert.deepEqual(effectsOf(effects, 'proposed'), [{ kind: 'proposed', first: 2, count: 2, term: 1 }]);
    group.settle();
    for (const id of ABC) assert.deepEqual(group.seat(id).applied, ['x', 'y']);
    const commits = effectsOf(group.seat('b').effects, 'commit');
    assert.deepEqual(
      commits.map(({ from, to }) => [from, to]),
      [
        [1, 1],
        [2, 3],
      ],
    );
  });

  it('refuses commands where nobody leads, and says who does', () => {
    const group = new Group(ABC);
    group.elect('a');
    const [refused] = effectsOf(group.seat('b').step(commands('x')), 'refused');
    assert.deepEqual(refused, { kind: 'refused', request: 'propose', reason: 'notLeader', leader: 'a' });
  });

  it('acknowledges only what is on disk', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    const follower = group.seat('b');
    group.cut('c');
    follower.syncs = false;
    leader.step(commands('x'));
    group.settle();
    assert.equal(leader.raft.commitIndex, 1);
    follower.sync();
    group.settle();
    assert.equal(leader.raft.commitIndex, 2);
  });

  it('answers once for all that one sync has covered', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    const follower = group.seat('b');
    follower.syncs = false;
    for (const text of ['x', 'y', 'z']) leader.step(commands(text));
    group.settle();
    const replies = sent(follower.sync(), 'appendEntriesReply');
    assert.deepEqual(
      replies.map((reply) => reply.success && reply.matchIndex),
      [4],
    );
  });

  it('answers a sign of life while its disk is busy, with what is on it', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    const follower = group.seat('b');
    follower.syncs = false;
    leader.step(commands('x'));
    group.settle();
    const before = follower.effects.length;
    group.advance(HEARTBEAT);
    const [reply] = sent(follower.effects.slice(before), 'appendEntriesReply');
    assert.ok(reply?.success);
    assert.deepEqual([reply.matchIndex, reply.receivedIndex], [1, 2]);
  });

  it('acknowledges nothing in a term that it could still forget', () => {
    const group = new Group(ABC);
    const follower = group.seat('b');
    follower.syncs = false;
    const message = {
      kind: 'appendEntries',
      from: 'a',
      to: 'b',
      term: 3,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commit: 0,
    } as const;
    assert.deepEqual(sent(follower.step({ kind: 'message', message }), 'appendEntriesReply'), []);
    assert.equal(sent(follower.sync(), 'appendEntriesReply').length, 1);
  });

  it('counts the leader itself only once its own disk is done, and needs it for nothing else', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.syncs = false;
    group.cut('c');
    leader.step(commands('x'));
    group.settle();
    assert.equal(leader.raft.commitIndex, 1, 'one of three has it on disk');
    leader.sync();
    assert.equal(leader.raft.commitIndex, 2);
    group.heal();
    leader.step(commands('y'));
    group.advance(HEARTBEAT);
    assert.equal(leader.raft.commitIndex, 3, 'two of three have it, though the leader has not');
  });

  describe('figure 7: the logs that a leader may find', () => {
    const LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const FOLLOWERS = {
      a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
      b: [1, 1, 1, 4],
      c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
      d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
      e: [1, 1, 1, 4, 4, 4, 4],
      f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    };
    const voters = ['leader', ...Object.keys(FOLLOWERS)];

    it('brings all of them to agree with its own, in few messages', () => {
      const group = new Group([]);
      const leader = group.add('leader', withLog(LEADER, voters, 7));
      for (const [id, terms] of Object.entries(FOLLOWERS)) group.add(id, withLog(terms, voters, 7));
      group.elect('leader');
      const expected = [...LEADER, 8];
      assert.deepEqual(leader.terms(), expected);
      for (const [id, terms] of Object.entries(FOLLOWERS)) {
        assert.deepEqual(group.seat(id).terms(), expected, id);
        const refusals = sent(group.seat(id).effects, 'appendEntriesReply').filter(({ success }) => !success).length;
        assert.ok(refusals <= 2, `${id} (${terms}) refused ${refusals} times`);
        assert.equal(group.seat(id).raft.commitIndex, 11, id);
      }
    });

    it('takes one refusal for a follower that only lacks entries, however many', () => {
      const group = new Group([]);
      group.add('a', withLog(new Array(500).fill(1), ABC, 1));
      group.add('b', withLog([1], ABC, 1));
      group.elect('a');
      assert.equal(group.seat('b').raft.lastIndex, 501);
      assert.equal(sent(group.seat('b').effects, 'appendEntriesReply').filter(({ success }) => !success).length, 1);
    });
  });

  describe('figure 8: entries of earlier terms', () => {
    const five = ['s1', 's2', 's3', 's4', 's5'];

    it('are not committed by being on a majority, for they can still be replaced', () => {
      // (c): s1 leads in term 4 and has brought its entry of term 2 to a majority, but nothing of its own term.
      const group = new Group([]);
      const s1 = group.add('s1', withLog([1, 2], five, 3));
      group.add('s2', withLog([1, 2], five, 3));
      group.add('s3', withLog([1], five, 3));
      group.cut('s4', 's5');
      s1.syncs = false;
      group.now = 2 * TIMEOUT;
      s1.step({ kind: 'campaign' });
      group.settle();
      s1.sync();
      // s3 gets the entry of term 2 in a message of its own; that of term 4 never arrives.
      const withoutOwn = (): void => {
        for (let messages = group.take(); messages.length > 0; messages = group.take()) {
          for (const message of messages) {
            if (message.kind !== 'appendEntries') group.deliver(message);
            else group.deliver({ ...message, entries: message.entries.filter(({ term }) => term < 4) });
          }
        }
      };
      withoutOwn();
      assert.equal(s1.raft.role, 'leader');
      for (const id of ['s1', 's2', 's3']) assert.equal(group.seat(id).terms()[1], 2, id);
      assert.equal(s1.raft.commitIndex, 0);
      // (d): s5 is elected by s2, s3 and s4, and replaces it. Nothing committed was lost.
      group.add('s4', withLog([1], five, 4));
      group.add('s5', withLog([1, 3], five, 4));
      group.heal();
      group.cut('s1');
      group.elect('s5');
      assert.equal(group.seat('s5').raft.role, 'leader');
      for (const id of ['s2', 's3', 's4', 's5']) assert.deepEqual(group.seat(id).terms(), [1, 3, 5], id);
    });

    it('are committed with the first entry of the own term', () => {
      const group = new Group([]);
      const leader = group.add('a', withLog([1, 2], ABC, 3));
      group.add('b', withLog([1], ABC, 3));
      group.elect('a');
      assert.deepEqual([leader.terms(), leader.raft.commitIndex], [[1, 2, 4], 3]);
    });
  });

  it('sends entries in messages of bounded octets, several behind each other', () => {
    const group = new Group(ABC, { appendOctets: 100, inflightAppends: 3 });
    const leader = group.elect('a');
    const effects = leader.step(commands(...Array.from({ length: 40 }, (_, i) => `command ${i}`.padEnd(34))));
    const toB = sent(effects, 'appendEntries').filter(({ to }) => to === 'b');
    assert.deepEqual(
      toB.map(({ prevIndex, entries }) => [prevIndex, entries.length]),
      [
        [1, 2],
        [3, 2],
        [5, 2],
      ],
    );
    group.settle();
    assert.equal(group.seat('b').applied.length, 40);
  });

  it('has no more octets under way to a follower than allowed, beyond one message', () => {
    const group = new Group(ABC, { appendOctets: 100, inflightOctets: 150 });
    const leader = group.elect('a');
    const effects = leader.step(commands(...Array.from({ length: 40 }, (_, i) => `command ${i}`.padEnd(34))));
    assert.equal(sent(effects, 'appendEntries').filter(({ to }) => to === 'b').length, 2);
  });

  it('finds out by its signs of life that messages were lost, and sends them again', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x'));
    group.take();
    leader.step(commands('y'));
    group.take();
    group.advance(HEARTBEAT);
    assert.deepEqual(group.seat('b').applied, ['x', 'y']);
  });

  it('goes back once when several messages behind a lost one are refused', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('c');
    for (const text of ['w', 'x', 'y', 'z']) leader.step(commands(text));
    const [, ...rest] = group.take().filter(({ to }) => to === 'b');
    group.deliver(...rest);
    const refusals = group.take();
    assert.equal(refusals.length, 3);
    group.deliver(...refusals);
    assert.equal(group.wire.length, 1);
    group.settle();
    assert.deepEqual(group.seat('b').applied, ['w', 'x', 'y', 'z']);
  });

  it('begins again from what is certain when a connection broke', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    leader.step(commands('x'));
    group.take();
    leader.step({ kind: 'connectionLost', peer: 'b' });
    leader.step(commands('y'));
    group.settle();
    assert.deepEqual(group.seat('b').applied, ['x', 'y']);
  });

  it('sends and writes a batch once, however many commands it has', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    const effects = leader.step(commands(...Array.from({ length: 3000 }, () => 'c')));
    assert.equal(effectsOf(effects, 'write').length, 1);
    assert.equal(sent(effects, 'appendEntries').length, 2);
  });

  it('will not replace what is committed, whatever it is told', () => {
    const group = new Group(ABC);
    group.elect('a').step(commands('x'));
    group.settle();
    const follower = group.seat('b');
    const { entries } = withLog([9, 9], ABC);
    const message = {
      kind: 'appendEntries',
      from: 'c',
      to: 'b',
      term: 9,
      prevIndex: 0,
      prevTerm: 0,
      entries,
      commit: 2,
    } as const;
    follower.step({ kind: 'message', message });
    assert.deepEqual(follower.terms(), [1, 1]);
  });
});
