/**
 * What list_queues shows of each queue. The member on which a queue lives (its master, its leader) tells it; of a queue that
 * lives nowhere now there is a row with what the definitions know. As in RabbitMQ there is none of a mirrored or quorum queue
 * that waits for a new master or leader.
 */
import type { QueueSnapshot, Snapshot } from '../../trace/snapshot';
import type { Cell, Row } from '../cells';
import type { NodeCall } from '../command';
import { isRunning, nodenameOf, othersRows, type ShareCall } from '../members';
import { pidOf } from '../pids';
import { NONE, queueDetails } from './details';

/** Of the queues that live on this node. */
export function queueRows(snapshot: Snapshot, call: ShareCall): Row[] {
  const details = queueDetails(call);
  return snapshot.queues
    .filter((queue) => homeOf(queue, call) === call.node.nodename && queue.state !== 'down')
    .map((queue) => ({
      ...queueRow(queue, call),
      ...exclusiveConsumer(queue, snapshot, call),
      ...details.get(queue.name),
      ...copies(queue, call),
    }));
}

/** Which of them are asked for: `--local`, `--online`, `--offline`, or all. */
export async function queuesAskedFor(call: NodeCall, own: readonly Row[]): Promise<readonly Row[]> {
  const { node, vhost, args, options } = call;
  const { local, online, offline } = options.own;
  if (local) return own;
  const alive = online || !offline ? [...own, ...(await othersRows(node, { listing: 'list_queues', vhost, args }))] : [];
  return [...alive, ...(offline || !online ? downRows(call) : [])];
}

function homeOf({ node: home, leader }: QueueSnapshot, { node }: ShareCall): string {
  return nodenameOf(node, leader ?? home);
}

function queueRow(queue: QueueSnapshot, call: ShareCall): Row {
  const { name, exclusive, ready, unacked, consumers, kind, state = 'running' } = queue;
  return {
    ...definition(queue, call),
    policy: call.broker.effectivePolicy(call.vhost, 'queue', name)?.policy ?? NONE,
    exclusive: kind === 'quorum' ? NONE : exclusive,
    messages_ready: ready,
    messages_unacknowledged: unacked,
    messages: ready + unacked,
    consumers,
    // A leader that has lost its majority still answers for its queue.
    state: { atom: state === 'minority' ? 'running' : state },
    type: { atom: kind === 'mirrored' ? 'classic' : kind },
  };
}

function definition(queue: QueueSnapshot, call: ShareCall): Row {
  const { name, durable, autoDelete } = queue;
  return {
    name,
    durable,
    auto_delete: autoDelete,
    arguments: { table: queue.arguments },
    pid: { pid: queuePid(queue, homeOf(queue, call), call) },
  };
}

function queuePid({ name }: QueueSnapshot, nodename: string, { broker, vhost }: ShareCall): string {
  return pidOf(broker, nodename, 'queue', JSON.stringify([vhost, name]));
}

/** Mirrors of a mirrored queue, members of a quorum queue. */
function copies(queue: QueueSnapshot, call: ShareCall): Row {
  const { mirrors = [], members = [], kind, leader } = queue;
  const named = (nodes: ReadonlyArray<{ readonly node: string }>): string[] =>
    nodes.map(({ node }) => nodenameOf(call.node, node));
  const pids = (nodes: typeof mirrors): Cell => ({ pids: named(nodes).map((node) => queuePid(queue, node, call)) });
  if (kind === 'mirrored')
    return { slave_pids: pids(mirrors), synchronised_slave_pids: pids(mirrors.filter(({ synchronised }) => synchronised)) };
  if (kind !== 'quorum') return {};
  return {
    leader: leader === undefined || leader === null ? NONE : { atom: nodenameOf(call.node, leader) },
    members: { list: named(members) },
    online: { list: named(members.filter(({ online }) => online)) },
  };
}

function exclusiveConsumer({ name }: QueueSnapshot, { consumers }: Snapshot, { broker, node }: ShareCall): Row {
  const consumer = consumers.find(({ queue, exclusive }) => exclusive && queue === name);
  if (consumer === undefined) return {};
  const { consumerTag, connection, channel } = consumer;
  const pid = pidOf(broker, node.nodename, 'channel', `${connection} (${channel})`);
  return { exclusive_consumer_pid: { pid }, exclusive_consumer_tag: consumerTag };
}

function downRows(call: NodeCall): Row[] {
  const { broker, vhost, target } = call;
  if (!broker.listVhosts().includes(vhost)) return [];
  return broker
    .snapshot(vhost, target.now())
    .queues.filter((queue) => isDown(queue, call))
    .map((queue) => ({ ...definition(queue, call), state: { atom: 'down' }, type: { atom: 'rabbit_classic_queue' } }));
}

/** A quorum queue waits for a leader instead, and a mirrored one for a master, unless the broker has given it up. */
function isDown(queue: QueueSnapshot, call: NodeCall): boolean {
  const { kind, state } = queue;
  if (kind === 'quorum') return false;
  return state === 'down' || (kind === 'classic' && !isRunning(call.node, homeOf(queue, call)));
}
