/**
 * Too much for one picture: which items are shown, which are folded into stacks, and why. Up to 6 queues are boxes, up to
 * 12 are rows, of more the rows that matter and one stacked row for each name prefix. Nothing vanishes: the counts of the
 * shown items add up to what there is.
 */
import type { FollowedPath } from './follow';
import type { ClientItem, ConsumerItem, ExchangeItem, Link, NoteItem, QueueItem, Topology } from './topology-model';
import type { RawTopology } from './topology-raw';
import { byName, commas, count } from './words';

const MOST_CLIENTS = 6;
const MOST_EXCHANGES = 7;
/** Beside the rows of more than 12 queues. */
const MOST_EXCHANGES_CHOSEN = 4;
const MOST_BOXES = 6;
const MOST_ROWS = 12;
const CHOSEN_ROWS = 8;
const MOST_GROUPS = 5;
const MOST_CONSUMERS = 10;
const CONSUMERS_OF_A_QUEUE = 4;
const BINDINGS_OF_A_QUEUE = 4;
const MOST_NOTES = 3;
/** Slots drawn in one picture; with more, all prefetch limits are numbers. */
const MOST_SLOTS = 60;

export function foldTopology(raw: RawTopology, path: FollowedPath | undefined): Omit<Topology, 'lastSeen'> {
  const rows = raw.queues.length > MOST_BOXES;
  const chosen = raw.queues.length > MOST_ROWS;
  const clients = foldClients(raw.clients);
  const signs = rows ? raw.exchanges.map((item) => ({ ...item, right: false })) : raw.exchanges;
  const exchanges = foldExchanges(signs, raw.links, path, chosen ? MOST_EXCHANGES_CHOSEN : MOST_EXCHANGES);
  const queues = chosen ? chooseQueues(raw.queues, path) : whole(raw.queues);
  const consumers = rows ? { items: [], shownAs: new Map<string, string>() } : foldConsumers(raw);
  const shownAs = new Map([...clients.shownAs, ...exchanges.shownAs, ...queues.shownAs, ...consumers.shownAs]);
  const hidden = rows ? new Set<Link['kind']>(['deliver', 'dead']) : new Set<Link['kind']>();
  const links = mergeLinks(
    raw.links.filter((link) => !hidden.has(link.kind)),
    shownAs,
    rows,
  );
  const notes = rows ? [] : absentConsumers(raw.queues);
  const dead = rows ? raw.links.filter((link) => link.kind === 'dead') : [];
  return {
    clients: clients.items,
    exchanges: exchanges.items,
    queues: rows && !chosen ? queues.items.map((item) => ({ ...item, remark: consumersOf(item, raw) })) : queues.items,
    consumers: consumers.items,
    notes,
    links: [...(rows ? oneLabelEach(links) : links), ...notes.map((note) => absentLink(note))],
    rows,
    chosen,
    path,
    deadLetters: dead.map((link) => ({ queue: link.from.slice(2), exchange: link.to.slice(2) })),
  };
}

interface Folded<T> {
  readonly items: readonly T[];
  /** Item id by the id of each thing it stands for. */
  readonly shownAs: ReadonlyMap<string, string>;
}

function whole<T extends { readonly id: string }>(items: readonly T[]): Folded<T> {
  return { items, shownAs: new Map(items.map((item) => [item.id, item.id])) };
}

/** What names have in common: up to the first separator, or up to the digits at the end. */
export function prefixOf(name: string): string {
  const known = /^(amq\.gen-|amq\.ctag-)/.exec(name);
  const separated = known ?? /^[^.\-_:/]+[.\-_:/]/.exec(name);
  const numbered = separated ?? /^.*?\D(?=\d+$)/.exec(name);
  return numbered === null ? name : `${numbered[0]}*`;
}

/** Groups by a key, the largest first; of more than `most` groups the rest goes into one called `others`. */
function grouped<T extends { readonly count: number }>(
  items: readonly T[],
  keyOf: (item: T) => string,
  most: number,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const sorted = [...groups].sort(([a, x], [b, y]) => y.length - x.length || byName(a, b));
  const large = sorted.filter(([, group]) => group.length > 1);
  const kept = large.length === sorted.length && large.length <= most ? large : large.slice(0, most - 1);
  const rest = sorted.filter((group) => !kept.includes(group)).flatMap(([, group]) => group);
  return new Map(rest.length === 0 ? kept : [...kept, ['others', rest]]);
}

