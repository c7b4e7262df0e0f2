import assert from 'node:assert/strict';
import { Bench, contents, FOREVER, message } from './bench';

const SEGMENT = 8192;

describe('the cleaner', () => {
  it('gives space back when messages go, oldest first', () => {
    const bench = new Bench(1, SEGMENT);
    const store = bench.queue();
    for (let i = 0; i < 500; i++) {
      store.append(i, message('x'.repeat(200)), FOREVER);
      if (i % 10 === 9) bench.sync();
    }
    const full = bench.storage.usage.files;
    for (let i = 0; i < 500; i++) store.remove(i);
    bench.sync();
    bench.settle();
    assert.ok(bench.storage.usage.files < full / 5, `${bench.storage.usage.files} octets of ${full} are left`);
    assert.ok(bench.files('.log').length <= 3);
  });

  it('keeps the log at about twice of what it holds, and writes each octet about twice', () => {
    const bench = new Bench(2, SEGMENT);
    const store = bench.queue();
    const held: number[] = [];
    let worst = 0;
    for (let i = 0; i < 3000; i++) {
      store.append(i, message(`${i}`.padEnd(100, 'x')), FOREVER);
      held.push(i);
      // One in ten stays for long, the others go soon.
      if (held.length > 100) store.remove(held.splice(i % 10 === 0 ? 0 : held.length - 5, 1)[0] as number);
      if (i % 20 !== 19) continue;
      bench.sync();
      bench.world.runFor(30);
      const { files, live } = bench.storage.usage;
      worst = Math.max(worst, files / Math.max(live, 4 * SEGMENT));
    }
    bench.settle();
    const { given, written } = bench.storage.figures;
    assert.equal(bench.failure, null);
    assert.deepEqual(
      contents(store).map(([position]) => position),
      held.sort((a, b) => a - b),
    );
    assert.ok(worst < 3, `${worst} times as long as what it held`);
    assert.ok(given > 0 && written / given < 4, `${written / given} times written`);
  });

  it('comes to rest however much larger than their bodies the messages are', () => {
    const bench = new Bench(3, SEGMENT);
    const store = bench.queue();
    for (let i = 0; i < 400; i++) {
      store.append(i, message('', { routingKey: 'k'.repeat(250) }), FOREVER);
      if (i % 10 === 9) bench.sync();
    }
    bench.sync();
    const { written } = { ...bench.storage.figures };
    bench.world.runFor(5_000);
    assert.equal(bench.storage.figures.written, written, 'it copied what is needed to the last octet');
    assert.equal(contents(store).length, 400);
  });

  it('keeps definitions that are as old as the log', () => {
    const bench = new Bench(4, SEGMENT);
    bench.storage.put('old', 'value');
    const store = bench.queue();
    for (let i = 0; i < 1000; i++) {
      store.append(i, message('x'.repeat(100)), FOREVER);
      store.remove(i);
      if (i % 20 === 19) bench.sync();
    }
    bench.settle();
    assert.ok(Number.parseInt(bench.files('.log')[0] as string, 10) > 0, 'the first segment is still there');
    bench.sync();
    bench.crash('machine');
    assert.deepEqual(
      [...bench.open().entries()].map(([key, value]) => [key, value.toString()]),
      [['old', 'value']],
    );
  });
});
