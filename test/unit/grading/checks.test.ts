/** The reusable checkers of histories: each on a history that passes and on one that does not. */
import { strict as assert } from 'node:assert';
import {
  bindingDifference,
  channelsUsed,
  connectionsUsed,
  hotRequeues,
  isGone,
  lostAfterAck,
  lostAfterConfirm,
  missing,
  mostUnacked,
  overtakings,
  phantoms,
  repeatedEffects,
  undrained,
} from '../../../lib/grading';
import { deliveriesOf, publishesOf } from '../../../lib/grading/wire/messages';
import type { WireRecord } from '../../../lib/grading/wire/wire-record';

interface Step {
  readonly from?: 'program' | 'broker';
  readonly method: string;
  readonly args?: Record<string, unknown>;
  readonly body?: string;
  readonly connection?: number;
  readonly channel?: number;
}

function records(steps: readonly Step[]): WireRecord[] {
  return steps.map(({ from = 'program', method, args = {}, body, connection = 1, channel = 1 }, index) => ({
    ...{ index, at: index, program: `p${connection}`, connection, channel, cut: false, from, method, args },
    ...(body === undefined ? {} : { content: { properties: {}, body: Buffer.from(body) } }),
  }));
}

const publish = (body: string): Step => ({ method: 'basic.publish', args: { exchange: '', routingKey: 'q' }, body });
const confirm = (deliveryTag: number): Step => ({ from: 'broker', method: 'basic.ack', args: { deliveryTag } });
const ack = (deliveryTag: number, connection = 1): Step => ({ method: 'basic.ack', args: { deliveryTag }, connection });
const giveBack = (deliveryTag: number): Step => ({ method: 'basic.nack', args: { deliveryTag, requeue: true } });
const discard = (deliveryTag: number): Step => ({ method: 'basic.reject', args: { deliveryTag, requeue: false } });
const consume = (noAck = false, connection = 1): Step[] => [
  { method: 'basic.consume', args: { queue: 'q', noAck }, connection },
  { from: 'broker', method: 'basic.consume-ok', args: { consumerTag: 't' }, connection },
];
const deliver = (deliveryTag: number, body: string, redelivered = false, connection = 1): Step => ({
  ...{ from: 'broker', method: 'basic.deliver', body, connection },
  args: { consumerTag: 't', deliveryTag, redelivered },
});
const taken = (...steps: Step[]) => deliveriesOf(records([...consume(), ...steps]));
const bodies = (of: readonly { readonly body: string }[]): string[] => of.map(({ body }) => body);

