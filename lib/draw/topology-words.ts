/** The words of a topology picture: title, corner, one sentence, the story, remarks, and the same as a table. */
import type { Snapshot } from '../trace/snapshot';
import type { Table } from './table';
import { argumentText, bindingWords, connectionName, queueFlags, sortedConnections } from './topology-items';
import { isDown, type Topology, type TopologyOptions } from './topology-model';
import { byName, clock, commas, count, FONTS, shorten, sortedBy, visible } from './words';

/** Nodes with a container of their own. */
export const MOST_NODES = 5;

export interface TopologyWords {
  readonly title: string;
  readonly corner: string;
  readonly name: string;
  readonly story: string;
  readonly remarks: readonly string[];
  readonly table: Table;
}

export function topologyWords(snapshot: Snapshot, topology: Topology, options: TopologyOptions): TopologyWords {
  const nodes = snapshot.nodes.map((node) => visible(node.name));
  const place = nodes.length <= 1 ? nodes.map((name) => shorten(name, 130, FONTS.small)) : [`${nodes.length} nodes`];
  return {
    title: options.title ?? defaultTitle(snapshot, topology),
    corner: [...place, `vhost ${shorten(visible(snapshot.vhost), 130, FONTS.small)}`, `lab time ${clock(snapshot.at)}`].join(
      ' · ',
    ),
    name: options.title === undefined ? `${census(snapshot)}` : `${options.title.replace(/[.?!:]*$/, '')}: ${census(snapshot)}`,
    story: story(topology),
    remarks: remarks(snapshot, topology),
    table: topologyTable(snapshot, topology),
  };
}

