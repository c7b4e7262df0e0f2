/**
 * How wide the columns of a topology are, and the gaps between them: as the words and the lanes wish, 800 px in all, up to
 * 900 when they need it, never more. Also which exchanges stand in the second rank, and which lines run in lanes.
 */
import { MARGIN } from './frame';
import type { ExchangeItem, Link, QueueItem, Topology } from './topology-model';
import { commas, compact, FONTS, textWidth } from './words';

/** Distance between two lines that run side by side. */
export const LANE = 7;
/** Marks the lane in which lines go down left of an exchange that they leave. */
export const LEAVE = 'leave ';
export const WIDEST = 900;
const USUAL = 800;
const BEND = 36;
const NARROW_BEND = 24;

/** What stands in the columns of an empty broker, and which call of a client puts the real thing there. */
export const GHOSTS: Readonly<Record<string, readonly [what: string, call: string]>> = {
  clients: ['a producer', 'publish()'],
  exchanges: ['an exchange', 'assertExchange()'],
  queues: ['a queue', 'assertQueue()'],
  consumers: ['a consumer', 'consume()'],
};
/** Room beside the words of a ghost, both sides together. */
export const GHOST_PADDING = 16;

export interface Column {
  readonly title: string;
  readonly x: number;
  readonly width: number;
}

/** A link between exchanges that leaves downwards and runs in a lane, because it does not lead to the next rank. */
export function isDrop(link: Link, rank: ReadonlyMap<string, number>): boolean {
  if (!link.from.startsWith('x:') || !link.to.startsWith('x:') || link.kind === 'publish') return false;
  return (rank.get(link.from) ?? 0) >= (rank.get(link.to) ?? 0);
}

/** A drop from the second rank to the first: it runs back below everything. */
export function isReturn(link: Link, rank: ReadonlyMap<string, number>): boolean {
  return isDrop(link, rank) && (rank.get(link.from) ?? 0) > (rank.get(link.to) ?? 0);
}

/** Rank 1 has what is bound to other exchanges, rank 0 the rest; cycles are entered where somebody publishes. */
export function exchangeRanks(topology: Topology): Map<string, number> {
  const rank = new Map<string, number>();
  const bound = topology.links.filter((link) => link.kind === 'bind' && link.from !== link.to && link.to.startsWith('x:'));
  if (topology.rows || bound.length === 0) return rank;
  const fed = new Set(bound.map((link) => link.to));
  const published = new Set(topology.links.filter((link) => link.kind === 'publish').map((link) => link.to));
  const left = topology.exchanges.filter((item) => !item.right).map((item) => item.id);
  const claim = (id: string): number => (fed.has(id) ? (published.has(id) ? 1 : 2) : 0);
  const roots = [...left].sort((a, b) => claim(a) - claim(b));
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const link of bound) {
      if (link.from !== id || seen.has(link.to)) continue;
      rank.set(link.to, 1);
      visit(link.to);
    }
  };
  for (const id of roots) visit(id);
  return rank;
}

export interface Lanes {
  /** Items that dead letters of a queue run to, right of the queues. */
  readonly right: readonly string[];
  /** Exchanges that are entered from a lane on their left. */
  readonly left: readonly string[];
  /** Of those, the ones reached by a line that runs back below everything. */
  readonly back: readonly string[];
}

export function assignLanes(topology: Topology, rank: ReadonlyMap<string, number>): Lanes {
  const onRight = new Set(topology.exchanges.filter((item) => item.right).map((item) => item.id));
  const dead = topology.links.filter((link) => link.kind === 'dead').map((link) => link.to);
  const back = [...new Set(dead.filter((id) => id.startsWith('x:') && !onRight.has(id)))];
  const drops = topology.links.filter((link) => isDrop(link, rank));
  const returning = drops.filter((link) => isReturn(link, rank));
  const left = [...drops.map((link) => link.to), ...back, ...returning.map((link) => LEAVE + link.from)];
  return {
    right: [...new Set(dead)],
    left: [...new Set(left)],
    back: [...new Set([...back, ...returning.map((link) => link.to)])],
  };
}

export interface ColumnPlan {
  readonly boxes: readonly Column[];
  readonly queues: number;
  readonly width: number;
  /** What it cannot be made narrower than. */
  readonly least: number;
  readonly bend: number;
  readonly of: (id: string) => number;
}

interface Width {
  readonly least: number;
  readonly wish: number;
}

/** A wish held between its limits. */
function between(least: number, wish: number, most: number): Width {
  return { least, wish: Math.min(Math.max(Math.ceil(wish), least), most) };
}

