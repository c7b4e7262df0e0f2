/**
 * A virtual host: its exchanges, queues and bindings, and the rules by which they come and go (auto-delete of exchanges,
 * bindings that go with either end). `epoch` counts every change that can alter a route.
 */
import type { FieldTable } from '../amqp/field-table';
import type { VhostMetadata } from './api';
import { encodeTable } from '../amqp/field-table';
import { DefaultType } from './exchange/default';
import { Exchange, type Binding, type ExchangeAttributes, type ExchangeKind, type Target } from './exchange/exchange';
import { Firehose, TRACE_EXCHANGE } from './firehose';
import type { Host } from './host';
import { isSameRuling } from './policies';
import { ClassicQueue } from './queue/classic';
import type { DeletionReason, Queue, QueueAttributes } from './queue/queue';

/** Predeclared in every vhost: name, type, internal. */
const PREDECLARED: ReadonlyArray<readonly [string, ExchangeKind, boolean]> = [
  ['amq.direct', 'direct', false],
  ['amq.fanout', 'fanout', false],
  ['amq.topic', 'topic', false],
  ['amq.headers', 'headers', false],
  ['amq.match', 'headers', false],
  [TRACE_EXCHANGE, 'topic', true],
];

/** Of a queue's own number. */
const ID_OCTETS = 8;

/** Of a vhost that was made by its name alone. */
export const NO_METADATA: VhostMetadata = { description: '', tags: null, defaultQueueType: null };

export class Vhost {
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  /** Grows with every change of exchanges, queues or bindings; routes found before are then void. */
  epoch = 0;
  /** Null while nobody traces the vhost. */
  firehose: Firehose | null = null;

  constructor(
    readonly name: string,
    readonly host: Host,
    public metadata: VhostMetadata = NO_METADATA,
  ) {
    const common = { durable: true, autoDelete: false, args: new Map() };
    this.exchanges.set('', new Exchange({ name: '', kind: 'direct', internal: false, ...common }, new DefaultType()));
    for (const [exchange, kind, internal] of PREDECLARED) {
      this.exchanges.set(exchange, new Exchange({ name: exchange, kind, internal, ...common }));
    }
  }

  /** Lasts until the node is started again. */
  setTracing(on: boolean): void {
    this.firehose = on ? (this.firehose ?? new Firehose(this)) : null;
  }

  declareExchange(attributes: ExchangeAttributes): Exchange {
    const exchange = new Exchange(attributes);
    this.exchanges.set(exchange.name, exchange);
    this.ruleExchange(exchange);
    this.epoch++;
    this.host.catalogue.exchangeDeclared(this.name, exchange);
    this.host.emit({ type: 'exchange.declared', vhost: this.name, exchange: exchange.name, kind: exchange.kind });
    return exchange;
  }

  deleteExchange(exchange: Exchange): void {
    // A list, not a recursion: auto-delete exchanges may form a chain as long as clients like.
    const doomed = [exchange];
    for (const each of doomed) {
      if (this.exchanges.get(each.name) !== each) continue;
      this.exchanges.delete(each.name);
      this.epoch++;
      for (const binding of [...each.outgoing.values()]) this.removeBinding(binding);
      for (const binding of [...each.incoming]) {
        this.removeBinding(binding);
        if (isDone(binding.source)) doomed.push(binding.source);
      }
      this.host.catalogue.exchangeDeleted(this.name, each);
      this.host.emit({ type: 'exchange.deleted', vhost: this.name, exchange: each.name });
    }
  }

  /** A new queue; its home is chosen here. */
  newQueue(attributes: Omit<QueueAttributes, 'home' | 'id'>): Queue {
    const { cluster, nodeName, world } = this.host;
    const home = cluster?.homeOf(this, attributes) ?? nodeName;
    return this.declareQueue({ ...attributes, home, id: Buffer.from(world.random.bytes(ID_OCTETS)).toString('hex') });
  }

  declareQueue(attributes: QueueAttributes): Queue {
    const queue = this.host.cluster?.queue(this, attributes) ?? new ClassicQueue(this, attributes);
    this.queues.set(queue.name, queue);
    this.epoch++;
    this.host.catalogue.queueDeclared(queue);
    const { name, durable, autoDelete, owner } = queue;
    this.host.emit({ type: 'queue.declared', vhost: this.name, queue: name, durable, autoDelete, exclusive: owner !== null });
    return queue;
  }