export function isEmpty(topology: Topology): boolean {
  return topology.clients.length + topology.exchanges.length + topology.queues.length + topology.consumers.length === 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function census(snapshot: Snapshot): string {
  const channels = sum(snapshot.connections.map((connection) => connection.channels.length));
  const own = snapshot.exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.')).length;
  const parts = [
    `${count(snapshot.connections.length, 'connection')} with ${count(channels, 'channel')}`,
    count(own, 'declared exchange'),
    count(snapshot.queues.length, 'queue'),
    count(snapshot.consumers.length, 'consumer'),
  ];
  return parts.join(', ');
}

function defaultTitle(snapshot: Snapshot, topology: Topology): string {
  const stopped = snapshot.nodes.filter((node) => node.state !== 'running');
  const ready = sum(snapshot.queues.map((queue) => queue.ready));
  const unacked = sum(snapshot.queues.map((queue) => queue.unacked));
  const first = stopped[0];
  if (topology.path !== undefined) return `Where does ${visible(topology.path.label)} go?`;
  if (first !== undefined && stopped.length === 1)
    return `${visible(first.name)} is ${first.state}: ${STOPPED[first.state] ?? ''}`;
  if (first !== undefined) return `${count(stopped.length, 'node')} of ${snapshot.nodes.length} are down`;
  if (isEmpty(topology)) return 'An empty broker: what will stand here?';
  if (snapshot.queues.length === 0) {
    const publishing = topology.clients.some((client) => client.sends);
    if (publishing) return 'No queue yet: what is published goes nowhere';
    const exchanges = sum(topology.exchanges.map((item) => item.count));
    if (exchanges === 0) return `${count(snapshot.connections.length, 'connection')}, nothing declared yet`;
    return `${count(exchanges, 'exchange')}, no queue yet`;
  }
  if (topology.chosen) return `${count(snapshot.queues.length, 'queue')}: the ones that matter, the rest counted`;
  if (ready + unacked === 0) return `${count(snapshot.queues.length, 'queue')}, all empty`;
  const holding = snapshot.queues.filter((queue) => queue.ready + queue.unacked > 0).length;
  const some = `${count(ready + unacked, 'message')} in ${count(holding, 'queue')}`;
  return unacked === 0 ? `${some}, none handed out` : `${some}, ${commas(unacked)} not acknowledged yet`;
}

const STOPPED: Readonly<Record<string, string>> = {
  killed: 'every connection is lost',
  stopped: 'every client was told',
  paused: 'nothing answers, and nobody is told',
};

function story(topology: Topology): string {
  const sentences: string[] = [];
  const { path } = topology;
  if (path?.found && path.publishers.size > 0) {
    const where = [...path.queues].sort(byName).map(visible);
    const into = where.length === 0 ? 'no queue' : where.slice(0, 5).join(', ');
    sentences.push(
      `${path.label} went to ${exchangeName(path.exchange)} with routing key ${visible(path.routingKey)} and into ${into}.`,
    );
  }
  for (const exchange of topology.exchanges.slice(0, 6)) {
    const out = topology.links.filter((link) => link.from === exchange.id && link.kind !== 'alternate');
    const names = [...new Set(out.map((link) => nameOf(topology, link.to)))];
    if (exchange.count === 1 && names.length > 0)
      sentences.push(`${exchange.name} (${exchange.type}) leads to ${names.slice(0, 4).join(', ')}.`);
  }
  for (const queue of topology.queues) {
    const hold = queue.down ? 'held' : queue.count > 1 ? 'hold' : 'holds';
    const many = queue.count > 1 ? `${count(queue.count, 'queue')} ${queue.name} ${hold}` : `${queue.name} ${hold}`;
    if (queue.down && topology.lastSeen === undefined) {
      sentences.push(`What ${queue.name} holds is unknown.`);
      continue;
    }
    const who = queue.consumers === 0 ? 'no consumer' : count(queue.consumers, 'consumer');
    sentences.push(`${many} ${commas(queue.ready)} ready, ${commas(queue.unacked)} unacked, ${who}.`);
  }
  if (sentences.length === 0) sentences.push('Nothing is connected and nothing is declared.');
  return sentences.join(' ');
}

function exchangeName(name: string): string {
  return name === '' ? 'the default exchange' : visible(name);
}

function nameOf(topology: Topology, id: string): string {
  const items = [...topology.exchanges, ...topology.queues];
  return items.find((item) => item.id === id)?.name ?? '';
}

function remarks(snapshot: Snapshot, topology: Topology): string[] {
  const lines: string[] = [];
  const scale = `One scale for all queue bars: full width = ${commas(barScale(topology))} messages.`;
  const down = topology.queues.every((queue) => queue.down);
  const faded = topology.links.some((link) => link.faded) ? ' Faded: a binding that does not match this key.' : '';
  const { path } = topology;
  if (path !== undefined && !path.found) lines.push(`${visible(path.label)} does not appear in the recent events.`);
  if (topology.lastSeen !== undefined) lines.push(`What is dead is drawn as it was last seen, at ${clock(topology.lastSeen)}.`);
  if (topology.queues.length > 0 && !down) lines.push(scale + faded);
  else if (faded !== '') lines.push(faded.trim());
  if (topology.exchanges.some((item) => item.id === 'x:')) {
    lines.push('The default exchange has no name; every queue is bound to it, and the key is the name of the queue.');
  }
  if (topology.deadLetters.length > 0) lines.push(deadLetterWords(topology));
  if (topology.chosen) lines.push(totals(snapshot, topology));
  if (snapshot.nodes.length > MOST_NODES)
    lines.push(`${count(snapshot.nodes.length - MOST_NODES, 'more node')} in the table below the picture.`);
  const clients = topology.clients.filter((item) => item.count > 1).length;
  const exchanges = topology.exchanges.filter((item) => item.count > 1).length;
  const consumers = topology.consumers.filter((item) => item.count > 1).length;
  if (clients + exchanges + consumers > 0 || topology.chosen)
    lines.push('What is folded stands in full in the table below the picture.');
  const running = snapshot.nodes.every((node) => node.state === 'running');
  if (isEmpty(topology) && running)
    lines.push('The default exchange and six called amq.* are always there; a picture shows them once something uses them.');
  return lines;
}

/** Full bar width in messages: the deepest shown queue, rounded up to 1, 2 or 5 times a power of ten, at least 10. */
export function barScale(topology: Topology): number {
  const single = topology.queues.filter((queue) => queue.count === 1 && !queue.down);
  const deepest = Math.max(10, ...single.map((queue) => queue.ready + queue.unacked));
  const power = 10 ** Math.floor(Math.log10(deepest));
  return [1, 2, 5, 10].map((step) => step * power).find((full) => full >= deepest) ?? deepest;
}

function deadLetterWords(topology: Topology): string {
  const targets = [...new Set(topology.deadLetters.map((entry) => entry.exchange))].sort(byName);
  const [only] = targets;
  const from = count(new Set(topology.deadLetters.map((entry) => entry.queue)).size, 'queue');
  if (targets.length !== 1 || only === undefined)
    return `Dead letters of ${from} go to ${count(targets.length, 'place')}; see the table.`;
  return `Dead letters of ${from} go to ${only === '' ? 'the default exchange' : visible(only)}.`;
}

/** Shows that the rows and stacks add up to all queues and all ready messages. */
function totals(snapshot: Snapshot, topology: Topology): string {
  const groups = topology.queues.filter((item) => item.count > 1);
  const rows = topology.queues.filter((item) => item.count === 1);
  const all = `${count(snapshot.queues.length, 'queue')}`;
  const ready = (items: Topology['queues']): string => commas(sum(items.map((item) => item.ready)));
  const rest = sum(groups.map((item) => item.count));
  const sums = `${ready(rows)} + ${ready(groups)} = ${ready(topology.queues)} ready`;
  const parts = `${count(rows.length, 'row')} + ${commas(rest)} in ${count(groups.length, 'stack')}`;
  return `Nothing is left out: ${parts} = ${all}, ${sums}.`;
}

/** Everything the snapshot says, one line a channel, binding and queue. */
function topologyTable(snapshot: Snapshot, topology: Topology): Table {
  const rows: string[][] = [];
  const connections = sortedConnections(snapshot);
  const types = new Map(snapshot.exchanges.map((exchange) => [exchange.name, exchange.kind]));
  const titled = (name: string): string => (name === '' ? '(default)' : visible(name));
  for (const node of snapshot.nodes)
    if (snapshot.nodes.length > 1 || node.state !== 'running') rows.push([visible(node.name), '', 'node', node.state]);
  const shown = new Map(topology.links.filter((link) => link.kind === 'publish').map((link) => [link.from, link]));
  for (const [i, connection] of connections.entries()) {
    const name = `${visible(connectionName(connection))} (conn ${i + 1}, ${visible(connection.connection)})`;
    const state = connection.state === 'running' ? '' : `, ${connection.state}`;
    if (connection.channels.length === 0) rows.push([name, '', 'no channel', `user ${visible(connection.user)}${state}`]);
    for (const channel of connection.channels) {
      const to = channel.publishedTo.map(titled).join(', ');
      const mode = channel.tx ? ', transactions' : channel.confirm ? `, confirms, ${commas(channel.unconfirmed)} open` : '';
      const limit = channel.globalPrefetch > 0 ? `, prefetch of the channel ${commas(channel.globalPrefetch)}` : '';
      const followed = shown.get(`p:${connection.connection}#${channel.channel}`)?.followed
        ? `, published ${topology.path?.label}`
        : '';
      const did = `${commas(channel.published)} published, ${commas(channel.unacked)} unacked${mode}${limit}${state}${followed}`;
      rows.push([name, to, `channel ${channel.channel}`, did]);
    }
  }
  for (const exchange of sortedBy(snapshot.exchanges, (item) => item.name)) {
    const flags = [
      exchange.durable ? 'durable' : 'transient',
      exchange.autoDelete ? 'auto-delete' : '',
      exchange.internal ? 'internal' : '',
    ];
    const alternate = exchange.alternateExchange === null ? '' : visible(exchange.alternateExchange);
    const words = flags.filter((flag) => flag !== '').join(', ');
    rows.push([
      `${titled(exchange.name)} (${visible(exchange.kind)})`,
      alternate,
      alternate === '' ? 'exchange' : 'alternate exchange',
      words,
    ]);
  }
  const order = (binding: Snapshot['bindings'][number]): string =>
    JSON.stringify([
      binding.source,
      binding.destination,
      binding.toQueue,
      bindingWords(binding, types.get(binding.source) ?? ''),
    ]);
  for (const binding of sortedBy(snapshot.bindings, order)) {
    if (binding.source === '') continue;
    const { path } = topology;
    const match =
      path === undefined || !path.exchanges.has(binding.source) ? '' : path.bindings.has(binding) ? ', match' : ', no match';
    const kind = binding.toQueue ? 'queue' : 'exchange';
    rows.push([
      visible(binding.source),
      visible(binding.destination),
      bindingWords(binding, types.get(binding.source) ?? ''),
      `binding to ${kind}${match}`,
    ]);
  }
  const consumers = consumersByQueue(snapshot);
  for (const queue of sortedBy(snapshot.queues, (item) => item.name)) {
    const own = consumers.get(queue.name) ?? [];
    const who = own.length > 0 ? own.join(', ') : queue.consumers > 0 ? count(queue.consumers, 'consumer') : 'nobody';
    const given = Object.keys(queue.arguments)
      .sort(byName)
      .map((key) => `${visible(key)}=${visible(argumentText(queue.arguments[key]))}`);
    const depth = `${commas(queue.ready)} ready, ${commas(queue.unacked)} unacked`;
    const gone = topology.lastSeen === undefined ? 'content unknown' : `had ${depth}`;
    const state = isDown(snapshot, queue.node) ? gone : depth;
    rows.push([
      visible(queue.name),
      who,
      queueFlags(queue).join(', '),
      [state, ...given, `on ${visible(queue.node)}`].join('; '),
    ]);
    if (queue.deadLetterExchange === null) continue;
    const key = queue.deadLetterRoutingKey === null ? '' : ` with key ${visible(queue.deadLetterRoutingKey)}`;
    rows.push([visible(queue.name), titled(queue.deadLetterExchange), 'dead letters', `rejected, expired or over length${key}`]);
  }
  return { head: ['from', 'to', 'by', 'state'], rows };
}

function consumersByQueue(snapshot: Snapshot): Map<string, string[]> {
  const names = new Map(snapshot.connections.map((connection) => [connection.connection, visible(connectionName(connection))]));
  const consumers = new Map<string, string[]>();
  for (const consumer of snapshot.consumers) {
    const limit = consumer.noAck
      ? 'automatic ack'
      : `prefetch ${consumer.prefetch === 0 ? 'unlimited' : commas(consumer.prefetch)}`;
    const flags = [
      consumer.exclusive ? ', exclusive' : '',
      consumer.active ? '' : ', stands by',
      consumer.priority === 0 ? '' : `, priority ${consumer.priority}`,
    ];
    const who = names.get(consumer.connection) ?? visible(consumer.connection);
    const held = `${limit}, ${commas(consumer.unacked)} unacked${flags.join('')}`;
    const text = `${who} channel ${consumer.channel} (${visible(consumer.consumerTag)}, ${held})`;
    const list = consumers.get(consumer.queue);
    if (list === undefined) consumers.set(consumer.queue, [text]);
    else list.push(text);
  }
  for (const list of consumers.values()) list.sort(byName);
  return consumers;
}
