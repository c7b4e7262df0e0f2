/**
 * Where everything of a topology stands: columns from left to right (clients, exchanges in one or two ranks, queues,
 * consumers), an order with few crossings inside them, heights from the words inside, lanes for the lines that run upright.
 */
import { CONTENT_TOP } from './frame';
import { type Cell, type Edge, orderColumns, placeColumns } from './layered';
import type { Rect, Run } from './scene';
import {
  assignLanes,
  type Column,
  type ColumnPlan,
  columnPlan,
  exchangeRanks,
  isDrop,
  LANE,
  type Lanes,
  WIDEST,
} from './topology-columns';
import type { ClientItem, Item, Link, QueueItem, Topology } from './topology-model';
import { FONTS, textWidth } from './words';

export const ROW = 24;
/** Space that a line leaving an exchange downwards needs below it. */
const DROP = 16;
/** Height of a line above a client, and how far it may reach beyond the box. */
export const NOTE = 14;
export const NOTE_BEYOND = 20;
/** Consumers up to this number are drawn in full; of more only name and limit. */
const FULL_CONSUMERS = 4;

export interface Layout {
  readonly width: number;
  /** Lower edge of the content. */
  readonly bottom: number;
  readonly columns: readonly Column[];
  readonly place: ReadonlyMap<string, Rect>;
  /** Height at which a link passes through a column it does not end in. */
  readonly passes: ReadonlyMap<Link, { readonly column: Column; readonly y: number }>;
  /** Upright lanes, by the item the link ends at: right of the queues, and left of an exchange (or, with LEAVE, starts at). */
  readonly rightLanes: ReadonlyMap<string, number>;
  readonly leftLanes: ReadonlyMap<string, number>;
  /** Heights of the lines that run back below everything, by the exchange they end at. */
  readonly below: ReadonlyMap<string, number>;
  readonly terseConsumers: boolean;
  /** Width in which a binding bends behind its exchange. */
  readonly bend: number;
  /** Column of each exchange: 0 or 1. */
  readonly rank: ReadonlyMap<string, number>;
}

export function layoutTopology(topology: Topology, top: number): Layout {
  const ranked = exchangeRanks(topology);
  const two =
    [...ranked.values()].includes(1) && columnPlan(topology, ranked, true, assignLanes(topology, ranked)).least <= WIDEST;
  const rank = two ? ranked : new Map<string, number>();
  const terse = topology.consumers.length > FULL_CONSUMERS;
  const drops = new Map<string, number>();
  for (const link of topology.links) if (isDrop(link, rank)) drops.set(link.from, (drops.get(link.from) ?? 0) + 1);
  const lanes = assignLanes(topology, rank);
  const columns = columnPlan(topology, rank, two, lanes);
  const widthOf = (id: string): number => columns.boxes[columns.of(id)]?.width ?? 0;
  const cell = (item: Item): Cell => {
    const below = (drops.get(item.id) ?? 0) * DROP;
    const notes = item.kind === 'client' ? publishNotes(item, widthOf(item.id)).length : 0;
    const above = (notes > 0 ? 4 + NOTE * notes : 0) + (isStack(item) ? 8 : 0);
    const group = (item.kind === 'queue' && item.dead && !topology.rows) || (item.kind === 'exchange' && item.right) ? 1 : 0;
    return { id: item.id, height: heightOf(item, topology, terse, widthOf(item.id)), above, below, group };
  };
  const cells: Cell[][] = columns.boxes.map(() => []);
  const items: Item[] = [
    ...topology.clients,
    ...topology.exchanges,
    ...topology.queues,
    ...topology.consumers,
    ...topology.notes,
  ];
  for (const item of items) (cells[columns.of(item.id)] as Cell[]).push(cell(item));
  const { edges, passing } = splitEdges(topology.links, columns, rank, cells);
  const fixed = topology.chosen ? new Set([columns.queues]) : new Set<number>();
  const first = orderColumns(cells, edges, fixed).map((column) => besideDrops(column, topology.links, rank));
  const settled = first.flatMap((column, i) => (column.some((cell) => drops.has(cell.id)) ? i : []));
  const ordered = settled.length === 0 ? first : orderColumns(first, edges, new Set([...fixed, ...settled]));
  const crowded = topology.exchanges.length > 4 ? 16 : 26;
  const gaps = columns.boxes.map((_, i) => (i === columns.queues ? (topology.rows ? 8 : 24) : i > columns.queues ? 12 : crowded));
  const tops = placeColumns(ordered, edges, gaps);
  return assemble(topology, columns, ordered, tops, passing, lanes, top, terse, rank);
}

export function isStack(item: Item): boolean {
  return item.kind !== 'note' && item.count > 1;
}

/** The lines above a client that published the followed message: its label, and the key beside it or below. */
export function publishNotes({ publishes }: ClientItem, width: number): Run[][] {
  if (publishes === undefined) return [];
  const label: Run = { text: publishes.label, cls: 'm b ff' };
  if (publishes.key === '') return [[label]];
  const beside = textWidth(publishes.label, FONTS.name) + textWidth(` ${publishes.key}`, FONTS.key) <= width + NOTE_BEYOND;
  if (beside) return [[label, { text: ` ${publishes.key}`, cls: 'm s' }]];
  return [[label], [{ text: publishes.key, cls: 'm s' }]];
}

