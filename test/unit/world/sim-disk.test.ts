import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from '../../../lib/world/crc32';
import type { Disk, DiskError, DiskFile } from '../../../lib/world/disk';
import { SimWorld } from '../../../lib/world/sim';
import { PowerCut, SimDisk, type DiskFaultKind } from '../../../lib/world/sim-disk';

/** What a disk does, as calls that end when it is done. */
class Hand {
  readonly world: SimWorld;
  readonly sim: SimDisk;
  readonly disk: Disk;

  constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.sim = new SimDisk(seed);
    this.disk = this.sim.mount(this.world.host('node'));
  }

  done(begin: (done: (error: DiskError | null) => void) => void): DiskError | null {
    let result: DiskError | null | undefined;
    begin((error) => {
      result = error;
    });
    assert.equal(result, undefined, 'it took no time');
    this.world.runUntil(() => result !== undefined);
    return result as unknown as DiskError | null;
  }

  write(file: DiskFile, text: string): DiskError | null {
    return this.done((done) => file.write([Buffer.from(text)], done));
  }

  syncedFile(name: string): DiskFile {
    const file = this.disk.create(name);
    this.done((done) => this.disk.syncNames(done));
    return file;
  }

  text(name: string): string {
    return this.disk.read(name, 0, 1e6).toString('latin1');
  }

  crash(what: 'process' | 'machine'): void {
    this.world.crash('node');
    this.sim.crash(what);
  }
}

describe('the disk of the simulation', () => {
  it('keeps what was synced, whatever happens, and nothing else for certain', () => {
    const seen = new Map<DiskFaultKind, number>();
    let gone = 0;
    let half = 0;
    for (let seed = 0; seed < 300; seed++) {
      const hand = new Hand(seed);
      const file = hand.syncedFile('a');
      hand.write(file, 'safe');
      hand.done((done) => file.sync(done));
      for (let i = 0; i < 4; i++) hand.write(file, 'x'.repeat(400));
      hand.crash('machine');
      const text = hand.text('a');
      assert.match(text, /^safe[x\0]*$/);
      assert.ok(text.length <= 1604);
      if (text === 'safe') gone++;
      else if (text.length < 1604) half++;
      for (const [kind, count] of hand.sim.bites) seen.set(kind, (seen.get(kind) ?? 0) + count);
    }
    assert.ok(gone > 10 && half > 10);
    for (const way of ['lost', 'torn', 'torn at sectors', 'reordered writes', 'reordered sectors'] as const) {
      assert.ok((seen.get(way) ?? 0) > 5, `${way} never happened`);
    }
  });

  it('keeps what was written when only the process goes, and of a write under way any part', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const hand = new Hand(seed);
      const file = hand.syncedFile('a');
      hand.write(file, 'written');
      file.write([Buffer.from('0123456789')], () => assert.fail('nobody is there to be told'));
      hand.crash('process');
      assert.ok('written0123456789'.startsWith(hand.text('a')));
      assert.ok(hand.text('a').startsWith('written'));
      lengths.add(hand.text('a').length);
    }
    assert.ok(lengths.size > 5);
  });

  it('forgets and brings back names that were not synced', () => {
    const states = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const hand = new Hand(seed);
      hand.syncedFile('old');
      hand.disk.remove('old');
      hand.disk.create('new');
      hand.crash('machine');
      states.add(hand.disk.list().join());
    }
    assert.deepEqual([...states].sort(), ['', 'new', 'new,old', 'old']);
  });

  it('fails as told, from the n-th operation on, until it is mended', () => {
    const hand = new Hand(1);
    const file = hand.syncedFile('a');
    hand.sim.fail('write', 2, 'ENOSPC');
    assert.equal(hand.write(file, 'one'), null);
    assert.equal(hand.write(file, 'two')?.code, 'ENOSPC');
    assert.equal(hand.write(file, 'three')?.code, 'ENOSPC');
    assert.match(hand.text('a'), /^one(t(wo?)?)?(t|th|thr|thre|three)?$/);
    hand.sim.mend();
    assert.equal(hand.write(file, '.'), null);
    hand.sim.fail('sync', 1, 'EIO');
    assert.equal(hand.done((done) => file.sync(done))?.code, 'EIO');
    hand.sim.fail('create', 1, 'ENOSPC');
    assert.throws(() => hand.disk.create('b'), { code: 'ENOSPC' });
    assert.equal(hand.sim.bites.get('full'), 3);
    assert.equal(hand.sim.bites.get('failing'), 1);
  });

  it('cuts the power at the n-th change', () => {
    const hand = new Hand(1);
    hand.sim.cutShort(1);
    hand.disk.create('a');
    assert.throws(() => hand.disk.create('b'), PowerCut);
    assert.deepEqual(hand.disk.list(), ['a']);
  });

  it('turns over one bit, can be copied, emptied, truncated and patched', () => {
    const hand = new Hand(1);
    hand.write(hand.syncedFile('a'), 'abc');
    hand.sim.flipBit('a', 1, 0);
    assert.equal(hand.text('a'), 'acc');
    const copy = hand.sim.copy();
    hand.disk.patch('a', 2, Buffer.from('def'));
    hand.disk.truncate('a', 4);
    assert.equal(hand.text('a'), 'acde');
    hand.sim.empty();
    assert.deepEqual(hand.disk.list(), []);
    assert.equal(copy.file('a').read(0, 9).toString(), 'acc');
  });

  it('holds its users to the contract: one thing at a time, no buffer changed, no name twice', () => {
    const hand = new Hand(1);
    const file = hand.syncedFile('a');
    const bytes = Buffer.from('abc');
    file.write([bytes], () => undefined);
    assert.throws(() => file.sync(() => undefined), /under way/);
    bytes[0] = 0;
    assert.throws(() => hand.world.runUntilIdle(), /changed while they were written/);
    assert.throws(() => hand.disk.create('a'), { code: 'EEXIST' });
    assert.throws(() => hand.disk.size('nothing'), { code: 'ENOENT' });
  });
});

describe('crc32', () => {
  it('is that of everybody else, in one piece or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, two) => {
        assert.equal(crc32(one, 0), zlib.crc32(one));
        assert.equal(crc32(two, crc32(one, 0)), zlib.crc32(Buffer.concat([one, two])));
      }),
    );
  });
});
