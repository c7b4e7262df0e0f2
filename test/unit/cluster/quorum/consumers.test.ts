/** Who gets which message: order, credit, turns, priorities, cancelling, and messages asked for one by one. */
import { strict as assert } from 'node:assert';
import { all, Bench, indexes, only, withoutAt } from './bench';

describe('a consumer of a quorum queue', () => {
  it('gets messages in the order in which they came, as many as its credit allows', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 5);
    const [consumer, got] = bench.subscribe(session, 3);
    assert.deepEqual(indexes(got), sent.slice(0, 3));
    assert.deepEqual(
      got.map(({ delivery, returns }) => [delivery, returns]),
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    );
    assert.deepEqual(indexes(all('deliver', bench.settle(consumer, 0, 2))), sent.slice(3));
    assert.deepEqual([bench.machine.ready, bench.machine.unacked], [0, 3]);
  });

  it('gains nothing by settling what it does not hold', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 3);
    const [consumer] = bench.subscribe(session, 1);
    assert.deepEqual(bench.settle(consumer, 5, 6), []);
    assert.equal(bench.settle(consumer, 0).length, 1);
    assert.deepEqual(bench.settle(consumer, 0), []);
    assert.equal(bench.machine.messages, 2);
  });

  it('takes turns with the others', () => {
    const bench = new Bench();
    const session = bench.open();
    const [one] = bench.subscribe(session, 10);
    const [other] = bench.subscribe(session, 10);
    const turns = Array.from({ length: 4 }, () => only('deliver', bench.publish(session)).consumer);
    assert.deepEqual(turns, [one, other, one, other]);
  });

  it('of a higher priority is served first, until its credit is used up', () => {
    const bench = new Bench();
    const session = bench.open();
    const [low] = bench.subscribe(session, 10, 'low', -1);
    const [high] = bench.subscribe(session, 2, 'high', 5);
    const turns = Array.from({ length: 3 }, () => only('deliver', bench.publish(session)).consumer);
    assert.deepEqual(turns, [high, high, low]);
    bench.settle(high, 0);
    assert.equal(only('deliver', bench.publish(session)).consumer, high);
  });

  it('that subscribes again with its tag is changed, not doubled', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 4);
    const [consumer] = bench.subscribe(session, 1, 'tag');
    const [same, more] = bench.subscribe(session, 3, 'tag');
    assert.equal(same, consumer);
    assert.equal(more.length, 2);
    assert.equal(bench.machine.consumers().length, 1);
    bench.subscribe(session, 1, 'tag');
    assert.deepEqual(bench.settle(consumer, 0), []);
  });

  it('gets no more once it is cancelled, and may settle what it holds', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 3);
    const [consumer] = bench.subscribe(session, 2);
    bench.apply({ type: 'cancel', consumer });
    assert.deepEqual(bench.machine.consumers(), []);
    assert.deepEqual([bench.machine.consumerCount, bench.machine.unacked], [1, 2]);
    assert.deepEqual(bench.settle(consumer, 0, 1), []);
    assert.deepEqual([bench.machine.ready, bench.machine.unacked], [1, 0]);
  });

  it('leaves what it holds to the others, in front, when its channel ends', () => {
    const bench = new Bench();
    const [session, other] = [bench.open('c1'), bench.open('c2')];
    const sent = bench.publishMany(session, 4);
    bench.subscribe(session, 2);
    bench.apply({ type: 'close', session });
    assert.deepEqual(indexes(bench.machine.readyPlaces()), sent);
    const [, got] = bench.subscribe(other, 4);
    assert.deepEqual(
      got.map(({ index, returns }) => [index, returns]),
      sent.map((index, i) => [index, i < 2 ? 1 : 0]),
    );
  });

  it('that leaves gives back what it holds, to the front and in order, and its session lives', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 4);
    const [consumer] = bench.subscribe(session, 3);
    bench.settle(consumer, 1);
    // It has been handed another in the place of that.
    bench.leave(consumer);
    assert.deepEqual([bench.machine.ready, bench.machine.unacked, bench.machine.consumerCount], [3, 0, 0]);
    const [, got] = bench.subscribe(session, 4);
    assert.deepEqual(
      got.map(({ index, returns }) => [index, returns]),
      [sent[0], sent[2], sent[3]].map((index) => [index, 1]),
    );
  });

  it('that leaves, though cancelled before, or to get a single message, gives that back as well', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 3);
    const got = only('got', bench.get(session));
    const [consumer] = bench.subscribe(session, 1);
    bench.apply({ type: 'cancel', consumer });
    bench.leave(got.consumer, consumer);
    assert.deepEqual(indexes(bench.machine.readyPlaces()), sent);
    assert.equal(bench.machine.consumerCount, 0);
  });

  it('that leaves with others gets nothing of what they held', () => {
    const bench = new Bench();
    const [session, other] = [bench.open('c1'), bench.open('c2')];
    const [one] = bench.subscribe(session, 5);
    const [two] = bench.subscribe(session, 5);
    bench.subscribe(other, 1);
    const sent = bench.publishMany(session, 5);
    assert.deepEqual(bench.leave(one, two), []);
    // Of each what it held, one after the other.
    assert.deepEqual(
      bench.machine.readyPlaces().map(({ index }) => sent.indexOf(index)),
      [0, 3, 1, 4],
    );
  });

  it('that leaves is gone: neither a second time nor anything else that names it changes anything', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 2);
    const [consumer] = bench.subscribe(session, 1);
    bench.leave(consumer, consumer);
    const before = bench.machine.snapshot();
    for (const type of ['settle', 'return', 'discard'] as const) {
      assert.deepEqual(bench.apply({ type, consumer, deliveries: [0] }), []);
    }
    bench.apply({ type: 'cancel', consumer });
    assert.deepEqual(bench.leave(consumer), []);
    assert.ok(bench.machine.snapshot().equals(before));
    assert.deepEqual(all('deliver', bench.publish(session)), []);
  });

  it('can be told again what it holds', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 3);
    const [consumer, got] = bench.subscribe(session, 3);
    bench.settle(consumer, 1);
    assert.deepEqual(bench.machine.held(consumer, 1), got.slice(2));
    assert.equal(bench.machine.placeOf(consumer, 2)?.index, got[2]?.index);
    assert.equal(bench.machine.placeOf(consumer, 1), null);
  });
});