/** Lines under the bar of a queue: the flags that do not fit beside its name. */
export function queueNotes(queue: QueueItem, width: number): { beside: string; below: string[] } {
  const all = queue.flags.join(' · ');
  const room = width - 24 - textWidth(queue.name, FONTS.name) - 8;
  if (textWidth(all, FONTS.small) <= room) return { beside: all, below: [] };
  const [first = '', ...rest] = queue.flags;
  const beside = textWidth(first, FONTS.small) <= room ? first : '';
  const lines: string[] = [];
  for (const flag of beside === '' ? queue.flags : rest) {
    const last = lines.at(-1);
    const joined = last === undefined ? flag : `${last} · ${flag}`;
    if (last !== undefined && textWidth(joined, FONTS.small) <= width - 24) lines[lines.length - 1] = joined;
    else lines.push(flag);
  }
  return { beside, below: lines.slice(0, 3) };
}

function heightOf(item: Item, topology: Topology, terse: boolean, width: number): number {
  switch (item.kind) {
    case 'client':
      return 32 + 16 * item.lines.length;
    case 'exchange': {
      const ports = topology.links.filter(
        (link) => link.to === item.id && (link.kind === 'bind' || link.kind === 'alternate'),
      ).length;
      return Math.max(item.flags === '' ? 52 : 66, 26 * ports);
    }
    case 'note':
      return 15 * item.lines.length + 4;
    case 'consumer':
      if (terse && item.count === 1) return 48;
      return 30 + 16 * item.lines.length + (item.slots > 0 ? 15 : 0);
    case 'queue': {
      if (topology.rows) return ROW;
      const ports = topology.links.filter((link) => link.to === item.id && link.kind === 'bind').length;
      const words = (item.down ? 42 : 64) + 15 * queueNotes(item, width).below.length;
      return Math.max(words, 12 + 26 * ports);
    }
  }
}

/** Edges between neighbouring columns; a link that skips a column gets a cell there to pass through. */
function splitEdges(
  links: readonly Link[],
  columns: ColumnPlan,
  rank: ReadonlyMap<string, number>,
  cells: Cell[][],
): { edges: Edge[]; passing: Map<Link, { id: string; column: number }> } {
  const edges: Edge[] = [];
  const passing = new Map<Link, { id: string; column: number }>();
  for (const [i, link] of links.entries()) {
    const from = columns.of(link.from);
    const to = columns.of(link.to);
    if (isDrop(link, rank) || from === to) continue;
    if (to - from === 2) {
      const id = `pass:${i}`;
      (cells[from + 1] as Cell[]).push({ id, height: 4, above: 0, below: 0, group: 0 });
      passing.set(link, { id, column: from + 1 });
      edges.push({ from: link.from, to: id }, { from: id, to: link.to });
    } else if (Math.abs(to - from) === 1) {
      edges.push({ from: link.from, to: link.to });
    }
  }
  return { edges, passing };
}

/** Puts an alternate exchange that nothing else leads to right below the exchange it serves. */
function besideDrops(column: readonly Cell[], links: readonly Link[], rank: ReadonlyMap<string, number>): Cell[] {
  const result = [...column];
  for (const link of links) {
    if (!isDrop(link, rank) || link.from === link.to) continue;
    const only = links.every((other) => other.to !== link.to || other === link);
    const at = result.findIndex((cell) => cell.id === link.to);
    if (!only || at < 0 || !result.some((cell) => cell.id === link.from)) continue;
    const [moved] = result.splice(at, 1) as [Cell];
    result.splice(result.findIndex((cell) => cell.id === link.from) + 1, 0, moved);
  }
  return result;
}

function assemble(
  topology: Topology,
  columns: ColumnPlan,
  ordered: readonly (readonly Cell[])[],
  tops: ReadonlyMap<string, number>,
  passing: ReadonlyMap<Link, { id: string; column: number }>,
  lanes: Lanes,
  top: number,
  terse: boolean,
  rank: ReadonlyMap<string, number>,
): Layout {
  const place = new Map<string, Rect>();
  const passes = new Map<Link, { column: Column; y: number }>();
  const stacked = new Set(
    [...topology.clients, ...topology.exchanges, ...topology.queues, ...topology.consumers]
      .filter(isStack)
      .map((item) => item.id),
  );
  let bottom = top;
  for (const [i, cells] of ordered.entries()) {
    const column = columns.boxes[i] as Column;
    for (const cell of cells) {
      const y = top + (tops.get(cell.id) as number);
      const width = column.width - (stacked.has(cell.id) ? 8 : 0);
      place.set(cell.id, { x: column.x, y, width, height: cell.height });
      bottom = Math.max(bottom, y + cell.height + cell.below);
    }
  }
  for (const [link, pass] of passing) {
    const rect = place.get(pass.id) as Rect;
    passes.set(link, { column: columns.boxes[pass.column] as Column, y: rect.y + rect.height / 2 });
    place.delete(pass.id);
  }
  const queueColumn = columns.boxes[columns.queues] as Column;
  const rightLanes = new Map(lanes.right.map((id, i) => [id, queueColumn.x + queueColumn.width + 14 + LANE * i]));
  const leftLanes = new Map<string, number>();
  for (const [i, column] of columns.boxes.entries()) {
    const here = lanes.left.filter((id) => columns.of(id) === i);
    for (const [lane, id] of here.entries()) leftLanes.set(id, column.x - 14 - LANE * lane);
  }
  const below = new Map(lanes.back.map((id, i) => [id, bottom + 14 + 9 * i]));
  bottom += lanes.back.length === 0 ? 0 : 12 + 9 * lanes.back.length;
  const least = top + 56;
  return {
    width: columns.width,
    bottom: Math.max(bottom, least),
    columns: columns.boxes,
    place,
    passes,
    rightLanes,
    leftLanes,
    below,
    terseConsumers: terse,
    bend: columns.bend,
    rank,
  };
}

/** Where the boxes begin: below the column headings. */
export const BOXES_TOP = CONTENT_TOP + 34;
