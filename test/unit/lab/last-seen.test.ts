import { strict as assert } from 'node:assert';
import { LastSeen } from '../../../lib/lab/last-seen';
import { withLab } from '../../../lib/lab/with-lab';
import type { Snapshot } from '../../../lib/trace/snapshot';
import { binding, connection, consumer, exchange, queue, snapshot } from '../draw/broker-parts';
import amqp from 'amqplib';

const CLIENT = connection('order-api');

function whole(state: Snapshot['nodes'][number]['state']): Snapshot {
  return snapshot({
    at: 100,
    nodes: [{ name: 'rabbit1', state }],
    connections: [CLIENT],
    exchanges: [exchange('orders', 'topic')],
    queues: [queue('billing', 9, 4)],
    bindings: [binding('orders', 'billing', 'paid')],
    consumers: [consumer('billing', CLIENT)],
  });
}

const gone = snapshot({ at: 500, nodes: [{ name: 'rabbit1', state: 'killed' }] });

describe('LastSeen', () => {
  it('gives a dead node what it held, and says since when that is not known to be true', () => {
    const book = new LastSeen();
    book.saw(whole('running'));
    const { snapshot: completed, lastSeen } = book.complete(gone);
    assert.deepEqual(completed, { ...whole('killed'), at: 500 });
    assert.equal(lastSeen, 100);
  });

  it('adds nothing to a node that runs, was never seen, or has another vhost', () => {
    const book = new LastSeen();
    assert.deepEqual(book.complete(gone), { snapshot: gone, lastSeen: undefined });
    book.saw(whole('running'));
    const empty = snapshot({ at: 500 });
    assert.deepEqual(book.complete(empty), { snapshot: empty, lastSeen: undefined });
    const other = { ...gone, vhost: 'green' };
    assert.deepEqual(book.complete(other), { snapshot: other, lastSeen: undefined });
  });

  it('does not learn from a node that is down', () => {
    const book = new LastSeen();
    book.saw(whole('running'));
    book.saw(gone);
    assert.equal(book.complete(gone).snapshot.queues.length, 1);
  });

  it('gives no mirror to a node that runs and does not know the queue', () => {
    const nodes = (a: 'running' | 'stopped', b: 'running' | 'stopped'): Snapshot['nodes'] => [
      { name: 'a', state: a },
      { name: 'b', state: b },
    ];
    const mirrored = queue('orders', 3, 0, { node: 'b', kind: 'mirrored', mirrors: [{ node: 'a', synchronised: true }] });
    const book = new LastSeen();
    book.saw(snapshot({ at: 100, nodes: nodes('running', 'running'), queues: [mirrored] }));
    const mirrorsIn = (queues: Snapshot['queues']) =>
      book.complete(snapshot({ at: 500, nodes: nodes('running', 'stopped'), queues })).snapshot.queues[0]?.mirrors;
    assert.deepEqual(mirrorsIn([]), []);
    assert.equal(mirrorsIn([{ ...mirrored, state: 'down' }])?.length, 1);
  });

  it('forgets what was on a disk that is lost, and what does not outlive its node', () => {
    const nodes = (b: 'running' | 'killed'): Snapshot['nodes'] => [
      { name: 'a', state: 'running' },
      { name: 'b', state: b },
    ];
    const transient = queue('brief', 2, 0, { node: 'b', durable: false });
    const queues = [queue('lasting', 1, 0, { node: 'b', durable: true }), transient];
    const book = new LastSeen();
    book.saw(snapshot({ at: 100, nodes: nodes('running'), queues }));
    // The other node may not have noticed yet.
    const after = snapshot({ at: 500, nodes: nodes('killed'), queues: [transient] });
    assert.deepEqual(
      book.complete(after).snapshot.queues.map(({ name }) => name),
      ['lasting'],
    );
    book.forget('b');
    assert.deepEqual(book.complete(after).snapshot.queues, []);
  });

  it('speaks of the last look only where something of it is shown', () => {
    const book = new LastSeen();
    const nodes = (b: 'running' | 'stopped'): Snapshot['nodes'] => [
      { name: 'a', state: 'running' },
      { name: 'b', state: b },
    ];
    book.saw(snapshot({ at: 100, nodes: nodes('running'), queues: [queue('on-a', 1, 0, { node: 'a' })] }));
    const after = snapshot({ at: 500, nodes: nodes('stopped'), queues: [queue('on-a', 1, 0, { node: 'a' })] });
    assert.deepEqual(book.complete(after), { snapshot: after, lastSeen: undefined });
  });

  it('adds to the nodes that run the queues of the dead one, unless another holds them by now', () => {
    const book = new LastSeen();
    const nodes = (state: 'running' | 'killed'): Snapshot['nodes'] => [
      { name: 'a', state: 'running' },
      { name: 'b', state },
    ];
    const before = [
      queue('on-a', 1, 0, { node: 'a' }),
      queue('on-b', 2, 0, { node: 'b', consumers: 1 }),
      queue('moved', 3, 0, { node: 'b' }),
    ];
    book.saw(
      snapshot({
        at: 100,
        nodes: nodes('running'),
        exchanges: [exchange('x'), exchange('y')],
        queues: before,
        bindings: [binding('x', 'on-b'), binding('y', 'on-a')],
      }),
    );
    const after = snapshot({
      at: 500,
      nodes: nodes('killed'),
      queues: [queue('on-a', 8, 0, { node: 'a' }), queue('moved', 3, 0, { node: 'a' })],
    });
    const { snapshot: completed } = book.complete(after);
    assert.deepEqual(
      completed.queues.map(({ name, node, ready, consumers }) => [name, node, ready, consumers]),
      [
        ['on-a', 'a', 8, 0],
        ['moved', 'a', 3, 0],
        ['on-b', 'b', 2, 0],
      ],
    );
    assert.deepEqual(
      completed.exchanges.map(({ name }) => name),
      ['x'],
    );
  });

  it('has seen what a lab held at the moment of the kill', async () => {
    await withLab({ engine: 'warren' }, async (lab) => {
      const client = await amqp.connect(lab.url());
      client.on('error', () => undefined);
      const channel = await client.createConfirmChannel();
      await channel.assertQueue('billing');
      for (const body of ['a', 'b', 'c']) channel.sendToQueue('billing', Buffer.from(body));
      await channel.waitForConfirms();
      await lab.node().kill();
      assert.match(String(await lab.draw.topology()), /had 3 ready/);
      assert.deepEqual((await lab.snapshot()).queues, [], 'the snapshot itself says only what can be seen');
      await lab.node().start();
      assert.doesNotMatch(String(await lab.draw.topology()), /had 3 ready|last seen/);
    });
  });
});
