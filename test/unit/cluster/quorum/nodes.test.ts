/** Nodes that cannot be reached: their sessions may live, so they are suspected, not ended. */
import { strict as assert } from 'node:assert';
import { all, Bench, indexes, only } from './bench';

describe('sessions of a node that cannot be reached', () => {
  it('get nothing, and what they held goes to the others', () => {
    const bench = new Bench();
    const [far, near] = [bench.open('far', 'b'), bench.open('near', 'a')];
    const sent = bench.publishMany(near, 2);
    const [consumer] = bench.subscribe(far, 2);
    bench.apply({ type: 'nodeDown', node: 'b' });
    assert.deepEqual(indexes(bench.machine.readyPlaces()), sent);
    assert.deepEqual(bench.machine.consumers()[0]?.status, 'suspected_down');
    const [, got] = bench.subscribe(near, 5);
    assert.deepEqual(
      got.map(({ index, returns }) => [index, returns]),
      sent.map((index) => [index, 1]),
    );
    assert.deepEqual(bench.settle(consumer, 0, 1), [], 'an acknowledgement from there comes too late');
    assert.equal(bench.machine.unacked, 2);
  });

  it('go on with full credit when it is back, and are asked after', () => {
    const bench = new Bench();
    const [far, near] = [bench.open('far', 'b'), bench.open('near', 'a')];
    const sent = bench.publishMany(near, 3);
    bench.subscribe(far, 2);
    bench.apply({ type: 'nodeDown', node: 'b' });
    const effects = bench.apply({ type: 'nodeUp', node: 'b' });
    assert.deepEqual(only('recheck', effects), { type: 'recheck', node: 'b', sessions: [far] });
    assert.deepEqual(indexes(all('deliver', effects)), sent.slice(0, 2));
    assert.deepEqual(
      all('deliver', effects).map(({ delivery }) => delivery),
      [2, 3],
    );
  });

  it('may go on publishing from where they were', () => {
    const bench = new Bench();
    const far = bench.open('far', 'b');
    bench.publish(far);
    bench.apply({ type: 'nodeDown', node: 'b' });
    bench.apply({ type: 'nodeUp', node: 'b' });
    only('accepted', bench.publish(far));
    assert.equal(bench.machine.ready, 2);
  });

  it('show by subscribing that they live', () => {
    const bench = new Bench();
    const far = bench.open('far', 'b');
    bench.subscribe(far, 1);
    bench.apply({ type: 'nodeDown', node: 'b' });
    bench.subscribe(far, 1);
    bench.publish(far);
    assert.equal(all('deliver', bench.publish(far)).length, 1);
    assert.equal(bench.machine.unacked, 2);
  });

  it('end when the node is forgotten', () => {
    const bench = new Bench();
    const [far, near] = [bench.open('far', 'b'), bench.open('near', 'a')];
    bench.publish(near);
    bench.subscribe(far, 1);
    bench.apply({ type: 'forgetNodes', nodes: ['b', 'c'] });
    assert.deepEqual([bench.machine.ready, bench.machine.consumers().length], [1, 0]);
    assert.equal(only('missed', bench.publish(far)).expected, 0);
  });

  it('keep a queue with x-expires alive only if they can be reached', () => {
    const bench = new Bench({ expires: 10 });
    bench.subscribe(bench.open('far', 'b'), 1);
    bench.pass(100);
    assert.equal(bench.machine.isUnused(bench.time), false);
    bench.apply({ type: 'nodeDown', node: 'b' });
    bench.pass(100);
    assert.equal(bench.machine.isUnused(bench.time), true);
  });
});
