/** What comes back from consumers: where it goes, how often it may, and what becomes of it when it is dead. */
import { strict as assert } from 'node:assert';
import { all, Bench, indexes, only, withoutAt } from './bench';

describe('a message that comes back', () => {
  it('by return goes to the front, behind what came back before', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 4);
    const [consumer] = bench.subscribe(session, 3);
    bench.apply({ type: 'cancel', consumer });
    bench.return(consumer, 1);
    bench.return(consumer, 0);
    assert.deepEqual(indexes(bench.machine.readyPlaces()), [sent[1], sent[0], sent[3]]);
  });

  it('by requeue goes to the end, as a new entry of the log', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 3);
    const got = only('got', bench.get(session));
    bench.requeue(got.consumer, 0);
    assert.deepEqual(indexes(bench.machine.readyPlaces()), [sent[1], sent[2], bench.index]);
    assert.equal(bench.machine.lowestNeeded(), sent[1]);
    bench.get(session, true);
    bench.get(session, true);
    const again = only('got', bench.get(session));
    assert.equal(again.returns, 1);
  });

  it('gives its consumer room for another', () => {
    const bench = new Bench();
    const session = bench.open();
    const sent = bench.publishMany(session, 2);
    const [consumer] = bench.subscribe(session, 1);
    assert.deepEqual(indexes(all('deliver', bench.requeue(consumer, 0))), [sent[1]]);
    assert.deepEqual(bench.requeue(consumer, 0), [], 'it does not hold it any more');
  });

  it('is dead when that happened more often than the delivery limit says', () => {
    const bench = new Bench({ deliveryLimit: 2, deadLettering: 'at-most-once' });
    const session = bench.open();
    const [index] = bench.publishMany(session, 1);
    const [consumer] = bench.subscribe(session, 1);
    const counts = [0, 1].map((delivery) => only('deliver', bench.return(consumer, delivery)).returns);
    assert.deepEqual(counts, [1, 2]);
    assert.deepEqual(withoutAt(bench.return(consumer, 2)), [{ type: 'dead', index, reason: 'delivery_limit', returns: 3 }]);
    assert.equal(bench.machine.messages, 0);
  });

  it('leaves room behind when it dies, but no more than there was', () => {
    const bench = new Bench({ deliveryLimit: 0 });
    const session = bench.open();
    bench.publishMany(session, 5);
    const [consumer] = bench.subscribe(session, 2);
    const effects = bench.return(consumer, 0, 1);
    assert.deepEqual(all('dropped', effects).length, 2);
    assert.equal(all('deliver', effects).length, 2);
    assert.equal(bench.machine.unacked, 2);
  });

  it('counts also if its consumer left, and is a dead letter then', () => {
    const bench = new Bench({ deliveryLimit: 1, deadLettering: 'at-most-once', singleActive: true });
    const session = bench.open();
    const [old, young] = bench.publishMany(session, 2);
    const [one] = bench.subscribe(session, 1);
    const [two] = bench.subscribe(session, 1);
    const [three] = bench.subscribe(session, 2);
    assert.deepEqual(indexes(all('deliver', bench.leave(one))), [old]);
    const effects = bench.leave(two);
    const { consumer, index, returns } = only('deliver', effects);
    assert.deepEqual([consumer, index, returns], [three, young, 0]);
    assert.deepEqual(withoutAt([only('dead', effects)]), [{ type: 'dead', index: old, reason: 'delivery_limit', returns: 2 }]);
    assert.deepEqual([bench.machine.messages, bench.machine.unacked], [1, 1]);
  });

  it('counts also if its session ended', () => {
    const bench = new Bench({ deliveryLimit: 0 });
    const [session, other] = [bench.open('c1'), bench.open('c2')];
    const [index] = bench.publishMany(other, 1);
    bench.subscribe(session, 1);
    const dropped = only('dropped', bench.apply({ type: 'close', session }));
    assert.deepEqual(withoutAt([dropped])[0], { type: 'dropped', index, reason: 'delivery_limit', returns: 1 });
  });
});

