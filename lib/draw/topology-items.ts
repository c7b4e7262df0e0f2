/** Clients, queues and consumers of a snapshot as the boxes of a picture, with their words. */
import type { BindingSnapshot, ConnectionSnapshot, ConsumerSnapshot, QueueSnapshot, Snapshot } from '../trace/snapshot';
import { channelId, type FollowedPath } from './follow';
import type { ClientItem, ConsumerItem, QueueItem } from './topology-model';
import { byName, commas, count, duration, sortedBy, visible } from './words';

/** What a connection is called: its name, else the client's end of it. */
export function connectionName(connection: Pick<ConnectionSnapshot, 'name' | 'connection'>): string {
  return connection.name !== '' ? connection.name : (connection.connection.split(' -> ')[0] as string);
}

/** Tags that a client library or the broker made up say nothing to a reader. */
function chosenTag(tag: string): boolean {
  return tag !== '' && !/^(amq\.ctag-|ctag\d+\.|none$)/.test(tag);
}

export function sortedConnections(snapshot: Snapshot): ConnectionSnapshot[] {
  return sortedBy(snapshot.connections, (item) => item.connection);
}

/** A box for each channel that publishes or idles, and for each connection without channels. */
export function clientItems(
  snapshot: Snapshot,
  targets: ReadonlyMap<string, readonly string[]>,
  path: FollowedPath | undefined,
): ClientItem[] {
  const connections = sortedConnections(snapshot);
  const consuming = new Set(snapshot.consumers.map((consumer) => channelId(consumer.connection, consumer.channel)));
  const items: ClientItem[] = [];
  for (const [i, connection] of connections.entries()) {
    const name = visible(connectionName(connection));
    const state = connection.state === 'running' ? '' : connection.state;
    if (connection.channels.length === 0) {
      const lines = [`conn ${i + 1}`, state === '' ? 'no channel' : state];
      items.push({ kind: 'client', id: `p:${connection.connection}`, count: 1, name, lines, sends: false });
    }
    for (const channel of [...connection.channels].sort((a, b) => a.channel - b.channel)) {
      const id = channelId(connection.connection, channel.channel);
      const sends = channel.published > 0 || (targets.get(id)?.length ?? 0) > 0;
      if (!sends && consuming.has(id)) continue;
      const mode = channel.tx ? 'transactions' : channel.confirm ? `confirms, ${commas(channel.unconfirmed)} open` : '';
      const idle = sends || mode !== '' ? '' : 'nothing sent yet';
      const lines = [`conn ${i + 1} · channel ${channel.channel}`, state !== '' ? state : mode !== '' ? mode : idle].filter(
        (line) => line !== '',
      );
      const publishes = path?.publishers.has(id) === true ? { publishes: publishWords(path) } : {};
      items.push({ kind: 'client', id: `p:${id}`, count: 1, name, lines, sends, ...publishes });
    }
  }
  return items;
}

/** A key that the message is also called by says nothing new. */
function publishWords({ label, routingKey }: FollowedPath): { label: string; key: string } {
  return { label: visible(label), key: routingKey === label ? '' : visible(routingKey) };
}

/** Properties and arguments in words, the durability first. */
export function queueFlags(queue: QueueSnapshot): string[] {
  const flags: string[] = queue.kind === 'classic' ? [] : [queue.kind];
  if (queue.kind === 'classic' || queue.kind === 'mirrored') flags.push(queue.durable ? 'durable' : 'transient');
  if (queue.exclusive) flags.push('exclusive');
  if (queue.autoDelete) flags.push('auto-delete');
  const given = queue.arguments;
  const number = (name: string): number | undefined => {
    const value = given[name];
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  };
  const ttl = number('x-message-ttl');
  const expires = number('x-expires');
  const most = number('x-max-length');
  const bytes = number('x-max-length-bytes');
  const priorities = number('x-max-priority');
  if (ttl !== undefined) flags.push(`ttl ${duration(ttl)}`);
  if (expires !== undefined) flags.push(`expires ${duration(expires)}`);
  if (most !== undefined) flags.push(`at most ${commas(most)}`);
  if (bytes !== undefined) flags.push(`at most ${count(bytes, 'byte')}`);
  if (typeof given['x-overflow'] === 'string' && given['x-overflow'] !== 'drop-head') flags.push(visible(given['x-overflow']));
  if (priorities !== undefined) flags.push(`priorities 0–${commas(priorities)}`);
  if (given['x-single-active-consumer'] === true) flags.push('single active');
  if (queue.deadLetterExchange === '' && queue.deadLetterRoutingKey === null) flags.push('dead letters keep their key');
  return flags;
}

