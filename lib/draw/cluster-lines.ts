/** The ways of the lines of a cluster: publishes and deliveries through gutters and corridors, replication between copies. */
import type { ClientBox, ClusterPicture, Copy, QueueRow } from './cluster-items';
import { type Band, type ClusterLayout, copyRect, homeFor, isBlocked, laneX, PARTITION_GAP, reaches } from './cluster-layout';
import { Pen } from './pen';
import type { Point, Rect } from './scene';

/** `cut`: it should flow and cannot. `idle`: a connection over which nothing flows. `lost`: a connection that has ended. */
export type LineKind = 'publish' | 'deliver' | 'idle' | 'lost' | 'cut' | 'sync' | 'unsync';

export interface ClusterLine {
  readonly kind: LineKind;
  readonly d: string;
  readonly points: readonly Point[];
  readonly tip: Point;
  /** Where its cross stands. */
  readonly cross: Point;
  readonly followed: boolean;
}

/** What is drawn, and where its rooms stand. */
interface Drawn {
  readonly picture: ClusterPicture;
  readonly layout: ClusterLayout;
}

/** A client, and a queue that its messages go to or come from. */
interface Passage {
  readonly box: ClientBox;
  readonly rect: Rect;
  readonly band: Band;
  readonly row: QueueRow;
}

const MOST_PORTS = 3;

export function clusterLines(picture: ClusterPicture, layout: ClusterLayout): ClusterLine[] {
  const lines: ClusterLine[] = [];
  const bands = layout.bands.flatMap((band) => band.rows.map((row) => ({ band, row })));
  for (const band of layout.bands) lines.push(...replicationLines(picture, layout, band));
  const drawn = { picture, layout };
  const passages = (box: ClientBox, rect: Rect): Passage[] =>
    bands.filter(({ row }) => box.queues.includes(row.queue)).map(({ band, row }) => ({ box, rect, band, row }));
  for (const box of picture.clients.publishers) {
    const rect = layout.clients.get(box.id);
    if (rect === undefined) continue;
    const ways = box.lost ? [] : passages(box, rect).flatMap((passage) => publishLine(drawn, passage) ?? []);
    lines.push(...(ways.length === 0 ? connectLine(layout, box, rect) : ways));
  }
  for (const box of picture.clients.consumers) {
    const rect = layout.clients.get(box.id);
    if (rect !== undefined) lines.push(...passages(box, rect).flatMap((passage) => deliverLine(drawn, passage) ?? []));
  }
  return lines;
}

function line(
  kind: LineKind,
  [start, ...through]: readonly Point[],
  options: { followed?: boolean; cross?: Point } = {},
): ClusterLine {
  const pen = new Pen(start as Point);
  pen.corners(through);
  const tip = through.at(-1) as Point;
  return { kind, d: pen.d, points: pen.points, tip, cross: options.cross ?? tip, followed: options.followed ?? false };
}

/** A connection that carries nothing: down to the wall of its room. */
function connectLine(layout: ClusterLayout, box: ClientBox, rect: Rect): ClusterLine[] {
  const lane = laneX(layout, 'publish', box.node, box.id);
  if (lane === undefined) return [];
  const top = (layout.rooms[0] as { rect: Rect }).rect.y;
  const middle = rect.y + rect.height / 2;
  const way = [
    { x: rect.x, y: middle },
    { x: lane, y: middle },
    { x: lane, y: top },
  ];
  return [line(box.lost ? 'lost' : 'idle', way, { cross: { x: lane, y: top - 9 } })];
}

/** The followed message takes this way. */
function isFollowed({ picture }: Drawn, { box, row }: Passage): boolean {
  return box.followed && picture.path?.queues.has(row.queue) === true;
}

/** From one lane to another, along a bus. */
function across(from: number, to: number, bus: number | undefined): Point[] {
  if (from === to || bus === undefined) return [];
  return [
    { x: from, y: bus },
    { x: to, y: bus },
  ];
}

