/** A member on the node's log: after any crash it finds what `Kept` makes of a first part of its writes. */
import assert from 'node:assert/strict';
import { RaftStorage, RecordsLost } from '../../../lib/cluster/raft/host/raft-storage';
import { ENTRY, type Entry, type EntryKind } from '../../../lib/cluster/raft/log';
import type { Members } from '../../../lib/cluster/raft/members';
import { founding, Kept, type Restored, type Write } from '../../../lib/cluster/raft/storage';
import { SeededRandom } from '../../../lib/world/random';
import { repair } from '../../../lib/storage/repair';
import { Bench } from '../storage/bench';

const MEMBERS: Members = { voters: ['a', 'b', 'c'], learners: [] };

function entry(term: number, text: string, kind: EntryKind = ENTRY.command): Entry {
  return { term, kind, data: Buffer.from(text) };
}

function write(number: number, more: Partial<Write>): Write {
  return { number, hardState: null, snapshot: null, firstIndex: 0, entries: [], ...more };
}

function openMember(bench: Bench, id = 'group'): RaftStorage {
  return new RaftStorage(bench.storage.journal(id));
}

function founded(bench: Bench, id = 'group'): RaftStorage {
  const member = openMember(bench, id);
  member.found('a', founding(MEMBERS));
  return member;
}

/** A group that writes what a member might, at random, and remembers what each write made of it. */
class Writer {
  readonly member: RaftStorage;
  /** What the member may find: after the last write that is safe, and after each part of each later one. */
  possible: Restored[];
  private kept: Kept;
  private number = 0;
  private term = 1;
  truncations = 0;
  lonely = 0;

  constructor(
    readonly id: string,
    bench: Bench,
    private readonly random: SeededRandom,
    start: Restored | null,
  ) {
    this.member = start === null ? founded(bench, id) : openMember(bench, id);
    if (start !== null) this.member.restored();
    this.kept = new Kept(start ?? founding(MEMBERS));
    this.possible = [this.kept.restored()];
    if (start !== null) this.term = Math.max(start.hardState.term, this.lastTerm(this.possible[0] as Restored));
  }

  private lastTerm({ snapshot, entries }: Restored): number {
    return entries[entries.length - 1]?.term ?? snapshot.term;
  }

  safe(): void {
    this.possible = [this.kept.restored()];
  }

  step(): void {
    const { random } = this;
    const { snapshot, entries } = this.kept.restored();
    const last = snapshot.index + entries.length;
    const one = write(++this.number, this.choose(random.int(10), snapshot.index, last, entries));
    this.member.write(one);
    if (one.hardState !== null) this.apply(write(0, { hardState: one.hardState }));
    if (one.snapshot !== null) this.apply(write(0, { snapshot: one.snapshot }));
    for (let i = 0; i < one.entries.length; i++) {
      this.apply(write(0, { firstIndex: one.firstIndex + i, entries: [one.entries[i] as Entry] }));
    }
  }

  private apply(one: Write): void {
    this.kept.apply(one);
    this.possible.push(this.kept.restored());
  }

  private choose(kind: number, base: number, last: number, entries: readonly Entry[]): Partial<Write> {
    const { random } = this;
    const hardState = { term: ++this.term, vote: random.float() < 0.5 ? 'b' : null };
    if (kind === 0) return { hardState };
    if (kind === 1 && entries.length > 0) {
      const index = base + 1 + random.int(entries.length);
      const { term } = entries[index - base - 1] as Entry;
      return { snapshot: { index, term, members: MEMBERS, data: Buffer.from(`up to ${index}`) } };
    }
    if (kind === 2) {
      this.lonely++;
      const index = base + 1 + random.int(entries.length + 5);
      return { snapshot: { index, term: this.term, members: MEMBERS, data: Buffer.from(`${index} alone`) }, hardState };
    }
    let firstIndex = last + 1;
    if (kind === 3 && entries.length > 0) {
      firstIndex = base + 1 + random.int(entries.length);
      this.truncations++;
    }
    const count = 1 + random.int(8);
    const made = Array.from({ length: count }, (_, i) => entry(this.term, `${firstIndex + i} `.repeat(random.int(30))));
    return { firstIndex, entries: made, hardState: kind === 3 ? hardState : null };
  }
}

