/** A broker's state as plain data, for pictures and listings. */
import { plainTable } from '../amqp/field-table';
import type {
  BindingSnapshot,
  ChannelSnapshot,
  ConnectionSnapshot,
  ConsumerSnapshot,
  ExchangeSnapshot,
  MirrorSnapshot,
  QueueSnapshot,
  Snapshot,
} from '../trace/snapshot';
import type { Channel } from './channel';
import type { Connection } from './connection';
import { Exchange } from './exchange/exchange';
import type { Queue } from './queue/queue';
import type { Vhost } from './vhost';

export function snapshotOf(
  node: string,
  vhost: Vhost | undefined,
  connections: Iterable<Connection>,
  name: string,
  at: number,
): Snapshot {
  const own = [...connections].filter(
    ({ openSession, state }) => state !== 'closed' && openSession !== null && openSession.vhost === vhost,
  );
  return {
    at,
    vhost: name,
    nodes: [{ name: node, state: 'running' }],
    connections: own.map((connection) => connectionSnapshot(node, connection)),
    exchanges: vhost === undefined ? [] : [...vhost.exchanges.values()].map(exchangeSnapshot),
    queues: vhost === undefined ? [] : [...vhost.queues.values()].map((queue) => queueSnapshot(node, queue)),
    bindings: vhost === undefined ? [] : bindingSnapshots(vhost),
    consumers: own.flatMap(consumerSnapshots),
  };
}

function connectionSnapshot(node: string, connection: Connection): ConnectionSnapshot {
  const properties = plainTable(connection.handshake.clientProperties);
  const name = properties.connection_name ?? properties.product ?? '';
  return {
    connection: connection.name,
    name: String(name),
    node,
    user: connection.session.user,
    state:
      connection.state === 'closing'
        ? 'closing'
        : connection.flow.blocked
          ? 'blocked'
          : connection.host.resourceAlarms.text !== null
            ? 'blocking'
            : connection.flow.inFlow
              ? 'flow'
              : 'running',
    channels: [...connection.channels.values()].map(channelSnapshot),
  };
}

function channelSnapshot(channel: Channel): ChannelSnapshot {
  return {
    channel: channel.number,
    prefetch: channel.prefetch,
    globalPrefetch: channel.globalPrefetch,
    confirm: channel.confirms !== null,
    tx: channel.tx !== null,
    unacked: channel.unacked.count,
    unconfirmed: channel.confirms?.unconfirmed ?? 0,
    published: channel.publisher.published,
    publishedTo: [...channel.publisher.recentExchanges],
  };
}

function exchangeSnapshot({ name, kind, durable, autoDelete, internal, alternate, args }: Exchange): ExchangeSnapshot {
  return { name, kind, durable, autoDelete, internal, alternateExchange: alternate, arguments: plainTable(args) };
}

function queueSnapshot(node: string, queue: Queue): QueueSnapshot {
  return {
    name: queue.name,
    kind: queue.kind,
    node: shown(node, queue, queue.quorum?.leader ?? queue.home),
    state: queue.state === 'down' && queue.kind === 'quorum' ? 'minority' : queue.state,
    ...quorumOf(node, queue),
    ...(queue.kind === 'mirrored' ? { mirrors: mirrorsOf(node, queue) } : {}),
    durable: queue.durable,
    exclusive: queue.owner !== null,
    autoDelete: queue.autoDelete,
    arguments: plainTable(queue.args),
    ready: queue.readyCount,
    unacked: queue.unackedCount,
    consumers: queue.consumerCount,
    deadLetterExchange: queue.settings.deadLetterExchange,
    deadLetterRoutingKey: queue.settings.deadLetterRoutingKey,
  };
}

/** A node names itself as pictures do, others as they are called in the cluster. */
function shown(node: string, { vhost }: Queue, name: string): string {
  return name === (vhost.host.cluster?.self ?? vhost.host.nodeName) ? node : name;
}

function mirrorsOf(node: string, queue: Queue): MirrorSnapshot[] {
  return (queue.mirrors ?? []).map(({ node: name, synchronised }) => ({ node: shown(node, queue, name), synchronised }));
}

function quorumOf(node: string, queue: Queue): Pick<QueueSnapshot, 'leader' | 'members'> {
  if (queue.quorum === undefined) return {};
  const { leader, members } = queue.quorum;
  return {
    leader: leader === null ? null : shown(node, queue, leader),
    members: members.map((member) => ({ ...member, node: shown(node, queue, member.node) })),
  };
}

function bindingSnapshots(vhost: Vhost): BindingSnapshot[] {
  return [...vhost.exchanges.values()].flatMap((exchange) =>
    [...exchange.outgoing.values()].map(({ target, routingKey, args }) => ({
      source: exchange.name,
      destination: target.name,
      toQueue: !(target instanceof Exchange),
      routingKey,
      arguments: plainTable(args),
    })),
  );
}

function consumerSnapshots(connection: Connection): ConsumerSnapshot[] {
  return [...connection.channels.values()].flatMap((channel) =>
    [...channel.consumers.values()].map((consumer) => ({
      queue: consumer.queue.name,
      consumerTag: consumer.tag,
      connection: connection.name,
      channel: channel.number,
      noAck: consumer.noAck,
      exclusive: consumer.exclusive,
      active: consumer.queue.isActive(consumer),
      priority: consumer.priority,
      prefetch: consumer.prefetch,
      unacked: consumer.unackedCount,
      arguments: plainTable(consumer.args),
    })),
  );
}
