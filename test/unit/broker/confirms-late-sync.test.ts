import assert from 'node:assert/strict';
import fc from 'fast-check';
import { field } from '../../../lib/amqp/field-table';
import { type Broker, createBroker } from '../../../lib/broker/broker';
import { MemoryStorage, type QueueStore } from '../../../lib/storage/storage';
import { LiveWorld } from '../../../lib/world/live';
import { type Received, WireClient } from '../../claims/harness/wire-client';

/** Safe only when the test says so, as a disk that takes its time. Keeps what it was told, in order. */
class SlowStorage extends MemoryStorage {
  readonly told: string[] = [];
  override batch = 0;
  private unsafe = 0;
  private waiting: Array<() => void> = [];

  override queue(id: string, _lanes: number, durable: boolean): QueueStore {
    const here = new Set<number>();
    return {
      append: (position, { traits }) => {
        if (!durable || !traits.persistent) return false;
        this.told.push(`append ${id} ${position}`);
        here.add(position);
        this.unsafe++;
        return true;
      },
      remove: (position) => {
        if (here.delete(position)) this.told.push(`remove ${id} ${position}`);
      },
      has: (position) => here.has(position),
      read: () => undefined,
      recovered: () => [],
      inherit: () => [],
      inherited: () => [],
      mayBeRedelivered: () => false,
      noteRedelivered: () => undefined,
      destroy: () => void this.told.push(`destroy ${id}`),
    };
  }

  override afterSync(done: () => void): void {
    if (this.unsafe === 0) done();
    else this.waiting.push(done);
  }

  sync(): void {
    this.unsafe = 0;
    this.batch++;
    for (const done of this.waiting.splice(0)) done();
  }
}

const PERSISTENT = { deliveryMode: 2 };