  /** Returns how many ready messages went with it. */
  deleteQueue({ name, id }: Queue, reason: DeletionReason): number {
    const queue = this.queues.get(name);
    // It may be another object than the caller has known (`replaceQueue`).
    if (queue === undefined || queue.id !== id) return 0;
    this.queues.delete(name);
    this.epoch++;
    for (const binding of [...queue.incoming]) this.unbind(binding);
    // Its messages first: a node that goes down in between has an empty queue, not messages for the next one of its name.
    const lost = queue.destroy(reason);
    this.host.catalogue.queueDeleted(queue);
    return lost;
  }

  /** The object that stands for this queue now, wherever it lives; null if the queue is gone. */
  sameQueue({ name, id }: Queue): Queue | null {
    const now = this.queues.get(name);
    return now?.id === id ? now : null;
  }

  /** Another object goes on as the queue, with the same definition but for its home. Bindings and consumers go over to it. */
  replaceQueue(queue: Queue, next: Queue): void {
    this.queues.set(next.name, next);
    this.epoch++;
    for (const binding of queue.incoming) {
      const { source, id } = binding;
      const moved = { ...binding, target: next };
      source.outgoing.set(id, moved);
      source.type.remove(binding);
      source.type.add(moved);
      next.incoming.add(moved);
    }
    queue.incoming.clear();
    queue.leaveTo(next);
  }

  /** Queues of a node that is gone. Those that would not outlive it go; the others are not routed to, as long as it is away. */
  homeDown(node: string): void {
    this.epoch++;
    for (const queue of [...this.queues.values()]) {
      if (queue.home === node && !queue.durable && !queue.reachable) this.deleteQueue(queue, 'node-down');
    }
  }

  /** The policies of the vhost have changed. */
  applyPolicies(): void {
    for (const exchange of this.exchanges.values()) this.ruleExchange(exchange);
    for (const queue of [...this.queues.values()]) {
      const ruling = this.host.ruling(this.name, queue.kind === 'quorum' ? 'quorum queue' : 'queue', queue.name);
      if (isSameRuling(queue.ruling, ruling)) continue;
      queue.applyPolicy(ruling);
      this.host.cluster?.ruled(queue);
    }
  }

  private ruleExchange(exchange: Exchange): void {
    const ruling = this.host.ruling(this.name, 'exchange', exchange.name);
    if (isSameRuling(exchange.ruling, ruling)) return;
    exchange.applyPolicy(ruling);
    this.epoch++;
  }

  /** Binding twice with the same key and arguments is one binding. The source's type has accepted the arguments. */
  bind(source: Exchange, target: Target, routingKey: string, args: FieldTable): void {
    const id = bindingId(target, routingKey, args);
    if (source.outgoing.has(id)) return;
    const binding: Binding = { source, target, routingKey, args, id };
    source.outgoing.set(id, binding);
    target.incoming.add(binding);
    source.type.add(binding);
    this.epoch++;
    this.host.catalogue.bound(this.name, binding);
    this.traceBinding('binding.added', binding);
  }

  binding(source: Exchange, target: Target, routingKey: string, args: FieldTable): Binding | undefined {
    return source.outgoing.get(bindingId(target, routingKey, args));
  }

  /** An auto-delete exchange goes with its last binding. */
  unbind(binding: Binding): void {
    this.removeBinding(binding);
    if (isDone(binding.source)) this.deleteExchange(binding.source);
  }

  private removeBinding(binding: Binding): void {
    const { source, target } = binding;
    source.outgoing.delete(binding.id);
    target.incoming.delete(binding);
    source.type.remove(binding);
    this.epoch++;
    this.host.catalogue.unbound(this.name, binding);
    this.traceBinding('binding.removed', binding);
  }

  private traceBinding(type: 'binding.added' | 'binding.removed', { source, target, routingKey }: Binding): void {
    this.host.emit({
      type,
      vhost: this.name,
      source: source.name,
      destination: target.name,
      toQueue: !(target instanceof Exchange),
      routingKey,
    });
  }
}

function isDone(source: Exchange): boolean {
  return source.autoDelete && source.outgoing.size === 0;
}

function bindingId(target: Target, routingKey: string, args: FieldTable): string {
  const sorted = new Map([...args].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  const kind = target instanceof Exchange ? 'exchange' : 'queue';
  return JSON.stringify([kind, target.name, routingKey, encodeTable(sorted).toString('latin1')]);
}
