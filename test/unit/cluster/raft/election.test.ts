import assert from 'node:assert/strict';
import type { RequestVote } from '../../../../lib/cluster/raft/messages';
import { commands, effectsOf, Group, HEARTBEAT, type Seat, sent, TIMEOUT, withLog } from './group';

const ABC = ['a', 'b', 'c'];

function request(from: string, to: string, term: number, rest: Partial<RequestVote> = {}): RequestVote {
  return { kind: 'requestVote', from, to, term, preVote: false, transfer: false, lastIndex: 0, lastTerm: 0, ...rest };
}

/** A member with such a log, asked by one whose log ends so. */
function vote(terms: readonly number[], lastIndex: number, lastTerm: number): boolean {
  const group = new Group([]);
  const seat = group.add('b', withLog(terms, ABC));
  const effects = seat.step({ kind: 'message', message: request('a', 'b', 9, { lastIndex, lastTerm }) });
  return sent(effects, 'requestVoteReply')[0]!.granted;
}

function leads(seat: Seat): boolean {
  return seat.raft.role === 'leader';
}

describe('Raft: elections', () => {
  it('elects a leader when time-outs have passed, and all know of it', () => {
    const group = new Group(ABC);
    group.advance(2 * TIMEOUT);
    assert.deepEqual(
      ABC.map((id) => group.seat(id).raft.leader),
      ['a', 'a', 'a'],
    );
    assert.equal(group.seat('a').raft.term, 1);
    assert.ok(leads(group.seat('a')));
  });

  it('waits for one to two time-outs, by chance', () => {
    for (const [id, factor] of [
      ['a', 1],
      ['b', 1.1],
      ['c', 1.2],
    ] as const) {
      assert.equal(new Group(ABC).seat(id).raft.wakeAt, factor * TIMEOUT);
    }
  });

  it('lets a member that is alone lead, once its vote is on disk', () => {
    const group = new Group(['a']);
    const seat = group.seat('a');
    seat.syncs = false;
    seat.step({ kind: 'campaign' });
    assert.equal(seat.raft.role, 'candidate');
    seat.sync();
    assert.ok(leads(seat));
    assert.equal(seat.raft.commitIndex, 0);
    seat.sync();
    assert.equal(seat.raft.commitIndex, 1);
  });

  describe('a vote', () => {
    it('goes to a log whose last term is higher, however short', () => {
      assert.equal(vote([1, 1, 1], 1, 2), true);
      assert.equal(vote([1, 2], 9, 1), false);
    });

    it('goes to a log of the same last term that is not shorter', () => {
      assert.equal(vote([1, 1], 2, 1), true);
      assert.equal(vote([1, 1], 3, 1), true);
      assert.equal(vote([1, 1], 1, 1), false);
    });

    it('is given once in a term, and to the same candidate again', () => {
      const group = new Group(ABC);
      const ask = (from: string): boolean => {
        const effects = group.seat('c').step({ kind: 'message', message: request(from, 'c', 1) });
        return sent(effects, 'requestVoteReply')[0]!.granted;
      };
      assert.deepEqual([ask('a'), ask('b'), ask('a')], [true, false, true]);
    });

    it('is refused in an old term, and the candidate learns of the new one', () => {
      const group = new Group([]);
      const seat = group.add('b', withLog([], ABC, 5));
      const [reply] = sent(seat.step({ kind: 'message', message: request('a', 'b', 4) }), 'requestVoteReply');
      assert.equal(reply!.granted, false);
      assert.equal(reply!.term, 5);
    });

    it('leaves when it is on disk', () => {
      const group = new Group(ABC);
      const seat = group.seat('b');
      seat.syncs = false;
      assert.deepEqual(sent(seat.step({ kind: 'message', message: request('a', 'b', 1) }), 'requestVoteReply'), []);
      const [reply] = sent(seat.sync(), 'requestVoteReply');
      assert.deepEqual([reply!.to, reply!.granted], ['a', true]);
    });

    it('is remembered over a restart', () => {
      const group = new Group(ABC);
      const seat = group.seat('b');
      seat.step({ kind: 'message', message: request('a', 'b', 1) });
      seat.restart();
      const [reply] = sent(seat.step({ kind: 'message', message: request('c', 'b', 1) }), 'requestVoteReply');
      assert.equal(reply!.granted, false);
    });

    it('that is not on disk yet is void when the term ends', () => {
      const group = new Group(ABC);
      const seat = group.seat('b');
      seat.syncs = false;
      seat.step({ kind: 'message', message: request('a', 'b', 1) });
      seat.step({ kind: 'message', message: request('c', 'b', 2) });
      assert.deepEqual(
        sent(seat.sync(), 'requestVoteReply').map(({ to, term }) => [to, term]),
        [['c', 2]],
      );
    });

    it('is not asked for before the own one is on disk: a forgotten candidacy could be won twice', () => {
      const group = new Group(ABC);
      const seat = group.seat('a');
      seat.syncs = false;
      seat.step({ kind: 'campaign' });
      group.settle();
      assert.equal(seat.raft.role, 'candidate');
      assert.deepEqual(
        sent(seat.effects, 'requestVote').filter(({ preVote }) => !preVote),
        [],
      );
      assert.equal(sent(seat.sync(), 'requestVote').length, 2);
    });

    it('of those who are no voters does not count', () => {
      const group = new Group([...ABC, 'd', 'e']);
      const seat = group.seat('a');
      seat.step({ kind: 'campaign' });
      for (const from of ['x', 'y', 'z']) {
        seat.step({
          kind: 'message',
          message: { kind: 'requestVoteReply', from, to: 'a', term: 1, preVote: true, granted: true },
        });
      }
      assert.equal(seat.raft.role, 'preCandidate');
    });
  });

  describe('pre-vote', () => {
    it('changes neither term nor vote of anybody', () => {
      const group = new Group(ABC);
      const effects = group.seat('a').step({ kind: 'campaign' });
      assert.deepEqual(effectsOf(effects, 'write'), []);
      assert.equal(group.seat('a').raft.term, 0);
      group.deliver(...group.take());
      assert.equal(group.seat('b').raft.term, 0);
      assert.deepEqual(group.seat('b').unsynced, []);
    });

    it('is refused while there is a leader, so one who was away changes nothing', () => {
      const group = new Group(ABC);
      const leader = group.elect('a');
      group.cut('c');
      group.advance(10 * TIMEOUT);
      assert.equal(group.seat('c').raft.role, 'preCandidate');
      assert.equal(group.seat('c').raft.term, 1);
      group.heal();
      group.advance(2 * TIMEOUT);
      assert.deepEqual([leader.raft.role, leader.raft.term, group.seat('c').raft.leader], ['leader', 1, 'a']);
    });

    it('is refused to a log that could not win', () => {
      const group = new Group(ABC);
      group.cut('c');
      group.elect('a');
      group.heal();
      group.cut('a');
      group.now += 2 * TIMEOUT;
      group.seat('c').step({ kind: 'campaign' });
      group.settle();
      const votes = sent(group.seat('c').effects, 'requestVote');
      assert.ok(votes.length > 0 && votes.every(({ preVote }) => preVote));
      assert.equal(group.seat('c').raft.term, 1, 'it learns the term from the refusal');
    });
  });

  it('a request for a vote is not even read while there is a leader (thesis, 4.2.3)', () => {
    const group = new Group(ABC);
    group.elect('a');
    const message = request('x', 'b', 7, { lastIndex: 99, lastTerm: 6 });
    assert.deepEqual(group.seat('b').step({ kind: 'message', message }), []);
    assert.deepEqual(group.seat('a').step({ kind: 'message', message: { ...message, to: 'a' } }), []);
    assert.equal(group.seat('b').raft.term, 1);
  });

  it('a leader that hears from no majority for a time-out steps down', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('b');
    group.advance(3 * TIMEOUT);
    assert.ok(leads(leader), 'one follower is enough');
    group.cut('c');
    group.advance(TIMEOUT + HEARTBEAT);
    assert.equal(leader.raft.role, 'follower');
    assert.equal(leader.raft.leader, null);
    assert.equal(leader.raft.term, 1);
  });

  it('a leader of an old term learns from any answer that its time is over', () => {
    const group = new Group(ABC);
    const old = group.elect('a');
    group.cut('a');
    group.elect('b');
    group.heal();
    old.step(commands('too late'));
    group.settle();
    assert.deepEqual([old.raft.role, old.raft.term], ['follower', 2]);
    group.advance(HEARTBEAT);
    assert.deepEqual([old.raft.role, old.raft.term, old.raft.leader], ['follower', 2, 'b']);
  });

  it('one whose term is higher than the leader’s brings about an election, for it can never follow that leader', () => {
    const group = new Group(ABC);
    group.elect('a');
    const seat = group.seat('c');
    group.cut('c');
    group.now += 2 * TIMEOUT;
    // It was the leader's heir, and nobody heard it.
    seat.step({ kind: 'message', message: { kind: 'timeoutNow', from: 'a', to: 'c', term: 1 } });
    group.settle();
    assert.equal(seat.raft.term, 2);
    group.heal();
    group.advance(5 * TIMEOUT);
    assert.equal(new Set(ABC.map((id) => group.seat(id).raft.leader)).size, 1);
    assert.ok(group.seat('a').raft.term >= 2);
  });

  it('the loss of the connection to the leader shortens the wait', () => {
    const group = new Group(ABC);
    group.elect('a');
    group.cut('a');
    for (const id of ['b', 'c']) group.seat(id).step({ kind: 'connectionLost', peer: 'a' });
    group.advance(4 * HEARTBEAT);
    assert.ok(leads(group.seat('b')) || leads(group.seat('c')));
  });

  it('that only one has lost the connection deposes nobody', () => {
    const group = new Group(ABC);
    const leader = group.elect('a');
    group.cut('b');
    group.seat('b').step({ kind: 'connectionLost', peer: 'a' });
    group.advance(2 * HEARTBEAT);
    group.heal();
    group.advance(3 * TIMEOUT);
    assert.ok(leads(leader));
    assert.equal(leader.raft.term, 1);
  });

  describe('members who lose their leader at one moment', () => {
    /** `a` led; only `b` has heard of what was last proposed, if it is to have more. */
    function bereaved(ahead = false): Group {
      const group = new Group(ABC);
      const leader = group.elect('a');
      if (ahead) {
        group.cut('c');
        leader.step(commands('more'));
        group.settle();
      }
      group.heal();
      group.cut('a');
      for (const id of ['b', 'c']) group.seat(id).step({ kind: 'connectionLost', peer: 'a' });
      return group;
    }

    it('do not take each other’s votes when they stand at one moment, too', () => {
      const group = bereaved();
      for (const id of ['b', 'c']) group.seat(id).step({ kind: 'campaign' });
      group.settle();
      assert.deepEqual([leads(group.seat('b')), leads(group.seat('c'))], [false, true]);
      assert.equal(group.seat('c').raft.term, 2);
    });

    it('give way to the one who has more', () => {
      const group = bereaved(true);
      for (const id of ['b', 'c']) group.seat(id).step({ kind: 'campaign' });
      group.settle();
      assert.deepEqual([leads(group.seat('b')), leads(group.seat('c'))], [true, false]);
      assert.equal(group.seat('b').raft.term, 2);
    });

    it('give time to the one whom they would vote for, and no more than for one election', () => {
      const group = bereaved();
      group.now = group.seat('c').raft.wakeAt;
      const preVote = request('b', 'c', 2, { preVote: true, lastIndex: 9, lastTerm: 1 });
      group.seat('c').step({ kind: 'message', message: preVote });
      assert.equal(group.seat('c').raft.wakeAt, group.now + HEARTBEAT);
      group.seat('c').step({ kind: 'message', message: { ...preVote, lastTerm: 0 } });
      assert.equal(group.seat('c').raft.wakeAt, group.now + HEARTBEAT, 'one who cannot win gets none');
    });

    it('try again soon, and each time with more patience, until there is a leader', () => {
      const group = bereaved();
      const seat = group.seat('b');
      const waits: number[] = [];
      for (let attempt = 0; attempt < 6; attempt++) {
        group.now = seat.raft.wakeAt;
        seat.step({ kind: 'tick' });
        group.take();
        waits.push(Math.round(seat.raft.wakeAt - group.now));
      }
      assert.deepEqual(waits, [110, 220, 440, 880, 1100, 1100]);
      group.advance(3 * TIMEOUT);
      const leader = leads(seat) ? 'b' : 'c';
      const follower = group.seat(leader === 'b' ? 'c' : 'b');
      assert.equal(follower.raft.leader, leader);
      assert.ok(follower.raft.wakeAt - group.now > TIMEOUT - HEARTBEAT);
    });
  });
});
