/** How far the log of a quorum queue may be cut. */
import { strict as assert } from 'node:assert';
import { ReleaseCursor } from '../../../../lib/cluster/quorum/machine/release-cursor';
import { Bench, only } from './bench';

describe('the release cursor', () => {
  it('moves when the last message from before a snapshot is gone', () => {
    const bench = new Bench();
    const cursor = new ReleaseCursor(1);
    const session = bench.open();
    assert.equal(cursor.applied(bench.machine, bench.index)?.index, 1);
    bench.publish(session);
    assert.equal(cursor.applied(bench.machine, bench.index), null);
    const got = only('got', bench.get(session));
    assert.equal(cursor.applied(bench.machine, bench.index), null);
    bench.settle(got.consumer, got.delivery);
    const release = cursor.applied(bench.machine, bench.index);
    assert.equal(release?.index, bench.index);
    assert.ok(release?.snapshot.equals(bench.machine.snapshot()));
  });

  it('is held back by one old message, and by nothing once it was written anew', () => {
    const bench = new Bench();
    const cursor = new ReleaseCursor(1);
    const session = bench.open();
    const [old] = bench.publishMany(session, 1);
    const { consumer } = only('got', bench.get(session));
    for (let i = 0; i < 50; i++) {
      bench.publish(session);
      bench.get(session, true);
      assert.ok((cursor.applied(bench.machine, bench.index)?.index ?? 0) < (old as number));
    }
    bench.requeue(consumer, 0);
    assert.ok((cursor.applied(bench.machine, bench.index)?.index as number) > 90);
  });

  it('keeps a few snapshots only, however long it is held back', () => {
    const bench = new Bench();
    const cursor = new ReleaseCursor(1);
    const session = bench.open();
    bench.publish(session);
    const old = only('got', bench.get(session));
    for (let i = 0; i < 100; i++) {
      bench.publish(session);
      cursor.applied(bench.machine, bench.index);
      assert.ok(cursor.length <= 16);
      bench.get(session, true);
    }
    bench.settle(old.consumer, old.delivery);
    assert.equal(cursor.applied(bench.machine, bench.index)?.index, bench.index);
    assert.equal(cursor.length, 0);
  });

  it('takes snapshots of a long queue as seldom as the queue is long', () => {
    const bench = new Bench();
    const cursor = new ReleaseCursor(1);
    const session = bench.open();
    for (let i = 0; i < 1000; i++) {
      bench.publish(session);
      cursor.applied(bench.machine, bench.index);
    }
    assert.ok(cursor.length <= 10, `${cursor.length} snapshots`);
  });

  it('moves by octets, too, where messages are large', () => {
    const bench = new Bench();
    const cursor = new ReleaseCursor();
    const session = bench.open();
    const moved: number[] = [];
    for (let i = 0; i < 100; i++) {
      bench.publish(session);
      bench.get(session, true);
      const release = cursor.applied(bench.machine, bench.index, 1 << 20);
      if (release !== null) moved.push(i);
    }
    assert.deepEqual(moved, [31, 63, 95]);
  });
});
