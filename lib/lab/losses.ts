/**
 * Which messages die with a node. The lab sees what a node holds at the moment of its end, and what is left of that when it runs
 * again, or never will; what a promoted mirror lacks, the node that is promoted tells itself.
 *
 *   a node ends                          what only its memory had, and no running mirror has        restart
 *   it runs again                        what its disk did not keep                                 restart
 *     queues that live elsewhere by now  what was published here alone                              partition, promotion
 *   it is reset, forgotten, blank        all that nobody else has                                   node-lost
 *
 * Messages that lie on the disk alone, and those that a consumer on another node holds, are not looked at.
 */
import type { Broker } from '../broker/broker';
import { labelOf } from '../broker/label';
import { ClassicQueue } from '../broker/queue/classic';
import type { Held } from '../broker/queue/queue';
import type { EventType, LossReason, TraceEvent } from '../trace/events';
import type { TraceLog } from '../trace/trace-log';

/** So many messages are named in one event. */
const NAMED = 100;
/** The number of messages that nobody traced. */
const UNTRACED = 0;
/** The message has left its queue. */
const OUT: ReadonlySet<EventType> = new Set(['settled', 'dropped', 'dead-lettered'] as const);

/** What an ended node held of one queue, and what is not known to be lost. */
interface Remains {
  readonly vhost: string;
  readonly queue: string;
  readonly id: string;
  readonly held: readonly Held[];
}

export interface LossesHost {
  readonly trace: TraceLog;
  /** Of the nodes whose application runs, by the names that they have in the lab. */
  brokers(): ReadonlyMap<string, Broker>;
  /** What the lab calls a member of a cluster. */
  nameOf(member: string): string;
}

export class Losses {
  private readonly remains = new Map<string, readonly Remains[]>();
  /** Nodes that have seen a partition since they started. */
  private readonly split = new Set<string>();
  /** Stops looking. */
  readonly end: () => void;

  constructor(private readonly host: LossesHost) {
    this.end = host.trace.on((event) => this.heard(event));
  }

  private heard(event: TraceEvent): void {
    const { node, type } = event;
    if (type === 'node.killed' || type === 'node.stopped') this.ended(node);
    else if (type === 'node.started') this.runs(node);
    else if (type === 'node.reset' || type === 'node.joined') this.neverAgain(node, node);
    else if (type === 'node.forgotten') this.neverAgain(event.member, node);
    else if (type === 'fault' && event.fault === 'disk lost') this.neverAgain(event.target, node);
    else if (type === 'partition.seen' || type === 'minority.paused') this.split.add(node);
    else if (type === 'autoheal') for (const loser of event.losers) this.split.add(loser);
  }

  private ended(node: string): void {
    const brokers = this.host.brokers();
    const broker = brokers.get(node);
    if (broker === undefined) return;
    const isUp = (member: string): boolean => member !== broker.cluster?.self && brokers.has(this.host.nameOf(member));
    const remains: Remains[] = [];
    for (const queue of queuesOf(broker)) {
      const held = heldIn(broker, queue);
      const lasting = queue.durable && queue.owner === null;
      // After a partition the other side may have it, too.
      const apart = this.split.has(node) && queue.mirrors !== null;
      const copied = apart || queue.mirrors?.some((mirror) => isUp(mirror.node)) === true;
      const passing = ({ message }: Held): boolean => !copied && !(lasting && message.traits.persistent);
      const about = { vhost: queue.vhost.name, queue: queue.name, id: queue.id };
      this.tell(node, about, 'restart', held.filter(passing));
      remains.push({ ...about, held: held.filter((one) => !passing(one)) });
    }
    this.remains.set(node, remains);
  }

  private runs(node: string): void {
    const broker = this.host.brokers().get(node);
    if (broker === undefined) return;
    for (const left of this.take(node)) {
      const queue = broker.vhosts.get(left.vhost)?.queues.get(left.queue);
      // Somebody has deleted it.
      if (queue?.id !== left.id) continue;
      if (queue instanceof ClassicQueue) {
        const now = broker.world.clock.now();
        const lost = left.held.filter(({ position, expiresAt }) => expiresAt > now && !queue.keeping.has(position));
        this.tell(node, left, 'restart', lost);
      } else this.tell(node, left, this.split.has(node) ? 'partition' : 'promotion', this.lackedElsewhere(left));
    }
    this.split.delete(node);
  }

  /** `node` will not come back with what it held; `teller` knows. */
  private neverAgain(node: string, teller: string): void {
    for (const left of this.take(node)) this.tell(teller, left, 'node-lost', this.lackedElsewhere(left));
  }

  private take(node: string): readonly Remains[] {
    const remains = this.remains.get(node) ?? [];
    this.remains.delete(node);
    return remains;
  }

  /** What the node that has the queue now does not have, and nobody has consumed. All of it, if there is no such node. */
  private lackedElsewhere({ vhost, queue, id, held }: Remains): readonly Held[] {
    const known = new Set<number>();
    let found = false;
    const brokers = [...this.host.brokers().values()];
    const isKnown = brokers.some((broker) => broker.vhosts.get(vhost)?.queues.get(queue)?.id === id);
    // Nodes that are down may have it on their disks, and there is nobody to ask.
    if (!isKnown && this.remains.size > 0) return [];
    for (const broker of brokers) {
      const now = broker.vhosts.get(vhost)?.queues.get(queue);
      if (!(now instanceof ClassicQueue) || now.id !== id) continue;
      // What lies on the disk has no number by which it would be known again.
      if (now.stock.shelved > 0) return [];
      found = true;
      for (const { message } of heldIn(broker, now)) known.add(message.id);
    }
    if (!found) return held;
    for (const event of this.host.trace.events) {
      if (!('queue' in event) || event.queue !== queue || !('vhost' in event) || event.vhost !== vhost) continue;
      if (event.type === 'queue.purged') return [];
      if (event.type === 'messages.lost') for (const { message } of event.messages) known.add(message);
      else if (OUT.has(event.type) && 'message' in event) known.add(event.message);
    }
    return held.filter(({ message }) => message.id !== UNTRACED && !known.has(message.id));
  }

  private tell(node: string, { vhost, queue }: Omit<Remains, 'held'>, reason: LossReason, lost: readonly Held[]): void {
    if (lost.length === 0) return;
    const messages = lost.slice(0, NAMED).map(({ message }) => ({ message: message.id, label: labelOf(message) }));
    this.host.trace.emit(node, { type: 'messages.lost', vhost, queue, reason, count: lost.length, messages });
  }
}

/** The classic queues that have their home on this node. */
function queuesOf(broker: Broker): ClassicQueue[] {
  const all = [...broker.vhosts.values()].flatMap(({ queues }) => [...queues.values()]);
  return all.filter((queue) => queue instanceof ClassicQueue);
}

/** What memory holds of a queue, and what consumers of this node hold; the oldest first. */
function heldIn(broker: Broker, queue: ClassicQueue): readonly Held[] {
  const held: Held[] = [];
  queue.ready.eachInMemory((one) => held.push(one));
  for (const { channels } of broker.connections) {
    for (const { unacked } of channels.values()) held.push(...unacked.list().filter((one) => one.queue === queue));
  }
  return held.sort((one, other) => one.position - other.position);
}