describe('checkers of histories', () => {
  it('no loss after confirm: what is confirmed has arrived', () => {
    const made = publishesOf(records([{ method: 'confirm.select' }, publish('a'), publish('b'), confirm(1)]));
    assert.deepEqual(bodies(lostAfterConfirm(made, ['a'])), []);
    assert.deepEqual(bodies(lostAfterConfirm(made, ['b'])), ['a']);
  });

  it('no loss after confirm: a message that came back was not promised anything', () => {
    const returned: Step = { from: 'broker', method: 'basic.return', args: { exchange: '', routingKey: 'q' }, body: 'a' };
    const made = publishesOf(records([{ method: 'confirm.select' }, publish('a'), returned, confirm(1)]));
    assert.deepEqual(lostAfterConfirm(made, []), []);
  });

  it('no loss after acknowledgement: what is acknowledged or thrown away has arrived, each told once', () => {
    const made = taken(deliver(1, 'a'), deliver(2, 'b'), deliver(3, 'c'), deliver(4, 'a', true), ack(1), discard(2), ack(4));
    assert.deepEqual(bodies(lostAfterAck(made, ['a', 'b', 'c'], ['a', 'b'])), []);
    assert.deepEqual(bodies(lostAfterAck(made, ['a', 'b', 'c'], [])), ['a', 'b']);
    assert.deepEqual(bodies(lostAfterAck(made, ['b'], [])), ['b']);
  });

  it('no loss after acknowledgement: a consumer that never acknowledges has taken all that it was sent', () => {
    const made = deliveriesOf(records([...consume(true), deliver(1, 'a')]));
    assert.deepEqual(made.map(isGone), [true]);
    assert.deepEqual(bodies(lostAfterAck(made, ['a'], [])), ['a']);
  });

  it('at least once, no phantom, effect once', () => {
    assert.deepEqual(missing(['a', 'b'], ['b', 'a', 'a']), []);
    assert.deepEqual(missing(['a', 'b', 'c'], ['b']), ['a', 'c']);
    assert.deepEqual(phantoms(['a'], ['a', 'a']), []);
    assert.deepEqual(phantoms(['a'], ['x', 'a', 'x']), ['x']);
    assert.deepEqual(repeatedEffects(['a', 'b']), []);
    assert.deepEqual(repeatedEffects(['a', 'b', 'a']), [{ effect: 'a', times: 2 }]);
  });

  it('first in, first out: of one way, and of what comes for the first time', () => {
    const sent = ['a', 'b', 'c'];
    assert.deepEqual(overtakings(sent, taken(deliver(1, 'a'), deliver(2, 'c'), deliver(3, 'b', true))), []);
    const [found, ...others] = overtakings(sent, taken(deliver(1, 'a'), deliver(2, 'c'), deliver(3, 'b')));
    assert.deepEqual([found?.late, found?.early.body, others.length], ['b', 'c', 0]);
    const two = deliveriesOf(records([...consume(), ...consume(false, 2), deliver(1, 'c'), deliver(1, 'a', false, 2)]));
    assert.deepEqual(overtakings(sent, two), []);
  });

  it('bounded unacknowledged: counts what is held at one time, and forgets what a lost connection held', () => {
    const most = (...steps: Step[]) => {
      const all = records(steps);
      return mostUnacked(all, deliveriesOf(all)).most;
    };
    assert.equal(most(...consume(), deliver(1, 'a'), ack(1), deliver(2, 'b'), ack(2)), 1);
    assert.equal(most(...consume(), deliver(1, 'a'), deliver(2, 'b'), ack(1), deliver(3, 'c')), 2);
    const several: Step = { method: 'basic.ack', args: { deliveryTag: 2, multiple: true } };
    assert.equal(most(...consume(), deliver(1, 'a'), deliver(2, 'b'), several, deliver(3, 'c')), 2);
    assert.equal(most(...consume(), deliver(1, 'a'), { method: 'tcp.end' }, ...consume(false, 2), deliver(1, 'a', true, 2)), 1);
    assert.equal(most(...consume(true), deliver(1, 'a'), deliver(2, 'b')), 0);
    const all = records([...consume(), ...consume(false, 2), deliver(1, 'a'), deliver(1, 'b', false, 2)]);
    assert.deepEqual([mostUnacked(all, deliveriesOf(all)).most, mostUnacked(all, deliveriesOf(all), 'p2').at?.index], [2, 5]);
  });

  it('bounded connections and channels: how many were opened, and how many at one time', () => {
    const open = (connection: number): Step => ({ from: 'broker', method: 'connection.open-ok', connection, channel: 0 });
    const channel = (number: number): Step => ({ from: 'broker', method: 'channel.open-ok', channel: number });
    const all = records([
      open(1),
      open(2),
      channel(1),
      { method: 'channel.close-ok' },
      channel(2),
      { method: 'tcp.end' },
      open(3),
    ]);
    const connections = connectionsUsed(all);
    assert.deepEqual([connections.opened, connections.most, connections.at?.index], [3, 2, 1]);
    assert.equal(connectionsUsed(all, 'p2').opened, 1);
    const { opened, most } = channelsUsed(all);
    assert.deepEqual([opened, most], [2, 1]);
  });

  it('drained in the end: nothing waits, nothing is given out, and the queue is there', () => {
    const queue = (name: string, ready: number, unacked: number) => ({ name, ready, unacked }) as never;
    const queues = [queue('a', 0, 0), queue('b', 1, 2)];
    assert.deepEqual(undrained({ queues }, ['a']), []);
    assert.deepEqual(undrained({ queues }, ['a', 'b', 'c']), [
      { queue: 'b', ready: 1, unacked: 2, exists: true },
      { queue: 'c', ready: 0, unacked: 0, exists: false },
    ]);
  });

  it('no hot requeue: counts what a program gives back, not what lost connections do', () => {
    const twice = taken(deliver(1, 'a'), giveBack(1), deliver(2, 'a', true), giveBack(2), deliver(3, 'a', true), ack(3));
    assert.deepEqual(hotRequeues(twice, 2), []);
    const [hot, ...others] = hotRequeues(twice, 1);
    assert.deepEqual([hot?.body, hot?.times, hot?.delivery.tag, others.length], ['a', 2, 2, 0]);
  });

  it('bindings as asked: tells what is missing and what is too many, whatever the order of arguments', () => {
    const made = (source: string, destination: string, routingKey: string, args: Record<string, unknown> = {}) => ({
      ...{ source, destination, routingKey, toQueue: true },
      arguments: args,
    });
    const bindings = [made('', 'q', 'q'), made('x', 'q', 'a'), made('h', 'q', '', { b: 1, a: 2 })];
    const asked = [
      { source: 'x', destination: 'q', routingKey: 'a' },
      { source: 'h', destination: 'q', arguments: { a: 2, b: 1 } },
    ];
    assert.deepEqual(bindingDifference({ bindings }, asked), { missing: [], extra: [] });
    const other = { source: 'x', destination: 'q', routingKey: 'b' };
    assert.deepEqual(bindingDifference({ bindings: bindings.slice(0, 2) }, [other]), { missing: [other], extra: [bindings[1]] });
  });
});