function foldClients(clients: readonly ClientItem[]): Folded<ClientItem> {
  if (clients.length <= MOST_CLIENTS) return whole(clients);
  const shownAs = new Map<string, string>();
  const items: ClientItem[] = [];
  const followed = clients.filter((client) => client.publishes !== undefined).slice(0, 2);
  for (const client of followed) {
    items.push(client);
    shownAs.set(client.id, client.id);
  }
  const rest = clients.filter((client) => !followed.includes(client));
  const kindOf = (client: ClientItem): string => (client.sends ? prefixOf(client.name) : 'idle');
  for (const [name, group] of grouped(rest, kindOf, MOST_CLIENTS - 1 - followed.length)) {
    const [first] = group as [ClientItem];
    const item: ClientItem = group.length === 1 ? first : { ...clientGroup(name, group), id: `p:+${name}` };
    items.push(item);
    for (const client of group) shownAs.set(client.id, item.id);
  }
  return { items, shownAs };
}

function clientGroup(name: string, group: readonly ClientItem[]): Omit<ClientItem, 'id'> {
  const sends = group.some((client) => client.sends);
  const lines = [count(group.length, 'channel'), sends ? 'publishing' : 'nothing sent yet'];
  return { kind: 'client', count: group.length, name, lines, sends };
}

function foldExchanges(
  exchanges: readonly ExchangeItem[],
  links: readonly Link[],
  path: FollowedPath | undefined,
  most: number,
): Folded<ExchangeItem> {
  if (exchanges.length <= most) return whole(exchanges);
  const weight = new Map<string, number>();
  for (const link of links) {
    const worth = link.followed ? 1e9 : link.kind === 'publish' ? 1e6 : 1;
    for (const end of [link.from, link.to]) weight.set(end, (weight.get(end) ?? 0) + worth);
  }
  if (path !== undefined) for (const name of path.exchanges) weight.set(`x:${name}`, 1e12);
  const ranked = [...exchanges].sort((a, b) => (weight.get(b.id) ?? 0) - (weight.get(a.id) ?? 0) || byName(a.id, b.id));
  const kept = new Set(ranked.slice(0, most - 1));
  const rest = exchanges.filter((item) => !kept.has(item));
  const bound = rest.filter((item) => (weight.get(item.id) ?? 0) > 0).length;
  const declared = rest.filter((item) => item.count > 0).length;
  const missing = rest.length - declared;
  const group: ExchangeItem = {
    kind: 'exchange',
    id: 'x:+others',
    count: declared,
    name: count(declared, 'other'),
    type: missing > 0 ? `${commas(missing)} not declared` : bound === 0 ? 'none in use' : `${commas(bound)} in use`,
    flags: '',
    look: 'plain',
    right: false,
  };
  const shownAs = new Map(exchanges.map((item) => [item.id, kept.has(item) ? item.id : group.id]));
  return { items: [...exchanges.filter((item) => kept.has(item)), group], shownAs };
}

/** In rows of 7 to 12 queues: who consumes. */
function consumersOf(queue: QueueItem, raw: RawTopology): string {
  const name = queue.id.slice(2);
  const own = raw.consumers.filter((consumer) => raw.queueOf.get(consumer.id) === name);
  if (own.length === 1) return (own[0] as ConsumerItem).name;
  return own.length === 0 && queue.consumers === 0 ? 'no consumer' : count(Math.max(own.length, queue.consumers), 'consumer');
}