describe('a message asked for', () => {
  it('is the next one, and is held until it is settled', () => {
    const bench = new Bench();
    const session = bench.open();
    const [first] = bench.publishMany(session, 2);
    const got = only('got', bench.get(session, false, 'one'));
    assert.deepEqual(withoutAt([got])[0], {
      type: 'got',
      session,
      consumer: bench.index,
      delivery: 0,
      index: first,
      returns: 0,
      tag: 'one',
      ready: 1,
    });
    assert.equal(bench.machine.unacked, 1);
    assert.equal(bench.machine.consumerCount, 1);
    bench.settle(got.consumer, 0);
    assert.equal(bench.machine.consumerCount, 0);
    assert.equal(bench.machine.messages, 1);
  });

  it('without acknowledgement is gone at once', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publish(session);
    assert.equal(only('got', bench.get(session, true)).ready, 0);
    assert.equal(bench.machine.messages, 0);
  });

  it('may not be there', () => {
    const bench = new Bench();
    const session = bench.open();
    const [nothing] = bench.get(session, false, 'one');
    assert.deepEqual(nothing, { type: 'got-nothing', session, request: bench.index, tag: 'one', reason: 'empty' });
  });

  it('is the same when it is asked for again, until it is settled', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 3);
    const got = only('got', bench.get(session, false, 'one'));
    assert.deepEqual(only('got', bench.get(session, false, 'one')), got);
    assert.equal(only('got', bench.get(session, false, 'two')).index, sent[1]);
    bench.settle(got.consumer, got.delivery);
    assert.equal(only('got', bench.get(session, false, 'one')).index, sent[2]);
  });

  it('comes back to the front, and counts as delivered before', () => {
    const bench = new Bench();
    const session = bench.open();
    const [first] = bench.publishMany(session, 2);
    const got = only('got', bench.get(session));
    bench.return(got.consumer, 0);
    const again = only('got', bench.get(session));
    assert.deepEqual([again.index, again.returns], [first, 1]);
  });
});
