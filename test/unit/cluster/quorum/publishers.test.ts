/** Sessions and what they publish: each message once, however often it is sent. */
import { strict as assert } from 'node:assert';
import { NO_SESSION } from '../../../../lib/cluster/quorum/machine/commands';
import { all, Bench, only } from './bench';

describe('a publisher of a quorum queue', () => {
  it('is told of each message that is in the queue', () => {
    const bench = new Bench();
    const session = bench.open();
    assert.deepEqual(bench.publish(session), [{ type: 'accepted', session, sequence: 1 }]);
    assert.deepEqual(bench.publish(session), [{ type: 'accepted', session, sequence: 2 }]);
    assert.equal(bench.machine.ready, 2);
  });

  it('may send again what it has no answer for, and nothing changes', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publish(session);
    bench.publish(session);
    const before = bench.machine.snapshot();
    assert.deepEqual(bench.resend(session, 1), [{ type: 'accepted', session, sequence: 1 }]);
    assert.deepEqual(bench.resend(session, 2), [{ type: 'accepted', session, sequence: 2 }]);
    assert.ok(bench.machine.snapshot().equals(before));
  });

  it('may send many at once, of which some have come before: each is taken once', () => {
    const bench = new Bench();
    const session = bench.open();
    const octets = Buffer.alloc(0);
    const sizes = (...all: number[]) => all.map((bodySize) => ({ ttl: null, bodySize, octets }));
    assert.deepEqual(bench.enqueue(session, 1, sizes(1, 2, 3)), [{ type: 'accepted', session, sequence: 3 }]);
    assert.deepEqual(bench.enqueue(session, 2, sizes(2, 3, 10, 20)), [{ type: 'accepted', session, sequence: 5 }]);
    assert.deepEqual(bench.enqueue(session, 7, sizes(40, 50)), [{ type: 'missed', session, sequence: 7, expected: 6 }]);
    assert.deepEqual([bench.machine.ready, bench.machine.readyBytes], [5, 1 + 2 + 3 + 10 + 20]);
  });

  it('is told from where to send again when a message before is missing', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publish(session);
    assert.deepEqual(bench.resend(session, 3), [{ type: 'missed', session, sequence: 3, expected: 2 }]);
    assert.equal(bench.machine.ready, 1);
    only('accepted', bench.resend(session, 2));
    only('accepted', bench.resend(session, 3));
  });

  it('that asks twice to be let in, with one key, is one session', () => {
    const bench = new Bench();
    const session = bench.open('c1');
    assert.equal(bench.open('c1'), session);
    assert.notEqual(bench.open('c2'), session);
  });

  it('is not known any more after it ended', () => {
    const bench = new Bench();
    const session = bench.open('c1');
    bench.publish(session);
    bench.apply({ type: 'close', session });
    assert.deepEqual(bench.resend(session, 2), [{ type: 'missed', session, sequence: 2, expected: 0 }]);
    assert.notEqual(bench.open('c1'), session);
    assert.equal(bench.machine.ready, 1);
  });

  it('counts for itself', () => {
    const bench = new Bench();
    const [one, other] = [bench.open('c1'), bench.open('c2')];
    only('accepted', bench.publish(one));
    only('accepted', bench.publish(other));
    assert.equal(bench.machine.ready, 2);
  });

  it('without a session is not checked', () => {
    const bench = new Bench();
    bench.resend(NO_SESSION, 7);
    bench.resend(NO_SESSION, 7);
    assert.equal(bench.machine.ready, 2);
  });

  it('hears of its message before anybody gets it', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.subscribe(session, 1);
    assert.deepEqual(
      bench.publish(session).map(({ type }) => type),
      ['accepted', 'deliver'],
    );
  });
});

describe('a purge', () => {
  it('throws away what is ready, and leaves what is held', () => {
    const bench = new Bench();
    const session = bench.open();
    const [consumer, [first]] = (bench.publishMany(session, 3), bench.subscribe(session, 1));
    const purged = only('purged', bench.apply({ type: 'purge' }));
    assert.deepEqual(purged, { type: 'purged', request: bench.index, messages: 2 });
    assert.deepEqual([bench.machine.ready, bench.machine.unacked, bench.machine.readyBytes], [0, 1, 0]);
    assert.deepEqual(all('deliver', bench.return(consumer, 0))[0]?.index, first?.index);
  });

  it('takes what came back as well', () => {
    const bench = new Bench();
    const session = bench.open();
    bench.publishMany(session, 2);
    const got = only('got', bench.get(session));
    bench.return(got.consumer, got.delivery);
    assert.equal(only('purged', bench.apply({ type: 'purge' })).messages, 2);
    assert.equal(bench.machine.lowestNeeded(), Number.POSITIVE_INFINITY);
  });
});
