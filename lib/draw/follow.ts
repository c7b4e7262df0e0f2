/**
 * The way of one message through the topology, read from recent events: who published it, which bindings took it, which
 * queues it is in, who holds it, whether it was dead-lettered. In front of a real RabbitMQ only wire events are known;
 * what happened between publish and deliver is then worked out from the bindings.
 */
import type { EventOf, TraceEvent } from '../trace/events';
import type { BindingSnapshot, Snapshot } from '../trace/snapshot';

export interface FollowedPath {
  readonly label: string;
  readonly found: boolean;
  /** Channels that published it, as `connection#channel`. */
  readonly publishers: ReadonlySet<string>;
  /** Of the latest publish. */
  readonly exchange: string;
  readonly routingKey: string;
  /** Exchanges it came through. */
  readonly exchanges: ReadonlySet<string>;
  readonly bindings: ReadonlySet<BindingSnapshot>;
  /** Queues it reached, whether or not it is still there. */
  readonly queues: ReadonlySet<string>;
  /** Queues whose alternate or dead-letter path it took, and the exchanges it went to from there. */
  readonly deadLettered: ReadonlyMap<string, string>;
  readonly alternates: ReadonlySet<string>;
  /** Consumers that hold it and have not settled it, as `connection#channel#tag`. */
  readonly holders: ReadonlySet<string>;
}

export function channelId(connection: string, channel: number): string {
  return `${connection}#${channel}`;
}

/** Whether a topic pattern (`*` one word, `#` none or more) matches a routing key. */
export function topicMatches(pattern: string, key: string): boolean {
  let states = new Set<number>();
  const words = pattern.split('.');
  const open = (state: number, into: Set<number>): void => {
    into.add(state);
    if (words[state] === '#') open(state + 1, into);
  };
  open(0, states);
  for (const word of key.split('.')) {
    const next = new Set<number>();
    for (const state of states) {
      if (words[state] === '#') open(state, next);
      else if (words[state] === '*' || words[state] === word) open(state + 1, next);
    }
    states = next;
  }
  return states.has(words.length);
}

/** Whether a binding of an exchange of this kind takes a routing key; undefined where headers or a plugin decide. */
function takes(kind: string | undefined, binding: BindingSnapshot, key: string): boolean | undefined {
  switch (kind) {
    case 'fanout':
      return true;
    case 'direct':
      return binding.routingKey === key;
    case 'topic':
      return topicMatches(binding.routingKey, key);
    default:
      return undefined;
  }
}

/** Follows the message called `label`; of several with that label, the one published last. */
export function followMessage(snapshot: Snapshot, label: string, recent: readonly TraceEvent[]): FollowedPath {
  const about = recent.filter((event) => 'label' in event && event.label === label);
  const publishes = about.filter((event): event is EventOf<'publish'> => event.type === 'publish');
  const last = publishes.at(-1);
  const reached = new Set<string>();
  const deadLettered = new Map<string, string>();
  const starts = publishes.map((event) => ({ exchange: event.exchange, key: event.routingKey }));
  for (const event of about) {
    if (event.type === 'enqueued' || event.type === 'get') reached.add(event.queue);
    if (event.type === 'deliver' && event.queue !== '') reached.add(event.queue);
    if (event.type === 'routed') for (const queue of event.queues) reached.add(queue);
    if (event.type === 'dead-lettered') {
      reached.add(event.queue);
      deadLettered.set(event.queue, event.exchange);
      starts.push({ exchange: event.exchange, key: event.routingKey });
    }
  }
  const told = about.some((event) => event.type === 'routed' || event.type === 'enqueued');
  const walk = walkBindings(snapshot, starts, told ? reached : undefined);
  return {
    label,
    found: about.length > 0,
    publishers: new Set(publishes.map((event) => channelId(event.connection, event.channel))),
    exchange: last?.exchange ?? '',
    routingKey: last?.routingKey ?? '',
    exchanges: walk.exchanges,
    bindings: walk.bindings,
    alternates: walk.alternates,
    queues: new Set([...reached, ...walk.queues]),
    deadLettered,
    holders: holdersOf(label, recent),
  };
}

