/** Length limits and time to live: what is dropped, who is refused, and when. */
import { strict as assert } from 'node:assert';
import { all, Bench, indexes, only, withoutAt } from './bench';

describe('a quorum queue with a length limit', () => {
  it('drops the oldest ready message for the newest', () => {
    const bench = new Bench({ maxLength: 2 });
    const session = bench.open();
    const sent = bench.publishMany(session, 2);
    const dropped = only('dropped', bench.publish(session));
    assert.deepEqual(withoutAt([dropped])[0], { type: 'dropped', index: sent[0], reason: 'maxlen', returns: 0 });
    assert.equal(bench.machine.ready, 2);
  });

  it('does not count what consumers hold', () => {
    const bench = new Bench({ maxLength: 1 });
    const session = bench.open();
    bench.subscribe(session, 2);
    for (let i = 0; i < 3; i++) assert.deepEqual(all('dropped', bench.publish(session)), []);
    assert.equal(all('dropped', bench.publish(session)).length, 1);
  });

  it('of octets drops until what is left fits', () => {
    const bench = new Bench({ maxBytes: 10, deadLettering: 'at-most-once' });
    const session = bench.open();
    bench.publish(session, 4);
    bench.publish(session, 4);
    assert.equal(all('dead', bench.publish(session, 8)).length, 2);
    assert.equal(bench.machine.readyBytes, 8);
    assert.equal(all('dead', bench.publish(session, 11)).length, 2);
    assert.equal(bench.machine.ready, 0);
  });

  it('drops what is too much when the limit is lowered', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 4);
    assert.deepEqual(indexes(all('dropped', bench.configure({ maxLength: 1 }))), sent.slice(0, 3));
  });

  it('that refuses takes one too many, tells its publishers, and takes more at four fifths of the limit', () => {
    const bench = new Bench({ maxLength: 5, overflow: 'reject-publish' });
    const session = bench.open();
    bench.publishMany(session, 5);
    assert.deepEqual(all('refuse', bench.publish(session)), [{ type: 'refuse', session, refuse: true }]);
    assert.deepEqual(all('refuse', bench.publish(session)), [], 'it is told once');
    const late = bench.apply({ type: 'open', key: 'late', node: 'b' });
    assert.equal(only('opened', late).refused, true);
    const told = Array.from({ length: 3 }, () => all('refuse', bench.get(session, true)));
    assert.deepEqual(told[0], []);
    assert.deepEqual(told[1], []);
    assert.deepEqual(
      told[2],
      [session, only('opened', late).session].map((one) => ({ type: 'refuse', session: one, refuse: false })),
    );
    assert.equal(bench.machine.ready, 4);
  });

  it('leaves those refused whom it refused, when it is to drop from now on', () => {
    const bench = new Bench({ maxLength: 1, overflow: 'reject-publish' });
    const session = bench.open();
    bench.publishMany(session, 2);
    const effects = bench.configure({ overflow: 'drop-head' });
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['dropped'],
    );
    assert.equal(only('refuse', bench.configure({ overflow: 'reject-publish', maxLength: 10 })).refuse, false);
  });
});

describe('a message of a quorum queue with a time to live', () => {
  it('expires when it is due, and not before', () => {
    const bench = new Bench({ messageTtl: 100 });
    const session = bench.open();
    const [index] = bench.publishMany(session, 1);
    assert.equal(bench.machine.nextExpiry(), bench.time + 100);
    assert.deepEqual(bench.pass(99), []);
    assert.deepEqual(withoutAt(bench.pass(1)), [{ type: 'dropped', index, reason: 'expired', returns: 0 }]);
    assert.equal(bench.machine.nextExpiry(), Number.POSITIVE_INFINITY);
  });

  it("lives for the shorter of its own time and the queue's", () => {
    const bench = new Bench({ messageTtl: 100 });
    const session = bench.open();
    bench.publish(session, 1, 50);
    assert.equal(bench.machine.nextExpiry(), bench.time + 50);
    bench.apply({ type: 'purge' });
    bench.publish(session, 1, 500);
    assert.equal(bench.machine.nextExpiry(), bench.time + 100);
  });

  it('waits behind one that lives longer', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publish(session, 1, 200);
    bench.publish(session, 1, 10);
    assert.deepEqual(bench.pass(100), []);
    assert.equal(all('dropped', bench.pass(100)).length, 2);
  });

  it("does not expire in a consumer's hands, but as soon as it comes back", () => {
    const bench = new Bench({ messageTtl: 100 });
    const session = bench.open();
    bench.publish(session);
    const [consumer] = bench.subscribe(session, 1);
    assert.deepEqual(bench.pass(1000), []);
    assert.equal(only('dropped', bench.return(consumer, 0)).reason, 'expired');
  });

  it('keeps its time when it is written anew', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publish(session, 1, 100);
    const got = only('got', bench.get(session));
    bench.time += 50;
    bench.requeue(got.consumer, got.delivery);
    assert.equal(bench.machine.nextExpiry(), bench.time + 50);
  });

  it('of nothing is delivered to whoever is there at that moment', () => {
    const bench = new Bench({ messageTtl: 0 });
    const session = bench.open();
    bench.publish(session);
    assert.equal(all('got', bench.get(session, true)).length, 1);
    bench.publish(session);
    bench.pass(1);
    assert.equal(bench.machine.ready, 0);
  });

  it('is not given to who asks after it is due', () => {
    const bench = new Bench({ messageTtl: 10, deadLettering: 'at-most-once' });
    const session = bench.open();
    bench.publish(session);
    bench.time += 10;
    assert.deepEqual(
      bench.get(session).map(({ type }) => type),
      ['dead', 'got-nothing'],
    );
  });
});

describe('a quorum queue with x-expires', () => {
  it('is unused when nobody consumed or asked for so long', () => {
    const bench = new Bench({ expires: 100 });
    bench.configure({});
    const session = bench.open();
    const unused = (): boolean => bench.machine.isUnused(bench.time);
    bench.pass(100);
    assert.equal(unused(), false);
    bench.pass(1);
    assert.equal(unused(), true);
    bench.get(session);
    assert.equal(unused(), false);
    bench.pass(101);
    bench.publish(session);
    assert.equal(unused(), true, 'publishing is no use');
    const [consumer] = bench.subscribe(session, 1);
    assert.equal(unused(), false);
    bench.settle(consumer, 0);
    bench.apply({ type: 'cancel', consumer });
    assert.equal(unused(), false);
    bench.pass(101);
    assert.equal(unused(), true);
  });
});