describe('a rejected message', () => {
  it('is a dead letter if the queue has where to send it, in the order of rejection', () => {
    const bench = new Bench({ deadLettering: 'at-most-once' });
    const session = bench.open();
    const sent = bench.publishMany(session, 2);
    const [consumer] = bench.subscribe(session, 2);
    assert.deepEqual(
      withoutAt(bench.discard(consumer, 1, 0)),
      [sent[1], sent[0]].map((index) => ({ type: 'dead', index, reason: 'rejected', returns: 0 })),
    );
  });

  it('is gone otherwise', () => {
    const bench = new Bench();
    const session = bench.open();
    const [index] = bench.publishMany(session, 1);
    const got = only('got', bench.get(session));
    assert.deepEqual(withoutAt(bench.discard(got.consumer, 0)), [{ type: 'dropped', index, reason: 'rejected', returns: 0 }]);
    assert.equal(bench.machine.messages, 0);
  });
});

describe('dead letters that must not get lost', () => {
  const config = { deadLettering: 'at-least-once', overflow: 'reject-publish' } as const;

  it('wait for a worker, and stay until it settles them', () => {
    const bench = new Bench(config);
    const session = bench.open();
    const [index] = bench.publishMany(session, 1);
    const [consumer] = bench.subscribe(session, 1);
    assert.deepEqual(bench.discard(consumer, 0), []);
    assert.deepEqual([bench.machine.ready, bench.machine.deadLetters, bench.machine.messages], [0, 1, 1]);
    assert.equal(bench.machine.lowestNeeded(), index);
    const letter = only('dead-letter', bench.apply({ type: 'collectDead', credit: 2 }));
    assert.deepEqual(withoutAt([letter])[0], { type: 'dead-letter', delivery: 0, index, reason: 'rejected', returns: 0 });
    bench.apply({ type: 'settleDead', deliveries: [0] });
    assert.equal(bench.machine.messages, 0);
    assert.equal(bench.machine.lowestNeeded(), Number.POSITIVE_INFINITY);
  });

  it('go to the worker a few at a time', () => {
    const bench = new Bench(config);
    const session = bench.open();
    const sent = bench.publishMany(session, 3);
    bench.apply({ type: 'collectDead', credit: 2 });
    const [consumer] = bench.subscribe(session, 3);
    assert.deepEqual(indexes(all('dead-letter', bench.discard(consumer, 0, 1, 2))), sent.slice(0, 2));
    assert.deepEqual(indexes(all('dead-letter', bench.apply({ type: 'settleDead', deliveries: [1] }))), sent.slice(2));
  });

  it('come again, first, to the worker of the next leader', () => {
    const bench = new Bench(config);
    const session = bench.open();
    const sent = bench.publishMany(session, 3);
    const [consumer] = bench.subscribe(session, 3);
    bench.discard(consumer, 0, 1, 2);
    bench.apply({ type: 'collectDead', credit: 2 });
    const again = all('dead-letter', bench.apply({ type: 'collectDead', credit: 3 }));
    assert.deepEqual(indexes(again), sent);
    assert.deepEqual(
      again.map(({ delivery }) => delivery),
      [0, 1, 2],
    );
  });

  it('count against the limits', () => {
    const bench = new Bench({ ...config, maxLength: 1 });
    const session = bench.open();
    bench.publishMany(session, 1);
    const [consumer] = bench.subscribe(session, 1);
    bench.discard(consumer, 0);
    bench.apply({ type: 'cancel', consumer });
    assert.deepEqual(all('refuse', bench.publish(session)), [{ type: 'refuse', session, refuse: true }]);
  });

  it('are thrown away when the queue is told to promise less', () => {
    const bench = new Bench(config);
    const session = bench.open();
    const [index] = bench.publishMany(session, 1);
    const [consumer] = bench.subscribe(session, 1);
    bench.discard(consumer, 0);
    assert.deepEqual(only('dropped', bench.configure({ deadLettering: 'at-most-once' })).index, index);
    assert.equal(bench.machine.messages, 0);
  });
});