/** Widths of columns and of the gaps before them: as the words wish, shrunk to 900 px, or spread out to 800. */
export function columnPlan(topology: Topology, rank: ReadonlyMap<string, number>, two: boolean, lanes: Lanes): ColumnPlan {
  const right = new Set(topology.exchanges.filter((item) => item.right).map((item) => item.id));
  const bare = topology.rows && topology.clients.length === 0;
  const names = ['clients', 'exchanges', ...(two ? ['behind them'] : []), 'queues', 'consumers'].slice(bare ? 1 : 0);
  const queues = names.indexOf('queues');
  const of = (id: string): number => {
    if (id.startsWith(LEAVE)) return of(id.slice(LEAVE.length));
    if (id.startsWith('p:')) return 0;
    if (id.startsWith('q:')) return queues;
    if (id.startsWith('x:') && !right.has(id)) return (bare ? 0 : 1) + (two ? (rank.get(id) ?? 0) : 0);
    return queues + 1;
  };
  const bend = two ? NARROW_BEND : BEND;
  const widths = names.map((name, i) => columnWidth(topology, name, (id) => of(id) === i));
  const gaps = names.map((_, i) => (i === 0 ? between(MARGIN, MARGIN, MARGIN) : gapWidth(topology, i, of, queues, lanes, bend)));
  const sum = (part: (width: Width) => number): number => [...widths, ...gaps].reduce((all, width) => all + part(width), MARGIN);
  const wish = sum((width) => width.wish);
  const least = sum((width) => width.least);
  const total = wish <= USUAL ? USUAL : Math.min(WIDEST, Math.ceil(wish / 8) * 8);
  const ratio = wish <= total ? 1 : Math.max(0, (total - least) / (wish - least));
  const fit = (width: Width): number => Math.floor(width.least + ratio * (width.wish - width.least));
  const spare = Math.max(0, total - wish);
  const shares = names.map((_, i): number => (i === 0 || (topology.rows && i > queues) ? 0 : i === queues ? 2 : 1));
  const parts = shares.reduce((all, share) => all + share, 0);
  const roomier = topology.rows ? Math.floor(spare / 2) : 0;
  const boxes: Column[] = [];
  let x = 0;
  for (const [i, title] of names.entries()) {
    x += fit(gaps[i] as Width) + Math.floor(((spare - roomier) * (shares[i] as number)) / parts);
    const width = fit(widths[i] as Width) + (i === queues ? roomier : 0);
    boxes.push({ title, x, width });
    x += width;
  }
  return { boxes, queues, width: total, least, bend, of };
}

/** How wide a column must be, and would like to be. */
function columnWidth(topology: Topology, name: string, within: (id: string) => boolean): Width {
  const widest = (texts: readonly number[]): number => Math.max(0, ...texts);
  const nameWidth = (item: { readonly name: string }): number => textWidth(item.name, FONTS.name);
  switch (name) {
    case 'clients':
      if (topology.clients.length === 0) return between(100, 104, 104);
      return between(112, Math.max(144, widest(topology.clients.map(nameWidth)) + 28), 190);
    case 'queues': {
      const names = widest(topology.queues.map(nameWidth));
      if (topology.rows)
        return between(270, names + widest(topology.queues.map((item) => textWidth(rowNumbers(item), FONTS.small))) + 160, 420);
      return between(
        164,
        Math.max(
          names + 76,
          widest(topology.queues.map((item) => textWidth(`${item.down ? HAD : ''}${depthWords(item)}`, FONTS.small))) + 22,
          168,
        ),
        230,
      );
    }
    case 'consumers': {
      if (topology.rows) return between(96, widest(topology.queues.map((item) => textWidth(item.remark, FONTS.small) + 4)), 150);
      const notes = topology.notes.flatMap((item) => item.lines.map((line) => textWidth(line, FONTS.small)));
      const slots = topology.consumers.map((item) => 26 + 9 * item.slots);
      const ends = topology.exchanges.filter((item) => item.right).map(exchangeWidth);
      const wish = widest([...topology.consumers.map((item) => nameWidth(item) + 28), ...notes, ...slots, ...ends]);
      return between(
        topology.consumers.length === 0 ? 100 : 112,
        topology.consumers.length === 0 ? wish : Math.max(144, wish),
        190,
      );
    }
    default: {
      const own = topology.exchanges.filter((item) => within(item.id));
      if (own.length === 0) return between(90, textWidth(GHOSTS.exchanges?.[1] ?? '', FONTS.key) + GHOST_PADDING, 124);
      return between(topology.rows ? 124 : 112, widest(own.map(exchangeWidth)), 190);
    }
  }
}

function exchangeWidth(item: ExchangeItem): number {
  return (
    Math.max(textWidth(item.name, FONTS.name), textWidth(item.type, FONTS.small), textWidth(item.flags, FONTS.small) + 2, 54) + 54
  );
}

/** The gap before a column: room for lanes, for the curves, and for the keys above the lines. */
function gapWidth(
  topology: Topology,
  column: number,
  of: (id: string) => number,
  queues: number,
  lanes: Lanes,
  bend: number,
): Width {
  if (column > queues) {
    const own = topology.rows ? 12 : 46 + LANE * Math.max(0, lanes.right.length - 1);
    return between(own, own, own);
  }
  const own = LANE * lanes.left.filter((id) => of(id) === column).length;
  const arriving = topology.links.filter((link) => of(link.to) === column && of(link.from) < column && link.label !== '');
  if (arriving.length === 0) return between(44 + own, 50 + own, 50 + own);
  const curves = topology.rows ? 22 + 8 * new Set(arriving.map((link) => link.from)).size : bend + 4;
  const label = Math.max(...arriving.map((link) => labelWish(link)));
  return between(curves + 56 + own, curves + label + 14 + own, curves + 200 + own);
}

/** Room a label asks for; a key that repeats the name of its queue may be cut. */
function labelWish(link: Link): number {
  const width = textWidth(link.label, FONTS.key) + (link.carries ? 26 : 0);
  return link.from === 'x:' ? Math.min(width, 90) : width;
}

/** Stands before the depth of a queue that is dead. */
export const HAD = 'had ';

/** `9 ready · 4 unacked`. */
export function depthWords(item: QueueItem, write: (value: number) => string = commas): string {
  return `${write(item.ready)} ready · ${write(item.unacked)} unacked`;
}

/** `1,940 / 12`, ready and unacked, in a row. */
export function rowNumbers(item: QueueItem): string {
  if (item.count > 1 && item.ready + item.unacked === 0) return 'all empty';
  return `${compact(item.ready)} / ${compact(item.unacked)}`;
}