/** A box for each queue. `deadOnly` are the exchanges of dead letters, `defaults` the queues behind the default exchange. */
export function queueItems(snapshot: Snapshot, deadOnly: ReadonlySet<string>, defaults: ReadonlySet<string>): QueueItem[] {
  const fromDead = new Set<string>();
  const fromOther = new Set(defaults);
  for (const binding of snapshot.bindings) {
    if (binding.toQueue && binding.source !== '') (deadOnly.has(binding.source) ? fromDead : fromOther).add(binding.destination);
  }
  for (const queue of snapshot.queues) {
    if (queue.deadLetterExchange === '' && queue.deadLetterRoutingKey !== null) fromDead.add(queue.deadLetterRoutingKey);
  }
  const down = new Set(
    snapshot.nodes.filter((node) => node.state === 'killed' || node.state === 'stopped').map((node) => node.name),
  );
  const items = snapshot.queues.map((queue): QueueItem => {
    const flags = queueFlags(queue);
    if (snapshot.nodes.length > 1) flags.push(`on ${visible(queue.node)}`);
    return {
      kind: 'queue',
      id: `q:${queue.name}`,
      count: 1,
      name: visible(queue.name),
      flags,
      ready: queue.ready,
      unacked: queue.unacked,
      consumers: queue.consumers,
      dead: fromDead.has(queue.name) && !fromOther.has(queue.name),
      down: down.has(queue.node),
      deepest: queue.ready + queue.unacked,
      remark: '',
    };
  });
  return sortedBy(items, (item) => item.id);
}

/** A box for each consumer, in the order of `sorted`. */
export function consumerItems(snapshot: Snapshot): { items: ConsumerItem[]; sorted: ConsumerSnapshot[] } {
  const connections = sortedConnections(snapshot);
  const numbers = new Map(connections.map((connection, i) => [connection.connection, i + 1]));
  const known = new Map(connections.map((connection) => [connection.connection, connection]));
  const key = (consumer: ConsumerSnapshot): string =>
    JSON.stringify([consumer.queue, consumer.connection, consumer.channel, consumer.consumerTag]);
  const sorted = sortedBy(snapshot.consumers, key);
  const items = sorted.map((consumer, i): ConsumerItem => {
    const connection = known.get(consumer.connection);
    const channel = connection?.channels.find((candidate) => candidate.channel === consumer.channel);
    const owner = connection === undefined ? consumer.consumerTag : connectionName(connection);
    const number = numbers.get(consumer.connection);
    const place = number === undefined ? `channel ${consumer.channel}` : `conn ${number} · channel ${consumer.channel}`;
    const notes = [consumer.exclusive ? 'exclusive' : '', consumer.active ? '' : 'stands by'];
    if (consumer.priority !== 0) notes.push(`priority ${consumer.priority}`);
    const limit = consumer.noAck ? 0 : consumer.prefetch;
    const shared = consumer.noAck ? 0 : (channel?.globalPrefetch ?? 0);
    const slots = limit > 0 && limit <= 12 && consumer.unacked <= limit ? limit : 0;
    const own = limit > 0 ? `prefetch ${commas(limit)}` : shared > 0 ? `shared limit ${commas(shared)}` : 'no limit';
    const held = slots > 0 || consumer.noAck ? '' : `${commas(consumer.unacked)} unacked`;
    const brief = limit > 0 ? `${commas(consumer.unacked)} of ${commas(limit)} unacked` : `${commas(consumer.unacked)} unacked`;
    return {
      kind: 'consumer',
      id: `c:${i}`,
      count: 1,
      name: visible(chosenTag(consumer.consumerTag) ? consumer.consumerTag : owner),
      lines: [consumer.noAck ? 'automatic ack' : own, held, place, notes.filter((note) => note !== '').join(' · ')].filter(
        (line) => line !== '',
      ),
      brief: consumer.noAck ? 'automatic ack' : brief,
      slots,
      unacked: consumer.unacked,
    };
  });
  return { items, sorted };
}

/** `format=pdf, type=report` of a headers binding, `x-match` first. */
function headersLabel(binding: BindingSnapshot): string {
  const { 'x-match': match, ...headers } = binding.arguments;
  const pairs = Object.keys(headers)
    .sort(byName)
    .map((key) => `${key}=${argumentText(headers[key])}`);
  return `${typeof match === 'string' ? match : 'all'}: ${pairs.length === 0 ? 'no headers' : pairs.join(', ')}`;
}

/** A value of a table as text, the same on every machine. */
export function argumentText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? String(value);
}

/** What stands on the line of a binding, and whether it is typed text. */
export function bindingLabel(binding: BindingSnapshot, type: string): { label: string; mono: boolean } {
  const key = visible(binding.routingKey);
  if (type === 'headers') return { label: visible(headersLabel(binding)), mono: true };
  if (type === 'fanout') return key === '' ? { label: '(no key)', mono: false } : { label: `${key} (ignored)`, mono: true };
  return key === '' ? { label: '""', mono: true } : { label: key, mono: true };
}

/** The same for a table, where there is room for the words. */
export function bindingWords(binding: BindingSnapshot, type: string): string {
  const { label } = bindingLabel(binding, type);
  return label === '(no key)' ? 'no key' : label === '""' ? 'empty key' : label;
}