interface Walk {
  readonly exchanges: Set<string>;
  readonly bindings: Set<BindingSnapshot>;
  readonly queues: Set<string>;
  readonly alternates: Set<string>;
}

/** Goes along every binding that takes the key; `reached` decides where the bindings alone cannot. */
function walkBindings(
  snapshot: Snapshot,
  starts: readonly { exchange: string; key: string }[],
  reached?: ReadonlySet<string>,
): Walk {
  const exchanges = new Map(snapshot.exchanges.map((exchange) => [exchange.name, exchange]));
  const bySource = new Map<string, BindingSnapshot[]>();
  for (const binding of snapshot.bindings) {
    const list = bySource.get(binding.source);
    if (list === undefined) bySource.set(binding.source, [binding]);
    else list.push(binding);
  }
  const walk: Walk = { exchanges: new Set(), bindings: new Set(), queues: new Set(), alternates: new Set() };
  const todo = [...starts];
  const seen = new Set<string>();
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const visit = JSON.stringify([at.exchange, at.key]);
    if (seen.has(visit)) continue;
    seen.add(visit);
    walk.exchanges.add(at.exchange);
    if (at.exchange === '') {
      if (snapshot.queues.some((queue) => queue.name === at.key)) walk.queues.add(at.key);
      continue;
    }
    const exchange = exchanges.get(at.exchange);
    let taken = 0;
    for (const binding of bySource.get(at.exchange) ?? []) {
      const known = takes(exchange?.kind, binding, at.key);
      const arrived = binding.toQueue && reached?.has(binding.destination) === true;
      if (known === false || (known === undefined && !arrived) || (binding.toQueue && reached !== undefined && !arrived))
        continue;
      taken++;
      walk.bindings.add(binding);
      if (binding.toQueue) walk.queues.add(binding.destination);
      else todo.push({ exchange: binding.destination, key: at.key });
    }
    if (taken === 0 && exchange?.alternateExchange) {
      walk.alternates.add(at.exchange);
      todo.push({ exchange: exchange.alternateExchange, key: at.key });
    }
  }
  return walk;
}

/** Who was handed the message and has neither acknowledged nor rejected it, nor lost its channel. */
function holdersOf(label: string, recent: readonly TraceEvent[]): Set<string> {
  const open = new Map<string, { channel: string; tag: number; queue: string; holder: string }>();
  const drop = (gone: (delivery: { channel: string; tag: number; queue: string }) => boolean): void => {
    for (const [key, delivery] of open) if (gone(delivery)) open.delete(key);
  };
  for (const event of recent) {
    if (event.type === 'deliver' && event.label === label) {
      const channel = channelId(event.connection, event.channel);
      const holder = `${channel}#${event.consumerTag}`;
      open.set(`${channel}#${event.deliveryTag}`, { channel, tag: event.deliveryTag, queue: event.queue, holder });
    } else if (event.type === 'ack' || event.type === 'reject') {
      const channel = channelId(event.connection, event.channel);
      const all = event.multiple && event.deliveryTag === 0;
      drop(
        (delivery) =>
          delivery.channel === channel &&
          (all || delivery.tag === event.deliveryTag || (event.multiple && delivery.tag < event.deliveryTag)),
      );
    } else if (event.type === 'channel.closed') {
      drop((delivery) => delivery.channel === channelId(event.connection, event.channel));
    } else if (event.type === 'connection.closed') {
      drop((delivery) => delivery.channel.startsWith(`${event.connection}#`));
    } else if (event.type === 'settled' && event.label === label) {
      drop((delivery) => delivery.queue === event.queue);
    }
  }
  return new Set([...open.values()].map((delivery) => delivery.holder));
}
