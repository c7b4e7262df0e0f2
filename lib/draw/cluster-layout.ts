/**
 * Where everything of a cluster stands: rooms side by side, queues in bands across them, clients above the room of their node
 * and consumers below, gutters at both sides of a room for the lines that run upright, corridors for those that change rooms.
 */
import type { ClientBox, ClusterPicture, QueueRow, Room } from './cluster-items';
import { CONTENT_TOP, MARGIN } from './frame';
import type { Rect } from './scene';

/** From so many bands on, boxes are lower. */
const CROWDED = 6;
const HEADER = 30;
const LANE = 7;
/** From the wall of a room to its first lane, and from the last lane to the boxes. */
const WALL = 11;
const STUB = 17;
const BUS = 8;
/** Between the clients and their rooms. */
const AIR = 20;
const GAPS = { plain: 24, stranger: 44, partition: 72 } as const;

export interface PlacedRoom {
  readonly room: Room;
  readonly rect: Rect;
  /** Left edge and width of what stands inside. */
  readonly inner: { readonly x: number; readonly width: number };
  /** Gap to the room at the left. */
  readonly gap: keyof typeof GAPS;
}

export interface Band {
  readonly y: number;
  readonly height: number;
  readonly rows: readonly QueueRow[];
}

/** Lines of one kind that need lanes: who needs one, in the order in which they take them, by room. */
export type Lanes = ReadonlyMap<string, readonly string[]>;

export interface ClusterLayout {
  readonly width: number;
  readonly rooms: readonly PlacedRoom[];
  readonly bands: readonly Band[];
  /** Rows for which there was no room. */
  readonly hidden: readonly QueueRow[];
  readonly compact: boolean;
  readonly clients: ReadonlyMap<string, Rect>;
  readonly publishLanes: Lanes;
  readonly deliverLanes: Lanes;
  /** Heights at which lines change rooms, by client, and by queue. */
  readonly publishBuses: ReadonlyMap<string, number>;
  readonly deliverBuses: ReadonlyMap<string, number>;
  /** Lower edge of the content. */
  readonly bottom: number;
}

/** The room of the copy that serves a queue for somebody in a given room; undefined where none is known. */
export function homeFor(row: QueueRow, from: string, rooms: readonly Room[]): { node: string; serves: boolean } | undefined {
  const own = clusterOf(from, rooms);
  const copies = row.copies.filter(({ node }) => clusterOf(node, rooms) === own);
  const serving = copies.filter(({ look }) => look === 'only' || look === 'leader');
  const near = serving.find(({ node }) => node === from) ?? serving.find(({ node }) => reaches(from, node, rooms));
  if (near !== undefined) return { node: near.node, serves: true };
  const idle = copies.filter(({ look }) => look === 'apart');
  const other = serving[0] ?? idle.find(({ node }) => node === from) ?? idle[0] ?? copies.find(({ look }) => look === 'down');
  return other === undefined ? undefined : { node: other.node, serves: false };
}

/** Between the walls of two rooms that a partition parts. */
export const PARTITION_GAP: number = GAPS.partition;

export function reaches(from: string, to: string, rooms: readonly Room[]): boolean {
  return rooms.find((room) => room.node.name === from)?.apart.includes(to) !== true;
}

function clusterOf(node: string, rooms: readonly Room[]): string | undefined {
  return rooms.find((room) => room.node.name === node)?.cluster;
}

