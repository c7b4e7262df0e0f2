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
import type { QuorumQueue } from '../quorum-control';
import { NONE, queueDetails } from './details';

/** Of the queues that live on this node. */
export function queueRows(snapshot: Snapshot, call: ShareCall): Row[] {
  const details = queueDetails(call);
  return placed(snapshot, call)
    .filter(({ queue, home }) => home === call.node.nodename && queue.state !== 'down')
    .map(({ queue, quorum }) => ({
      ...queueRow(queue, call),
      ...(quorum === undefined ? { ...details.get(queue.name), ...mirrors(queue, call) } : quorumRow(queue, quorum)),
    }));
}

/** A queue, and the member that tells of it. */
interface Placed {
  readonly queue: QueueSnapshot;
  readonly home: string;
  /** Of a quorum queue. */
  readonly quorum: QuorumQueue | undefined;
}

function placed({ queues, vhost }: Snapshot, { node }: Pick<ShareCall, 'node'>): Placed[] {
  const quorums = new Map(node.quorum?.queues.filter((queue) => queue.vhost === vhost).map((queue) => [queue.name, queue]));
  return queues.map((queue) => {
    const quorum = quorums.get(queue.name);
    return { queue, quorum, home: quorum?.leader ?? nodenameOf(node, queue.node) };
  });
}

/** Which of them are asked for: `--local`, `--online`, `--offline`, or all. */
export async function queuesAskedFor(call: NodeCall, own: readonly Row[]): Promise<readonly Row[]> {
  const { node, vhost, args, options } = call;
  const { local, online, offline } = options.own;
  if (local) return withExclusiveConsumers(own, call);
  const alive = online || !offline ? [...own, ...(await othersRows(node, { listing: 'list_queues', vhost, args }))] : [];
  return [...(await withExclusiveConsumers(alive, call)), ...(offline || !online ? downRows(call) : [])];
}

/** The listing of {@link exclusiveConsumers} when another member asks for it. */
export const EXCLUSIVE_CONSUMERS = 'exclusive_consumers';

/** Whoever consumes alone may be on another node than the queue. */
async function withExclusiveConsumers(rows: readonly Row[], call: NodeCall): Promise<readonly Row[]> {
  const { node, broker, target, vhost, args } = call;
  if (!args.some((column) => column.startsWith('exclusive_consumer_'))) return rows;
  const question = { listing: EXCLUSIVE_CONSUMERS, vhost, args: [] };
  const consumers = [...exclusiveConsumers(broker.snapshot(vhost, target.now()), call), ...(await othersRows(node, question))];
  return rows.map((row) => ({ ...row, ...consumers.find(({ name }) => name === row.name) }));
}

/** Of the clients of this node, by the name of the queue. */
export function exclusiveConsumers({ consumers }: Snapshot, { broker, node }: ShareCall): Row[] {
  return consumers
    .filter(({ exclusive }) => exclusive)
    .map(({ queue, consumerTag, connection, channel }) => {
      const pid = pidOf(broker, node.nodename, 'channel', `${connection} (${channel})`);
      return { name: queue, exclusive_consumer_pid: { pid }, exclusive_consumer_tag: consumerTag };
    });
}

function queueRow(queue: QueueSnapshot, call: ShareCall): Row {
  const { name, exclusive, ready, unacked, consumers, kind, state = 'running' } = queue;
  return {
    ...definition(queue, call.node.nodename, call),
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

function definition(queue: QueueSnapshot, home: string, call: ShareCall): Row {
  const { name, durable, autoDelete } = queue;
  return {
    name,
    durable,
    auto_delete: autoDelete,
    arguments: { table: queue.arguments },
    pid: { pid: queuePid(queue, home, call) },
  };
}

function queuePid({ name }: QueueSnapshot, nodename: string, { broker, vhost }: ShareCall): string {
  return pidOf(broker, nodename, 'queue', JSON.stringify([vhost, name]));
}

function mirrors(queue: QueueSnapshot, call: ShareCall): Row {
  if (queue.kind !== 'mirrored') return {};
  const all = queue.mirrors ?? [];
  const pids = (copies: typeof all): Cell => ({
    pids: copies.map(({ node }) => queuePid(queue, nodenameOf(call.node, node), call)),
  });
  return { slave_pids: pids(all), synchronised_slave_pids: pids(all.filter(({ synchronised }) => synchronised)) };
}

/** RabbitMQ tells nothing of octets, and counts dead letters that wait for their confirms. */
function quorumRow({ ready, unacked }: QueueSnapshot, { leader, members, online, deadLetters = 0 }: QuorumQueue): Row {
  const messages = ready + unacked + deadLetters;
  const where = { leader: { atom: leader }, members: { list: members }, online: { list: online } };
  return { messages, messages_ram: 0, message_bytes_ram: 0, ...where };
}

function downRows(call: NodeCall): Row[] {
  const { broker, vhost, target } = call;
  if (!broker.listVhosts().includes(vhost)) return [];
  return placed(broker.snapshot(vhost, target.now()), call)
    .filter((one) => isDown(one, call))
    .map(({ queue, home }) => ({
      ...definition(queue, home, call),
      state: { atom: 'down' },
      type: { atom: 'rabbit_classic_queue' },
    }));
}

/** A quorum queue waits for a leader instead, and a mirrored one for a master, unless the broker has given it up. */
function isDown({ queue: { kind, state }, home }: Placed, { node }: NodeCall): boolean {
  if (kind === 'quorum') return false;
  return state === 'down' || (kind === 'classic' && !isRunning(node, home));
}
