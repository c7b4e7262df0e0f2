import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ENTRY, RaftLog } from '../../../../lib/cluster/raft/log';
import { encodeMembers, type Members, NOBODY } from '../../../../lib/cluster/raft/members';
import { entriesOf } from './group';

const NOTHING = Buffer.alloc(0);
const START = { index: 0, term: 0, members: NOBODY, data: NOTHING };

function change(term: number, members: Members) {
  return { term, kind: ENTRY.members, data: encodeMembers(members) };
}

describe('Raft: the log', () => {
  it('knows index 0, which stands before everything', () => {
    const log = new RaftLog(START);
    assert.deepEqual([log.lastIndex, log.lastTerm, log.term(0), log.term(1)], [0, 0, 0, -1]);
  });

  it('does not know what went into the snapshot, but for its last entry', () => {
    const log = new RaftLog(START, entriesOf([1, 1, 2, 2]));
    log.install({ ...START, index: 3, term: 2 });
    assert.deepEqual(
      [2, 3, 4, 5].map((index) => log.term(index)),
      [-1, 2, 2, -1],
    );
    assert.throws(() => log.entry(3), RangeError);
    assert.throws(() => log.slice(3, 1000), RangeError);
    assert.equal(log.entry(4).data.toString(), '2.4');
  });

  it('keeps what follows a snapshot only if it holds the entry that the snapshot ends with', () => {
    const log = new RaftLog(START, entriesOf([1, 1, 1]));
    log.install({ ...START, index: 2, term: 2 });
    assert.deepEqual([log.lastIndex, log.lastTerm], [2, 2]);
  });

  it('gives at least one entry, and no more octets than asked for', () => {
    const log = new RaftLog(START, entriesOf([1, 1, 1, 1]));
    const octets = 19;
    assert.equal(log.slice(1, 1).length, 1);
    assert.equal(log.slice(1, 2 * octets).length, 2);
    assert.equal(log.slice(3, 1000).length, 2);
    assert.equal(log.slice(5, 1000).length, 0);
  });

  it('finds the last place that a term does not exceed, as a search from the end does', () => {
    const terms = fc.array(fc.nat(4), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b).map((term) => term + 1));
    fc.assert(
      fc.property(terms, fc.nat(35), fc.nat(6), fc.nat(10), (list, index, term, cut) => {
        const log = new RaftLog(START, entriesOf(list));
        const compacted = Math.min(cut, list.length);
        log.install({ ...START, index: compacted, term: log.term(compacted) });
        let expected = Math.min(index, log.lastIndex);
        while (expected >= compacted && log.term(expected) > term) expected--;
        assert.equal(log.lastNotAbove(index, term), Math.max(expected, compacted - 1));
      }),
    );
  });

  it('has the members of its last change, and those before it once that is taken away', () => {
    const log = new RaftLog({ ...START, members: { voters: ['a'], learners: [] } });
    const two = { voters: ['a', 'b'], learners: [] };
    const three = { voters: ['a', 'b'], learners: ['c'] };
    log.append([change(1, two), ...entriesOf([1]), change(1, three)]);
    assert.deepEqual([log.members, log.membersIndex, log.membersBefore], [three, 3, two]);
    assert.deepEqual(log.membersAt(2), two);
    assert.deepEqual(log.membersAt(0), { voters: ['a'], learners: [] });
    log.truncate(3);
    assert.deepEqual([log.members, log.membersIndex], [two, 1]);
    log.install({ index: 2, term: 1, members: log.membersAt(2), data: NOTHING });
    assert.deepEqual([log.members, log.membersBefore], [two, null]);
  });
});