export function layoutCluster(picture: ClusterPicture): ClusterLayout {
  const most = mostBands(picture.rooms.length);
  const packed = pack(picture.rows, most);
  const shown = packed.slice(0, most);
  const rows = shown.flat();
  const compact = shown.length >= CROWDED;
  const publish = lanesOf(picture, picture.clients.publishers, rows);
  const deliver = lanesOf(picture, picture.clients.consumers, rows);
  const width = picture.rooms.length > 2 ? 900 : 800;
  const across = placeRooms(picture.rooms, width, publish.lanes, deliver.lanes);
  const roomTop = CONTENT_TOP + 16 + stackHeight(picture.clients.publishers);
  let y = roomTop + HEADER + 10 + (publish.buses.length > 0 ? BUS * publish.buses.length + 2 : 0);
  const publishBuses = new Map(publish.buses.map((key, i) => [key, roomTop + HEADER + 9 + BUS * i]));
  const bands: Band[] = [];
  for (const band of shown) {
    const height = bandHeight(band, compact);
    bands.push({ y, height, rows: band });
    const below = linesBelow(band, picture.rooms);
    y += height + (compact ? 10 : 14) + (below === 0 ? 0 : 4 + LANE * below);
  }
  if (shown.length === 0) y += 40;
  const deliverBuses = new Map(deliver.buses.map((key, i) => [key, y + BUS * i]));
  const roomBottom = y + (deliver.buses.length > 0 ? BUS * deliver.buses.length + 2 : 0);
  const rooms = across.map((place) => ({ ...place, rect: { ...place.rect, y: roomTop, height: roomBottom - roomTop } }));
  const consumers = stackHeight(picture.clients.consumers);
  const clients = new Map([
    ...stacks(picture.clients.publishers, rooms, (height) => roomTop - AIR - height),
    ...stacks(picture.clients.consumers, rooms, () => roomBottom + AIR),
  ]);
  return {
    width,
    rooms,
    bands,
    hidden: packed.slice(most).flat(),
    compact,
    clients,
    publishLanes: publish.lanes,
    deliverLanes: deliver.lanes,
    publishBuses,
    deliverBuses,
    bottom: roomBottom + consumers,
  };
}

/** Bands of queues in one picture; the rest is in the table. */
function mostBands(rooms: number): number {
  return rooms > 3 ? 8 : 10;
}

/** Rows that share no room stand in one band; what says most stands first where there is not room for all. */
function pack(rows: readonly QueueRow[], most: number): QueueRow[][] {
  const bands: QueueRow[][] = [];
  for (const row of rows) {
    const nodes = new Set(row.copies.map(({ node }) => node));
    const free = bands.find((band) => band.every((other) => other.copies.every(({ node }) => !nodes.has(node))));
    if (free === undefined) bands.push([row]);
    else free.push(row);
  }
  if (bands.length <= most) return bands;
  const telling = (band: readonly QueueRow[]): boolean =>
    band.some(({ copies }) => copies.some((copy) => copy.followed || copy.loss !== undefined || copy.look !== 'only'));
  return [...bands.filter(telling), ...bands.filter((band) => !telling(band))];
}

interface Wanted {
  readonly lanes: Map<string, string[]>;
  /** Who changes rooms. */
  readonly buses: string[];
}

/** A lane for each client in its own room, and for what it needs elsewhere: publishers by themselves, consumers by queue. */
function lanesOf(picture: ClusterPicture, boxes: readonly ClientBox[], rows: readonly QueueRow[]): Wanted {
  const publishing = boxes === picture.clients.publishers;
  const lanes = new Map<string, string[]>(picture.rooms.map(({ node }) => [node.name, []]));
  const buses: string[] = [];
  const take = (node: string, key: string): void => {
    const taken = lanes.get(node);
    if (taken !== undefined && !taken.includes(key)) taken.push(key);
  };
  if (publishing) for (const box of boxes) take(box.node, box.id);
  const wishes = publishing
    ? boxes.flatMap((box) => rows.filter(({ queue }) => box.queues.includes(queue)).map((row) => ({ box, row, key: box.id })))
    : rows.flatMap((row) =>
        boxes.filter(({ queues }) => queues.includes(row.queue)).map((box) => ({ box, row, key: row.queue })),
      );
  for (const { box, row } of wishes) {
    const key = publishing ? box.id : row.queue;
    const home = homeFor(row, box.node, picture.rooms);
    if (home === undefined || box.lost || (!publishing && !home.serves)) continue;
    // What cannot get there ends at a wall on its way.
    if (home.serves || home.node === box.node) take(home.node, key);
    take(box.node, key);
    if (home.node !== box.node && !buses.includes(key)) buses.push(key);
  }
  return { lanes, buses };
}

/** Lanes at one side of a room; of more, the rest share the last one. */
function mostLanes(rooms: number): number {
  return rooms > 3 ? 3 : 5;
}

/** Width that lanes at one side of a room take. */
function gutter(lanes: readonly string[] | undefined, most: number): number {
  const number = Math.min(lanes?.length ?? 0, most);
  return number === 0 ? 14 : WALL + LANE * (number - 1) + STUB;
}