/** The rows that matter, each with its reason, then the groups. */
function chooseQueues(queues: readonly QueueItem[], path: FollowedPath | undefined): Folded<QueueItem> {
  const total = (queue: QueueItem): number => queue.ready + queue.unacked;
  const most = (worth: (queue: QueueItem) => number): QueueItem[] =>
    queues.filter((queue) => worth(queue) > 0).sort((a, b) => worth(b) - worth(a) || byName(a.id, b.id));
  const followed = path === undefined ? [] : queues.filter((queue) => path.queues.has(queue.id.slice(2)));
  const reasons: ReadonlyArray<readonly [string, string, readonly QueueItem[]]> = [
    ['followed', 'followed', followed],
    ['node is down', 'node is down', most((queue) => (queue.down ? 1 + total(queue) : 0))],
    ['no consumer', 'no consumer', most((queue) => (queue.consumers === 0 && !queue.dead ? queue.ready : 0))],
    ['most unacked', 'unacked', most((queue) => queue.unacked)],
    ['deepest', 'deep', most(total)],
    ['dead letters', 'dead letters', most((queue) => (queue.dead ? total(queue) : 0))],
  ];
  const chosen = new Map<QueueItem, string>();
  for (let round = 0; round < CHOSEN_ROWS && chosen.size < CHOSEN_ROWS; round++) {
    for (const [first, later, candidates] of reasons) {
      const next = candidates.find((queue) => !chosen.has(queue));
      const best = next === candidates[0] ? first : later;
      if (next !== undefined && chosen.size < CHOSEN_ROWS) chosen.set(next, best);
    }
  }
  const rows = [...chosen].map(([queue, remark]) => ({ ...queue, remark }));
  rows.sort((a, b) => total(b) - total(a) || byName(a.id, b.id));
  const rest = queues.filter((queue) => !chosen.has(queue));
  const shownAs = new Map(rows.map((row) => [row.id, row.id]));
  const groups: QueueItem[] = [];
  for (const [name, group] of grouped(rest, (queue) => prefixOf(queue.name), MOST_GROUPS)) {
    const item = queueGroup(name, group);
    groups.push(item);
    for (const queue of group) shownAs.set(queue.id, item.id);
  }
  return { items: [...rows, ...groups], shownAs };
}

function queueGroup(name: string, group: readonly QueueItem[]): QueueItem {
  const [first] = group as [QueueItem];
  const sum = (part: (queue: QueueItem) => number): number => group.reduce((all, queue) => all + part(queue), 0);
  const deepest = Math.max(...group.map((queue) => queue.deepest));
  const lonely = group.filter((queue) => queue.consumers === 0).length;
  const without = lonely === group.length ? 'no consumers' : lonely > 0 ? `${commas(lonely)} without consumer` : '';
  return {
    kind: 'queue',
    id: `q:+${name}`,
    count: group.length,
    name: group.length === 1 ? first.name : name,
    flags: [],
    ready: sum((queue) => queue.ready),
    unacked: sum((queue) => queue.unacked),
    consumers: sum((queue) => queue.consumers),
    dead: group.every((queue) => queue.dead),
    down: group.every((queue) => queue.down),
    deepest,
    remark: deepest > 0 ? `deepest ${commas(deepest)}` : without,
  };
}

/** Up to 4 consumers of a queue are boxes, and at most 10 in all; the rest is one box with their number and limits. */
function foldConsumers(raw: RawTopology): Folded<ConsumerItem> {
  const groups = new Map<string, ConsumerItem[]>();
  for (const consumer of raw.consumers) {
    const queue = raw.queueOf.get(consumer.id) as string;
    const group = groups.get(queue);
    if (group === undefined) groups.set(queue, [consumer]);
    else group.push(consumer);
  }
  const fold = new Set([...groups].filter(([, group]) => group.length > CONSUMERS_OF_A_QUEUE).map(([queue]) => queue));
  const boxes = (): number => [...groups].reduce((all, [queue, group]) => all + (fold.has(queue) ? 1 : group.length), 0);
  const largest = [...groups].sort(([a, x], [b, y]) => y.length - x.length || byName(a, b));
  for (const [queue] of largest) if (boxes() > MOST_CONSUMERS) fold.add(queue);
  const items: ConsumerItem[] = [];
  const shownAs = new Map<string, string>();
  for (const [queue, group] of groups) {
    const [first] = group as [ConsumerItem];
    const shown = fold.has(queue) && group.length > 1 ? [consumerGroup(`c:+${queue}`, group)] : group;
    items.push(...shown);
    for (const consumer of group) shownAs.set(consumer.id, shown.length === group.length ? consumer.id : (shown[0] ?? first).id);
  }
  const slots = items.reduce((all, item) => all + item.slots, 0);
  return { items: slots <= MOST_SLOTS ? items : items.map((item) => withoutSlots(item)), shownAs };
}

function withoutSlots(item: ConsumerItem): ConsumerItem {
  if (item.slots === 0) return item;
  const [limit, ...rest] = item.lines as [string];
  return { ...item, slots: 0, lines: [limit, `${commas(item.unacked)} unacked`, ...rest] };
}

function consumerGroup(id: string, group: readonly ConsumerItem[]): ConsumerItem {
  const unacked = group.reduce((all, consumer) => all + consumer.unacked, 0);
  const limits = new Set(group.map((consumer) => consumer.lines[0] as string));
  const [only] = [...limits] as [string];
  const lines = [limits.size === 1 ? `\u00d7 ${only}` : 'different limits', `${commas(unacked)} unacked`];
  return {
    kind: 'consumer',
    id,
    count: group.length,
    name: count(group.length, 'consumer'),
    lines,
    brief: '',
    slots: 0,
    unacked,
  };
}

