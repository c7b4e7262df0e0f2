import assert from 'node:assert/strict';
import { NOBODY } from '../../../../lib/cluster/raft/members';
import { PendingWrites } from '../../../../lib/cluster/raft/pending-writes';
import { founding, Kept } from '../../../../lib/cluster/raft/storage';
import { entriesOf } from './group';

const SNAPSHOT = { index: 2, term: 1, members: NOBODY, data: Buffer.alloc(0) };

describe('Raft: what is on disk', () => {
  it('is what completed writes have brought there', () => {
    const writes = new PendingWrites(0);
    writes.keepEntries(1, entriesOf([1, 1]));
    assert.equal(writes.take(2)!.number, 1);
    writes.keepEntries(3, entriesOf([1]));
    assert.equal(writes.take(3)!.number, 2);
    assert.equal(writes.stableIndex, 0);
    writes.complete(1);
    assert.equal(writes.stableIndex, 2);
    writes.complete(2);
    assert.equal(writes.stableIndex, 3);
  });

  it('does not count what was replaced meanwhile', () => {
    const writes = new PendingWrites(0);
    writes.keepEntries(1, entriesOf([1, 1, 1]));
    writes.take(3);
    writes.keepEntries(2, entriesOf([2]));
    writes.take(2);
    writes.complete(1);
    assert.equal(writes.stableIndex, 1, 'entries 2 and 3 on disk are not those in memory');
    writes.complete(2);
    assert.equal(writes.stableIndex, 2);
  });

  it('shrinks with a truncation of what was there', () => {
    const writes = new PendingWrites(5);
    writes.keepEntries(3, entriesOf([2]));
    assert.equal(writes.stableIndex, 2);
  });

  it('puts the changes of a step in one write, and makes none for nothing', () => {
    const writes = new PendingWrites(0);
    assert.equal(writes.take(0), null);
    writes.keepHardState({ term: 1, vote: 'a' });
    writes.keepHardState({ term: 2, vote: null });
    writes.keepEntries(1, entriesOf([2]));
    writes.keepEntries(2, entriesOf([2]));
    const write = writes.take(2)!;
    assert.deepEqual([write.hardState, write.firstIndex, write.entries.length], [{ term: 2, vote: null }, 1, 2]);
  });

  it('holds the hard state once the write that carries it is complete', () => {
    const writes = new PendingWrites(0);
    assert.equal(writes.hardStateStable, true);
    writes.keepHardState({ term: 1, vote: null });
    assert.equal(writes.hardStateStable, false);
    writes.take(0);
    writes.keepEntries(1, entriesOf([1]));
    writes.take(1);
    assert.equal(writes.hardStateStable, false);
    writes.complete(1);
    assert.equal(writes.hardStateStable, true);
  });

  it('adds up to what a member starts from', () => {
    const kept = new Kept(founding(NOBODY));
    const nothing = { hardState: null, snapshot: null, firstIndex: 0, entries: [] };
    kept.apply({ ...nothing, number: 1, firstIndex: 1, entries: entriesOf([1, 1, 1, 1]) });
    kept.apply({ ...nothing, number: 2, hardState: { term: 2, vote: 'b' } });
    kept.apply({ ...nothing, number: 3, firstIndex: 4, entries: entriesOf([2]) });
    kept.apply({ ...nothing, number: 4, snapshot: SNAPSHOT });
    const { hardState, snapshot, entries } = kept.restored();
    assert.deepEqual([hardState, snapshot, entries.map(({ term }) => term)], [{ term: 2, vote: 'b' }, SNAPSHOT, [1, 2]]);
  });
});