function placeRooms(
  rooms: readonly Room[],
  width: number,
  left: Lanes,
  right: Lanes,
): Array<Omit<PlacedRoom, 'rect'> & { rect: { x: number; width: number } }> {
  const gaps = rooms.map((room, i): keyof typeof GAPS => {
    const before = rooms[i - 1];
    if (before === undefined || (before.side === room.side && !room.stranger)) return 'plain';
    return room.stranger ? 'stranger' : 'partition';
  });
  const between = gaps.slice(1).reduce((sum, gap) => sum + GAPS[gap], 0);
  const each = Math.min(360, Math.floor((width - 2 * MARGIN - between) / rooms.length));
  let x: number = MARGIN;
  return rooms.map((room, i) => {
    const gap = gaps[i] as keyof typeof GAPS;
    if (i > 0) x += GAPS[gap];
    const start = x + gutter(left.get(room.node.name), mostLanes(rooms.length));
    const end = x + each - gutter(right.get(room.node.name), mostLanes(rooms.length));
    const place = { room, gap, rect: { x, width: each }, inner: { x: start, width: end - start } };
    x += each;
    return place;
  });
}

/** Where a lane runs: counted from the left wall for publishers, from the right one for consumers. */
export function laneX(layout: ClusterLayout, side: 'publish' | 'deliver', node: string, key: string): number | undefined {
  const place = layout.rooms.find(({ room }) => room.node.name === node);
  const index = (side === 'publish' ? layout.publishLanes : layout.deliverLanes).get(node)?.indexOf(key) ?? -1;
  if (place === undefined || index < 0) return undefined;
  const from = WALL + LANE * Math.min(index, mostLanes(layout.rooms.length) - 1);
  return side === 'publish' ? place.rect.x + from : place.rect.x + place.rect.width - from;
}

export function copyRect(layout: ClusterLayout, band: Band, node: string): Rect | undefined {
  const place = layout.rooms.find(({ room }) => room.node.name === node);
  return place === undefined ? undefined : { ...place.inner, y: band.y, height: band.height };
}

function bandHeight(band: readonly QueueRow[], compact: boolean): number {
  const extra = band.some(({ copies }) => copies.some(({ loss, ready }) => loss !== undefined && ready !== undefined));
  return (compact ? 46 : 60) + (extra ? 20 : 0);
}

/** Whether something stands between two rooms in this band, so that a line has to go below. */
export function isBlocked(band: readonly QueueRow[], rooms: readonly Room[], from: string, to: string): boolean {
  const order = rooms.map(({ node }) => node.name);
  const [low, high] = [order.indexOf(from), order.indexOf(to)].sort((a, b) => a - b) as [number, number];
  const between = new Set(order.slice(low + 1, high));
  return band.some(({ copies }) => copies.some(({ node }) => between.has(node)));
}

function linesBelow(band: readonly QueueRow[], rooms: readonly Room[]): number {
  const lines = band.flatMap(({ replications }) => replications);
  return lines.filter(({ from, to }) => isBlocked(band, rooms, from, to)).length;
}

function boxHeight({ lines }: ClientBox): number {
  return 28 + 16 * lines.length;
}

/** Height of the highest stack with the air beside the rooms; 0 without any client. */
function stackHeight(boxes: readonly ClientBox[]): number {
  if (boxes.length === 0) return 0;
  const nodes = new Set(boxes.map(({ node }) => node));
  const heights = [...nodes].map((node) => heightOf(boxes.filter((box) => box.node === node)));
  return Math.max(...heights) + AIR;
}

function heightOf(boxes: readonly ClientBox[]): number {
  return boxes.reduce((sum, box) => sum + boxHeight(box), 0) + 8 * (boxes.length - 1);
}

function stacks(
  boxes: readonly ClientBox[],
  rooms: readonly PlacedRoom[],
  top: (height: number) => number,
): Array<[string, Rect]> {
  return rooms.flatMap(({ room, inner }) => {
    const own = boxes.filter(({ node }) => node === room.node.name);
    let y = top(heightOf(own));
    return own.map((box): [string, Rect] => {
      const rect = { ...inner, y, height: boxHeight(box) };
      y += rect.height + 8;
      return [box.id, rect];
    });
  });
}
