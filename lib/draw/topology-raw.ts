/** The snapshot as items and links, one for each thing, before folding. */
import type { TraceEvent } from '../trace/events';
import type { ExchangeSnapshot, Snapshot } from '../trace/snapshot';
import { channelId, type FollowedPath } from './follow';
import { bindingLabel, clientItems, consumerItems, queueItems, sortedConnections } from './topology-items';
import type { ClientItem, ConsumerItem, ExchangeItem, Link, LinkKind, QueueItem } from './topology-model';
import { byName, sortedBy, visible } from './words';

export interface RawTopology {
  readonly clients: readonly ClientItem[];
  readonly exchanges: readonly ExchangeItem[];
  readonly queues: readonly QueueItem[];
  readonly consumers: readonly ConsumerItem[];
  /** Queue of each consumer, by item id. */
  readonly queueOf: ReadonlyMap<string, string>;
  readonly links: readonly Link[];
}

function link(kind: LinkKind, from: string, to: string, more: Partial<Link> = {}): Link {
  return {
    kind,
    from,
    to,
    count: 1,
    label: '',
    mono: false,
    followed: false,
    faded: false,
    carries: false,
    folded: false,
    ...more,
  };
}

export function rawTopology(
  snapshot: Snapshot,
  recent: readonly TraceEvent[],
  path: FollowedPath | undefined,
  predeclared: boolean,
): RawTopology {
  const targets = publishTargets(snapshot, recent);
  const roles = exchangeRoles(snapshot, targets);
  const exchanges = exchangeItems(snapshot, roles, targets, predeclared);
  const shown = new Map(exchanges.map((item) => [item.id, item]));
  const defaults = shown.has('x:') ? defaultTargets(snapshot, recent, path) : new Set<string>();
  const links: Link[] = [];
  for (const [channel, names] of targets) {
    for (const name of names) {
      const followed = path?.publishers.has(channel) === true && path.exchange === name;
      if (shown.has(`x:${name}`)) links.push(link('publish', `p:${channel}`, `x:${name}`, { followed, carries: followed }));
    }
  }
  links.push(...bindingLinks(snapshot, path, shown, roles.deadOnly));
  for (const queue of [...defaults].sort(byName)) {
    const followed = path?.exchanges.has('') === true && path.queues.has(queue);
    links.push(
      link('bind', 'x:', `q:${queue}`, { label: visible(queue), mono: true, followed, carries: followed && !path.holders.size }),
    );
  }
  links.push(...deadLinks(snapshot, path, shown));
  const consumers = consumerItems(snapshot);
  for (const [i, consumer] of consumers.sorted.entries()) {
    const item = consumers.items[i] as ConsumerItem;
    const holder = `${channelId(consumer.connection, consumer.channel)}#${consumer.consumerTag}`;
    const carries = path?.holders.has(holder) === true && !consumer.noAck && path.queues.has(consumer.queue);
    links.push(link('deliver', `q:${consumer.queue}`, item.id, { followed: carries, carries }));
  }
  return {
    clients: clientItems(snapshot, targets, path),
    exchanges,
    queues: queueItems(snapshot, roles.deadOnly, defaults),
    consumers: consumers.items,
    queueOf: new Map(consumers.sorted.map((consumer, i) => [(consumers.items[i] as ConsumerItem).id, consumer.queue])),
    links,
  };
}

/** Exchanges each open channel published to, by channel. */
export function publishTargets(snapshot: Snapshot, recent: readonly TraceEvent[]): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const connection of sortedConnections(snapshot)) {
    for (const channel of connection.channels) {
      targets.set(channelId(connection.connection, channel.channel), [...new Set(channel.publishedTo)]);
    }
  }
  for (const event of recent) {
    if (event.type !== 'publish') continue;
    const names = targets.get(channelId(event.connection, event.channel));
    if (names !== undefined && !names.includes(event.exchange)) names.push(event.exchange);
  }
  for (const names of targets.values()) names.sort(byName);
  return targets;
}

export interface ExchangeRoles {
  /** Exchanges that dead letters alone come to. */
  readonly deadOnly: ReadonlySet<string>;
  /** Names used as dead-letter or alternate exchange that nobody declared. */
  readonly missing: readonly string[];
  /** Names of exchanges that something uses. */
  readonly used: ReadonlySet<string>;
}

function exchangeRoles(snapshot: Snapshot, targets: ReadonlyMap<string, readonly string[]>): ExchangeRoles {
  const declared = new Set(snapshot.exchanges.map((exchange) => exchange.name));
  const deadLetter = new Set(snapshot.queues.flatMap((queue) => queue.deadLetterExchange ?? []));
  const alternate = new Set(snapshot.exchanges.flatMap((exchange) => exchange.alternateExchange ?? []));
  const published = new Set([...targets.values()].flat());
  const used = new Set([...published, ...alternate]);
  const busy = new Set([...published, ...alternate]);
  for (const exchange of snapshot.exchanges) if (exchange.alternateExchange !== null) busy.add(exchange.name);
  for (const binding of snapshot.bindings) {
    if (binding.source === '') continue;
    used.add(binding.source);
    if (binding.toQueue) continue;
    used.add(binding.destination);
    busy.add(binding.source).add(binding.destination);
  }
  for (const name of deadLetter) if (name !== '') used.add(name);
  const deadOnly = new Set([...deadLetter].filter((name) => name !== '' && !busy.has(name)));
  const missing = [...deadLetter, ...alternate].filter((name) => name !== '' && !declared.has(name));
  return { deadOnly, missing: [...new Set(missing)].sort(byName), used };
}