function publishLine(drawn: Drawn, passage: Passage): ClusterLine | undefined {
  const { picture, layout } = drawn;
  const { box, rect, band, row } = passage;
  const home = homeFor(row, box.node, picture.rooms);
  const from = laneX(layout, 'publish', box.node, box.id);
  if (home === undefined || from === undefined) return undefined;
  const bus = layout.publishBuses.get(box.id);
  const middle = rect.y + rect.height / 2;
  const start = [
    { x: rect.x, y: middle },
    { x: from, y: middle },
  ];
  if (!home.serves && home.node !== box.node && bus !== undefined) {
    const end = { x: wallBefore(picture, layout, box.node, home.node), y: bus };
    return line('cut', [...start, { x: from, y: bus }, end]);
  }
  const target = copyRect(layout, band, home.node);
  const to = laneX(layout, 'publish', home.node, box.id);
  if (target === undefined || to === undefined) return undefined;
  const others = picture.clients.publishers.filter(({ queues, lost }) => queues.includes(row.queue) && !lost);
  const port = Math.min(others.indexOf(box), MOST_PORTS - 1);
  const y = target.y + (layout.compact ? 9 + 6 * port : 12 + 8 * port);
  // A line that does not get there ends before the box.
  const way = [...start, ...across(from, to, bus), { x: to, y }, { x: target.x - (home.serves ? 0 : 8), y }];
  if (!home.serves) return line('cut', way, { cross: { x: to, y: y - 12 } });
  return line('publish', way, { followed: isFollowed(drawn, passage) });
}

/** Where a line on its way to a room ends that it cannot enter: at the gap of a partition, else at the room's wall. */
function wallBefore(picture: ClusterPicture, layout: ClusterLayout, from: string, to: string): number {
  const order = picture.rooms.map(({ node }) => node.name);
  const [start, end] = [order.indexOf(from), order.indexOf(to)];
  const [low, high] = start < end ? [start, end] : [end, start];
  const parted = !reaches(from, to, picture.rooms);
  const gap = layout.rooms.find((place, i) => i > low && i <= high && place.gap === 'partition');
  if (parted && gap !== undefined) return gap.rect.x - PARTITION_GAP / 2 + (start < end ? -10 : 10);
  const { rect } = layout.rooms[end] as { rect: Rect };
  return start < end ? rect.x : rect.x + rect.width;
}

function deliverLine(drawn: Drawn, passage: Passage): ClusterLine | undefined {
  const { picture, layout } = drawn;
  const { box, rect, band, row } = passage;
  const home = homeFor(row, box.node, picture.rooms);
  if (home === undefined || !home.serves || box.lost) return undefined;
  const source = copyRect(layout, band, home.node);
  const [from, to] = [laneX(layout, 'deliver', home.node, row.queue), laneX(layout, 'deliver', box.node, row.queue)];
  const bus = layout.deliverBuses.get(row.queue);
  if (source === undefined || from === undefined || to === undefined) return undefined;
  const y = source.y + source.height - (layout.compact ? 8 : 11);
  const middle = rect.y + rect.height / 2;
  const end = { x: rect.x + rect.width, y: middle };
  const way = [{ x: source.x + source.width, y }, { x: from, y }, ...across(from, to, bus), { x: to, y: middle }, end];
  return line('deliver', way, { followed: isFollowed(drawn, passage) });
}

/** Straight where nothing stands between the two copies, else below the band, each line at a height of its own. */
function replicationLines(picture: ClusterPicture, layout: ClusterLayout, band: Band): ClusterLine[] {
  const lines: ClusterLine[] = [];
  let below = 0;
  for (const row of band.rows) {
    for (const { from, to, synchronised } of row.replications) {
      const [home, copy] = [copyRect(layout, band, from), copyRect(layout, band, to)];
      if (home === undefined || copy === undefined || !serves(row, from)) continue;
      if (!reaches(from, to, picture.rooms)) continue;
      const kind = synchronised ? 'sync' : 'unsync';
      const right = copy.x > home.x;
      if (isBlocked(band.rows, picture.rooms, from, to)) {
        const y = band.y + band.height + 8 + 7 * below++;
        // Leaves at the side where it goes, arrives at the side where it comes from.
        const [leave, arrive] = right ? [0.75, 0.25] : [0.25, 0.75];
        const [start, end] = [home.x + home.width * leave, copy.x + copy.width * arrive];
        const way = [
          { x: start, y: band.y + band.height },
          { x: start, y },
          { x: end, y },
          { x: end, y: band.y + band.height },
        ];
        lines.push(line(kind, way));
      } else {
        const y = band.y + (layout.compact ? 30 : 36);
        const [start, end] = right ? [home.x + home.width, copy.x] : [home.x, copy.x + copy.width];
        lines.push(
          line(kind, [
            { x: start, y },
            { x: end, y },
          ]),
        );
      }
    }
  }
  return lines;
}

function serves(row: QueueRow, node: string): boolean {
  const copy: Copy | undefined = row.copies.find((candidate) => candidate.node === node);
  return copy?.look === 'leader' || copy?.look === 'only';
}