function play(seed: number, tally: { truncations: number; lonely: number; torn: number; cleaned: number }): void {
  const random = new SeededRandom(seed);
  const bench = new Bench(seed, 4096);
  let groups = ['one', 'two'].map((id) => new Writer(id, bench, random, null));
  bench.sync();
  for (let life = 0; life < 5; life++) {
    for (let step = 0; step < 60; step++) {
      const group = groups[random.int(groups.length)] as Writer;
      group.step();
      if (random.float() < 0.3) {
        bench.sync();
        for (const one of groups) one.safe();
      }
      if (random.float() < 0.1) bench.settle();
    }
    if (random.float() < 0.5) {
      for (const one of groups) one.safe();
      bench.close();
    } else bench.crash('machine');
    if (!bench.files('.log').some((name) => name.startsWith('0000000000000000'))) tally.cleaned++;
    bench.open();
    groups = groups.map((group) => {
      const found = openMember(bench, group.id).restored();
      const at = group.possible.findLastIndex((state) => sameState(state, found));
      assert.ok(at >= 0, `life ${life} of ${group.id} of seed ${seed}: found ${JSON.stringify(found)}`);
      if (at < group.possible.length - 1) tally.torn++;
      tally.truncations += group.truncations;
      tally.lonely += group.lonely;
      return new Writer(group.id, bench, random, found);
    });
  }
}

function sameState(one: Restored, other: Restored | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

describe('a Raft member on the log of its node', () => {
  it('is not there before it is founded', () => {
    const bench = new Bench();
    assert.equal(openMember(bench).restored(), null);
  });

  it('finds hard state, snapshot and entries', () => {
    const bench = new Bench();
    const member = founded(bench);
    member.write(write(1, { hardState: { term: 3, vote: 'b' }, firstIndex: 1, entries: [entry(3, 'x'), entry(3, 'y')] }));
    const snapshot = { index: 1, term: 3, members: MEMBERS, data: Buffer.from('state') };
    member.write(write(2, { snapshot, firstIndex: 3, entries: [entry(3, '', ENTRY.noop)] }));
    bench.reopen();
    const found = openMember(bench).restored();
    assert.deepEqual(found, {
      hardState: { term: 3, vote: 'b' },
      snapshot,
      entries: [entry(3, 'y'), entry(3, '', ENTRY.noop)],
    });
  });

  it('after a crash finds what some first part of its writes makes, and all of those that were safe', function () {
    this.timeout(60_000);
    const tally = { truncations: 0, lonely: 0, torn: 0, cleaned: 0 };
    for (let seed = 1; seed <= 60; seed++) play(seed, tally);
    for (const [what, times] of Object.entries(tally)) assert.ok(times > 0, `${what}: never`);
  });

  it('gives back the room of what was compacted', () => {
    const bench = new Bench(1, 4096);
    const member = founded(bench);
    for (let i = 1; i <= 500; i++) {
      member.write(write(2 * i, { firstIndex: i, entries: [entry(1, 'm'.repeat(100))] }));
      const snapshot = { index: i, term: 1, members: MEMBERS, data: Buffer.alloc(0) };
      if (i % 20 === 0) member.write(write(2 * i + 1, { snapshot }));
      bench.sync();
    }
    bench.settle();
    assert.ok(bench.storage.usage.files < 16384, `${bench.storage.usage.files} octets`);
  });

  it('leaves nothing behind when it is destroyed', () => {
    const bench = new Bench();
    founded(bench).destroy();
    founded(bench, 'other');
    bench.reopen();
    assert.deepEqual([...bench.storage.journals()], ['other']);
    assert.equal(openMember(bench).restored(), null);
  });

  it('is no definition of the node', () => {
    const bench = new Bench();
    founded(bench);
    assert.deepEqual([...bench.storage.entries()], []);
  });

  it('takes no part any more once its log was damaged and repaired', () => {
    const bench = new Bench(1, 4096);
    const member = founded(bench);
    for (let i = 1; i <= 50; i++) {
      member.write(write(i, { firstIndex: i, entries: [entry(1, 'm'.repeat(100))] }));
      bench.sync();
    }
    bench.close();
    const disk = bench.disk.mount(bench.world.host('repair'));
    disk.patch(bench.files('.log')[0] as string, 1000, Buffer.of(1, 2, 3));
    bench.open();
    assert.throws(() => openMember(bench).restored(), { name: 'StorageDamaged' });
    bench.crash('process');
    repair(disk, (error) => assert.equal(error, null));
    bench.settle();
    bench.open();
    assert.throws(() => openMember(bench).restored(), RecordsLost);
  });
});