/** Said beside a queue with messages that nobody consumes, if that is the exception and not the rule. */
function absentConsumers(queues: readonly QueueItem[]): NoteItem[] {
  const lonely = queues.filter((queue) => queue.consumers === 0 && queue.ready > 0 && !queue.dead && !queue.down);
  if (lonely.length === queues.length && queues.length > 1) return [];
  return lonely.slice(0, MOST_NOTES).map((queue) => ({
    kind: 'note',
    id: `n:${queue.id.slice(2)}`,
    lines: [
      'no consumer:',
      queue.flags.some((flag) => /^(ttl|expires|at most)/.test(flag)) ? 'messages wait' : grows(queue.name),
    ],
  }));
}

/** Only short plain names, because others would be cut or turn the sentence around. */
function grows(name: string): string {
  return /^[\w.-]{1,9}$/.test(name) ? `${name} only grows` : 'it only grows';
}

function absentLink(note: NoteItem): Link {
  const from = `q:${note.id.slice(2)}`;
  const plain = { count: 1, label: '', mono: false, followed: false, faded: false, carries: false, folded: false };
  return { kind: 'absent', from, to: note.id, ...plain };
}

/** Links between shown items: those that fell together become one, and so do the many bindings of one queue. */
function mergeLinks(links: readonly Link[], shownAs: ReadonlyMap<string, string>, rows: boolean): Link[] {
  const ends = links.flatMap((link) => {
    const from = shownAs.get(link.from);
    const to = shownAs.get(link.to);
    if (from === undefined || to === undefined || (from === to && from.includes(':+'))) return [];
    const kind = link.kind === 'collect' && from !== link.from ? 'bind' : link.kind;
    return [{ ...link, kind, from, to, folded: from !== link.from || to !== link.to }];
  });
  const arriving = new Map<string, number>();
  for (const link of ends) if (isBinding(link)) arriving.set(link.to, (arriving.get(link.to) ?? 0) + 1);
  const merged = new Map<string, Link[]>();
  for (const [i, link] of ends.entries()) {
    const single = isBinding(link) && !link.folded && !rows && link.to.startsWith('q:') && link.from !== link.to;
    const alone = single && (arriving.get(link.to) ?? 0) <= BINDINGS_OF_A_QUEUE;
    const key = JSON.stringify([link.kind, link.from, link.to, alone ? i : '']);
    const list = merged.get(key);
    if (list === undefined) merged.set(key, [link]);
    else list.push(link);
  }
  return [...merged.values()].map((group) => (group.length === 1 ? (group[0] as Link) : mergeGroup(group)));
}

/** Rows are too narrow for one label a line: where several bindings end, the first one tells their number. */
function oneLabelEach(links: readonly Link[]): Link[] {
  const arriving = new Map<string, number>();
  for (const link of links) if (isBinding(link)) arriving.set(link.to, (arriving.get(link.to) ?? 0) + link.count);
  const told = new Set<string>();
  return links.map((link) => {
    const bindings = arriving.get(link.to) ?? 0;
    if (!isBinding(link) || !link.to.startsWith('q:')) return link;
    if (bindings === 1) return link.label === '(no key)' ? { ...link, label: '' } : link;
    const first = !told.has(link.to);
    told.add(link.to);
    return { ...link, label: first ? count(bindings, 'binding') : '', mono: false };
  });
}

function isBinding(link: Link): boolean {
  return link.kind === 'bind' || link.kind === 'collect';
}

function mergeGroup(group: readonly Link[]): Link {
  const shown = group.find((link) => link.followed) ?? (group[0] as Link);
  const labels = new Set(group.map((link) => link.label));
  const bindings = group.reduce((all, link) => all + link.count, 0);
  const folded = group.some((link) => link.folded);
  const label = labels.size === 1 ? shown.label : `${shown.label} +${commas(labels.size - 1)}`;
  return {
    ...shown,
    label: folded ? count(bindings, 'binding') : label,
    count: bindings,
    mono: shown.mono && !folded,
    followed: group.some((link) => link.followed),
    faded: group.every((link) => link.faded),
    carries: group.some((link) => link.carries),
    folded,
  };
}