function exchangeItems(
  snapshot: Snapshot,
  roles: ExchangeRoles,
  targets: ReadonlyMap<string, readonly string[]>,
  predeclared: boolean,
): ExchangeItem[] {
  const system = (name: string): boolean => name === '' || name.startsWith('amq.');
  const wanted = snapshot.exchanges.filter(({ name }) => predeclared || roles.used.has(name) || !system(name));
  const items = wanted.map((exchange): ExchangeItem => exchangeItem(exchange, roles.deadOnly.has(exchange.name)));
  if (!items.some((item) => item.id === 'x:') && [...targets.values()].some((names) => names.includes(''))) {
    const unnamed = { name: '', kind: 'direct', durable: true, autoDelete: false, internal: false, alternateExchange: null };
    items.push(exchangeItem(unnamed, false));
  }
  for (const name of roles.missing) {
    const right = roles.deadOnly.has(name);
    items.push({
      kind: 'exchange',
      id: `x:${name}`,
      count: 0,
      name: visible(name),
      type: 'not declared',
      flags: '',
      look: 'missing',
      right,
    });
  }
  return sortedBy(items, (item) => item.id);
}

function exchangeItem(exchange: ExchangeSnapshot, dead: boolean): ExchangeItem {
  const flags = [
    exchange.durable ? '' : 'transient',
    exchange.autoDelete ? 'auto-delete' : '',
    exchange.internal ? 'internal' : '',
  ];
  return {
    kind: 'exchange',
    id: `x:${exchange.name}`,
    count: 1,
    name: exchange.name === '' ? '(default)' : visible(exchange.name),
    type: visible(exchange.kind),
    flags: flags.filter((flag) => flag !== '').join(' · '),
    look: dead ? 'dead' : 'plain',
    right: dead,
  };
}

/**
 * The queues drawn behind the default exchange. Every queue is bound to it; shown are those that recent events name, or,
 * where no event is known, those that nothing else leads to.
 */
export function defaultTargets(snapshot: Snapshot, recent: readonly TraceEvent[], path: FollowedPath | undefined): Set<string> {
  const names = new Set(snapshot.queues.map((queue) => queue.name));
  const keys = recent.flatMap((event) => (event.type === 'publish' && event.exchange === '' ? event.routingKey : []));
  if (path?.publishers.size && path.exchange === '') keys.push(path.routingKey);
  const known = new Set(keys.filter((key) => names.has(key)));
  if (known.size > 0) return known;
  const led = new Set(
    snapshot.bindings.flatMap((binding) => (binding.toQueue && binding.source !== '' ? binding.destination : [])),
  );
  for (const queue of snapshot.queues) {
    if (queue.deadLetterExchange === '' && queue.deadLetterRoutingKey !== null) led.add(queue.deadLetterRoutingKey);
  }
  return new Set([...names].filter((name) => !led.has(name)));
}

function bindingLinks(
  snapshot: Snapshot,
  path: FollowedPath | undefined,
  shown: ReadonlyMap<string, ExchangeItem>,
  deadOnly: ReadonlySet<string>,
): Link[] {
  const links: Link[] = [];
  const queues = new Set(snapshot.queues.map((queue) => queue.name));
  for (const binding of snapshot.bindings) {
    const source = shown.get(`x:${binding.source}`);
    const to = binding.toQueue ? `q:${binding.destination}` : `x:${binding.destination}`;
    if (binding.source === '' || source === undefined) continue;
    if (binding.toQueue ? !queues.has(binding.destination) : !shown.has(to)) continue;
    const followed = path?.bindings.has(binding) === true;
    const faded = path?.found === true && !followed && path.exchanges.has(binding.source);
    const held = path === undefined || path.holders.size > 0;
    const kind = deadOnly.has(binding.source) && binding.toQueue ? 'collect' : 'bind';
    const { label, mono } = bindingLabel(binding, source.type);
    links.push(link(kind, source.id, to, { label, mono, followed, faded, carries: followed && binding.toQueue && !held }));
  }
  const order = (entry: Link): string => JSON.stringify([entry.from, entry.to, entry.label]);
  return sortedBy(links, order);
}

function deadLinks(snapshot: Snapshot, path: FollowedPath | undefined, shown: ReadonlyMap<string, ExchangeItem>): Link[] {
  const links: Link[] = [];
  const names = new Set(snapshot.queues.map((queue) => queue.name));
  for (const exchange of sortedBy(snapshot.exchanges, (item) => item.name)) {
    const from = `x:${exchange.name}`;
    const to = `x:${exchange.alternateExchange}`;
    if (exchange.alternateExchange === null || !shown.has(from) || !shown.has(to)) continue;
    links.push(link('alternate', from, to, { label: 'if unrouted', followed: path?.alternates.has(exchange.name) === true }));
  }
  for (const queue of sortedBy(snapshot.queues, (item) => item.name)) {
    const exchange = queue.deadLetterExchange;
    if (exchange === null) continue;
    const direct = exchange === '' && queue.deadLetterRoutingKey !== null && names.has(queue.deadLetterRoutingKey);
    const to = direct ? `q:${queue.deadLetterRoutingKey}` : `x:${exchange}`;
    if (!direct && !shown.has(to)) continue;
    const followed = path?.deadLettered.get(queue.name) === exchange;
    links.push(link('dead', `q:${queue.name}`, to, { followed, carries: followed && direct && path?.holders.size === 0 }));
  }
  return links;
}
