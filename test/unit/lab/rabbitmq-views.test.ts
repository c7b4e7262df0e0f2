import { strict as assert } from 'node:assert';
import { merged } from '../../../lib/lab/merged-snapshot';
import { membersIn, ownPart } from '../../../lib/lab/rabbitmq-views';
import type { ConnectionSnapshot, ConsumerSnapshot, NodeSnapshot, QueueSnapshot, Snapshot } from '../../../lib/trace/snapshot';

const NODES: readonly NodeSnapshot[] = ['rabbit1', 'rabbit2', 'rabbit3'].map((name) => ({ name, state: 'running' }));

function queue(name: string, node: string, ready: number): QueueSnapshot {
  const empty = { unacked: 0, consumers: 0, deadLetterExchange: null, deadLetterRoutingKey: null };
  return { name, kind: 'mirrored', node, ready, durable: true, exclusive: false, autoDelete: false, arguments: {}, ...empty };
}

function client(connection: string, node: string): ConnectionSnapshot {
  return { connection, name: connection, node, user: 'guest', state: 'running', channels: [] };
}

function consumer(queueName: string, connection: string): ConsumerSnapshot {
  const rest = { channel: 1, noAck: false, exclusive: false, active: true, priority: 0, prefetch: 0, unacked: 0 };
  return { queue: queueName, consumerTag: connection, connection, ...rest };
}

/** What a node tells: of its whole side, and of the members as it sees them. */
function told(side: Partial<Snapshot>, lost: readonly string[]): Snapshot {
  const nodes = NODES.map((node) => ({ ...node, cluster: 'rabbit1', ...(lost.length > 0 ? { partitionedFrom: lost } : {}) }));
  return { at: 0, vhost: '/', nodes, connections: [], exchanges: [], queues: [], bindings: [], consumers: [], ...side };
}

describe('views of RabbitMQ nodes', () => {
  const left = told({ queues: [queue('orders', 'rabbit1', 7)], connections: [client('shop', 'rabbit1')] }, ['rabbit2']);
  const right = told(
    {
      queues: [queue('orders', 'rabbit2', 8), queue('bills', 'rabbit3', 1)],
      connections: [client('worker', 'rabbit3')],
      consumers: [consumer('orders', 'worker')],
    },
    ['rabbit1'],
  );
  const parts = [ownPart('rabbit1', left), ownPart('rabbit2', right), ownPart('rabbit3', right)];
  const whole = merged(parts, { at: 0, vhost: '/', nodes: membersIn(NODES, parts), labName: (name) => name });

  it('show a queue on each side of a partition that has a home of it', () => {
    const homes = whole.queues.map(({ name, node, ready }) => `${name} at ${node}: ${ready}`).sort();
    assert.deepEqual(homes, ['bills at rabbit3: 1', 'orders at rabbit1: 7', 'orders at rabbit2: 8']);
  });

  it('show each client and each consumer once, though all nodes of a side tell of them', () => {
    assert.deepEqual(whole.connections.map(({ name }) => name).sort(), ['shop', 'worker']);
    assert.deepEqual(
      whole.consumers.map(({ consumerTag }) => consumerTag),
      ['worker'],
    );
  });

  it('take what a node says of itself, and of one that says nothing what another says', () => {
    assert.deepEqual(
      membersIn(NODES, parts.slice(0, 2)).map(({ partitionedFrom }) => partitionedFrom),
      [['rabbit2'], ['rabbit1'], ['rabbit2']],
    );
    assert.deepEqual(membersIn(NODES, []), NODES);
  });
});