describe('Confirms before a storage that syncs late', () => {
  let broker: Broker;
  let storage: SlowStorage;
  let wire: WireClient;
  let port: number;

  beforeEach(async () => {
    storage = new SlowStorage();
    broker = createBroker(new LiveWorld(), { nodeName: 'rabbit1', storage });
    port = await new Promise<number>((resolve, reject) => {
      broker.listen({ host: '127.0.0.1', port: 0 }, (error, bound) => (bound === null ? reject(error) : resolve(bound.port)));
    });
    wire = await WireClient.connect({ port });
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: 'durable', durable: true }, 'queue.declare-ok');
    await wire.call('queue.declare', 1, { queue: 'transient' }, 'queue.declare-ok');
  });

  afterEach(async () => {
    wire.abort();
    await new Promise<void>((resolve) => broker.stop(resolve));
  });

  /** Everything that came on channel 1 up to the end of the turn in which the broker read what was sent. */
  async function soFar(): Promise<Received[]> {
    const came: Received[] = [];
    for (let turn = 0; turn < 2; turn++) {
      wire.send('basic.qos', 1);
      for (let one = await wire.next(1); one?.name !== 'basic.qos-ok'; one = await wire.next(1)) {
        assert.ok(one !== null, 'basic.qos-ok did not come');
        came.push(one);
      }
    }
    return came;
  }

  const confirms = (came: readonly Received[]): unknown[] => came.map(({ name, args }) => [name, args]);
  const ack = (deliveryTag: number, multiple: boolean): unknown => ['basic.ack', { deliveryTag, multiple }];

  it('holds the confirm of a persistent message in a durable queue until the sync', async () => {
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { routingKey: 'durable', properties: PERSISTENT, body: 'm' });
    assert.deepEqual(await soFar(), []);
    storage.sync();
    assert.deepEqual((await wire.expect('basic.ack', 1)).args, { deliveryTag: 1, multiple: false });
  });

  it('confirms what needs no sync meanwhile, one by one, and then all below in one ack', async () => {
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    for (const [routingKey, properties] of [
      ['durable', PERSISTENT],
      ['nowhere', PERSISTENT],
      ['durable', {}],
      ['transient', PERSISTENT],
      ['durable', PERSISTENT],
    ] as const) {
      wire.publish(1, { routingKey, properties, body: 'm' });
    }
    const first = confirms(await soFar());
    assert.deepEqual(first, [ack(2, false), ack(3, false), ack(4, false)]);
    storage.sync();
    assert.deepEqual(confirms(await soFar()), [ack(5, true)]);
  });

  it('refuses at once, whatever waits', async () => {
    const args = new Map([
      ['x-max-length', field.int(0)],
      ['x-overflow', field.text('reject-publish')],
    ]);
    await wire.call('queue.declare', 1, { queue: 'full', durable: true, arguments: args }, 'queue.declare-ok');
    await wire.call('queue.bind', 1, { queue: 'full', exchange: 'amq.fanout' }, 'queue.bind-ok');
    await wire.call('queue.bind', 1, { queue: 'durable', exchange: 'amq.fanout' }, 'queue.bind-ok');
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { exchange: 'amq.fanout', properties: PERSISTENT, body: 'm' });
    assert.deepEqual(
      (await soFar()).map(({ name }) => name),
      ['basic.nack'],
    );
    storage.sync();
    assert.deepEqual(await soFar(), []);
  });

  it('answers tx.commit after the sync, and what follows it on its connection after that', async () => {
    const other = await WireClient.connect({ port });
    await other.openChannel();
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.publish(1, { routingKey: 'durable', properties: PERSISTENT, body: 'm' });
    wire.send('tx.commit', 1);
    wire.send('basic.qos', 1);
    // The other connection is answered, and sees that the broker has the message.
    const ready = async (): Promise<unknown> =>
      (await other.call('queue.declare', 1, { queue: 'durable', passive: true }, 'queue.declare-ok')).args.messageCount;
    while ((await ready()) !== 1);
    assert.deepEqual(wire.untaken(), []);
    storage.sync();
    assert.deepEqual([(await wire.next(1))?.name, (await wire.next(1))?.name], ['tx.commit-ok', 'basic.qos-ok']);
    other.abort();
  });

  it('tells the storage what goes, after what came, under the same position', async () => {
    for (const body of ['acked', 'rejected', 'got']) wire.publish(1, { routingKey: 'durable', properties: PERSISTENT, body });
    wire.publish(1, { routingKey: 'durable', body: 'transient' });
    for (let i = 0; i < 2; i++) await wire.call('basic.get', 1, { queue: 'durable' }, 'basic.get-ok');
    await wire.call('basic.get', 1, { queue: 'durable', noAck: true }, 'basic.get-ok');
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    wire.send('basic.reject', 1, { deliveryTag: 2 });
    await wire.call('queue.delete', 1, { queue: 'durable' }, 'queue.delete-ok');
    assert.deepEqual(storage.told, [
      ...[0, 1, 2].map((position) => `append ["/","durable"] ${position}`),
      ...[2, 0, 1].map((position) => `remove ["/","durable"] ${position}`),
      'destroy ["/","durable"]',
    ]);
  });

  it('never confirms a message that is not safe, and every one in the end', async () => {
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    let published = 0;
    const targets = { durable: PERSISTENT, transient: PERSISTENT, nowhere: {} };
    const step = fc.constantFrom('durable' as const, 'transient' as const, 'nowhere' as const, 'sync' as const, 'look' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        const open = new Set<number>();
        const unsafe = new Set<number>();
        const look = async (): Promise<void> => {
          for (const { name, args } of await soFar()) {
            assert.equal(name, 'basic.ack');
            const { deliveryTag, multiple } = args as { deliveryTag: number; multiple: boolean };
            for (const seq of multiple ? [...open].filter((other) => other <= deliveryTag) : [deliveryTag]) {
              assert.ok(!unsafe.has(seq), `${seq} was confirmed before it was safe`);
              assert.ok(open.delete(seq), `${seq} was confirmed twice`);
            }
          }
        };
        for (const one of [...steps, 'look', 'sync', 'look'] as const) {
          if (one === 'look') await look();
          else if (one === 'sync') {
            // What was published must have arrived, or it would be safe only at the next sync.
            await look();
            storage.sync();
            unsafe.clear();
          } else {
            wire.publish(1, { routingKey: one, properties: targets[one], body: 'm' });
            open.add(++published);
            if (one === 'durable') unsafe.add(published);
          }
        }
        assert.deepEqual([...open], []);
      }),
      { numRuns: 30 },
    );
  });
});
