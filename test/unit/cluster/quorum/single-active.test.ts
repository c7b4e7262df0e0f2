/** One consumer at a time, the others in order behind it. */
import { strict as assert } from 'node:assert';
import { all, Bench, indexes, only } from './bench';

function three(): { bench: Bench; sessions: number[]; consumers: number[] } {
  const bench = new Bench({ singleActive: true });
  const sessions = ['a', 'b', 'c'].map((node) => bench.open(`channel-${node}`, node));
  const consumers = sessions.map((session) => bench.subscribe(session, 10)[0]);
  return { bench, sessions, consumers };
}

function statuses({ machine }: Bench): string[] {
  return machine.consumers().map(({ status }) => status);
}

describe('a single active consumer', () => {
  it('gets everything, whatever the priority of the others', () => {
    const { bench, sessions, consumers } = three();
    bench.subscribe(sessions[1] as number, 10, 'eager', 100);
    for (let i = 0; i < 3; i++) assert.equal(only('deliver', bench.publish(sessions[0] as number)).consumer, consumers[0]);
    assert.deepEqual(statuses(bench), ['single_active', 'waiting', 'waiting', 'waiting']);
  });

  it('that is cancelled keeps what it holds; the next one gets what comes', () => {
    const { bench, sessions, consumers } = three();
    bench.publish(sessions[2] as number);
    bench.apply({ type: 'cancel', consumer: consumers[0] as number });
    assert.equal(bench.machine.unacked, 1);
    assert.equal(only('deliver', bench.publish(sessions[2] as number)).consumer, consumers[1]);
  });

  it('that ends is followed by the one who waits longest, who gets what it held first', () => {
    const { bench, sessions, consumers } = three();
    const [index] = bench.publishMany(sessions[2] as number, 1);
    const got = only('deliver', bench.apply({ type: 'close', session: sessions[0] as number }));
    assert.deepEqual([got.consumer, got.index, got.returns], [consumers[1], index, 1]);
  });

  it('that leaves is followed by the one who waits longest, who gets what it held before what is newer', () => {
    const { bench, sessions, consumers } = three();
    const held = bench.publishMany(sessions[2] as number, 10);
    const waiting = bench.publishMany(sessions[2] as number, 3);
    const got = all('deliver', bench.leave(consumers[0] as number));
    assert.deepEqual(
      got.map(({ consumer, index, returns }) => [consumer, index, returns]),
      held.map((index) => [consumers[1], index, 1]),
    );
    assert.deepEqual(statuses(bench), ['single_active', 'waiting']);
    const next = bench.settle(consumers[1] as number, ...got.map(({ delivery }) => delivery));
    assert.deepEqual(indexes(all('deliver', next)), waiting);
  });

  it('that leaves with one that waits is followed by neither', () => {
    const { bench, sessions, consumers } = three();
    const [index] = bench.publishMany(sessions[2] as number, 1);
    const got = only('deliver', bench.leave(consumers[0] as number, consumers[1] as number));
    assert.deepEqual([got.consumer, got.index, got.returns], [consumers[2], index, 1]);
    assert.deepEqual(statuses(bench), ['single_active']);
  });

  it('does not notice when one that waits leaves', () => {
    const { bench, sessions, consumers } = three();
    const [index] = bench.publishMany(sessions[2] as number, 1);
    assert.deepEqual(bench.leave(consumers[1] as number), []);
    assert.deepEqual(statuses(bench), ['single_active', 'waiting']);
    const got = only('deliver', bench.leave(consumers[0] as number));
    assert.deepEqual([got.consumer, got.index], [consumers[2], index]);
  });

  it('that leaves while its node cannot be reached is not there when the node comes back', () => {
    const { bench, sessions, consumers } = three();
    const [index] = bench.publishMany(sessions[2] as number, 1);
    bench.apply({ type: 'nodeDown', node: 'a' });
    assert.deepEqual(bench.leave(consumers[0] as number), []);
    bench.apply({ type: 'nodeUp', node: 'a' });
    assert.deepEqual(statuses(bench), ['single_active', 'waiting']);
    assert.deepEqual(indexes(bench.machine.held(consumers[1] as number, 0)), [index]);
  });

  it('does not notice when one that waits is cancelled', () => {
    const { bench, sessions, consumers } = three();
    bench.apply({ type: 'cancel', consumer: consumers[1] as number });
    assert.deepEqual(statuses(bench), ['single_active', 'waiting']);
    bench.apply({ type: 'cancel', consumer: consumers[0] as number });
    assert.equal(only('deliver', bench.publish(sessions[0] as number)).consumer, consumers[2]);
  });

  it('whose node cannot be reached goes behind the others', () => {
    const { bench, sessions, consumers } = three();
    const [index] = bench.publishMany(sessions[2] as number, 1);
    const effects = bench.apply({ type: 'nodeDown', node: 'a' });
    assert.deepEqual(indexes(all('deliver', effects)), [index]);
    assert.deepEqual(statuses(bench), ['suspected_down', 'single_active', 'waiting']);
    bench.apply({ type: 'nodeUp', node: 'a' });
    bench.apply({ type: 'close', session: sessions[1] as number });
    assert.deepEqual(statuses(bench), ['waiting', 'single_active']);
    bench.apply({ type: 'close', session: sessions[2] as number });
    assert.deepEqual(statuses(bench), ['single_active']);
    assert.deepEqual(
      bench.machine.held(consumers[0] as number, 0).map(({ index: held }) => held),
      [index],
    );
  });

  it('is the first whose node comes back, if none could be reached', () => {
    const { bench, sessions, consumers } = three();
    for (const node of ['a', 'b', 'c']) bench.apply({ type: 'nodeDown', node });
    assert.deepEqual(all('deliver', bench.publish(sessions[0] as number)), []);
    assert.equal(only('deliver', bench.apply({ type: 'nodeUp', node: 'b' })).consumer, consumers[1]);
  });

  it('is the only way to get messages', () => {
    const { bench, sessions } = three();
    bench.publish(sessions[0] as number);
    assert.equal(only('got-nothing', bench.get(sessions[0] as number)).reason, 'single-active');
  });
});
