/**
 * Makes a damaged log readable again: each damaged stretch is replaced, in place, by a block of the same length that holds
 * nothing, or nothing but what the segment's index remembers of it. An index knows everything but the messages' bodies; so
 * with one, the messages of the stretch are lost and nothing else, and it can be said whose they were.
 *
 * A file that is missing is damaged from its first octet on. What a crash leaves at the end of the last segment is no damage: the
 * next start cuts it off.
 */
import type { Disk, DiskError } from '../world/disk';
import { damagedStretches, IndexMemory, type Remembered, type Stretch } from './damage';
import { BLOCK_HEADER, ENTRY, indexName, lsnsOf, sealBlock, segmentName, walkBlock, type EntryVisitor } from './format';
import { readIndex } from './index-file';
import { readMarks } from './marks';
import { missingSegments } from './missing';
import { SegmentWalk } from './segment-walk';
import type { Segment } from './segments';
import { queueOfStreamsKey, streamsKey } from './streams-key';

export interface Repaired {
  readonly file: string;
  /** Octets from the start of the file. */
  readonly at: number;
  readonly octets: number;
  /** False if nothing tells what stood there: definitions may be missing, and acknowledged messages may come back. */
  readonly known: boolean;
  /** Messages that are lost, by queue. Empty if nothing is known. */
  readonly messages: ReadonlyArray<{ readonly vhost: string; readonly queue: string; readonly count: number }>;
}

interface Lost {
  readonly segment: Pick<Segment, 'start' | 'end'>;
  readonly stretch: Stretch;
  readonly known: boolean;
  readonly messages: Remembered['messages'];
}

/** The node must not run. `done` gets an empty list if nothing was damaged. Throws `DiskError`. */
export function repair(disk: Disk, done: (error: DiskError | null, repaired: readonly Repaired[]) => void): void {
  const marks = readMarks(disk);
  for (const start of missingSegments(disk, marks)) disk.create(segmentName(start)).close();
  const segments = segmentsOf(disk, marks.upto);
  const isLast = (segment: Segment): boolean => segment === segments[segments.length - 1];
  const lost = segments.flatMap((one) => repairSegment(disk, one, isLast(one) ? marks.upto : Number.POSITIVE_INFINITY));
  const queues = whoseTheyWere(disk, segments, lost);
  const repaired = lost.map(({ segment, stretch, known, messages }) => ({
    file: segmentName(segment.start),
    at: stretch.from - segment.start,
    octets: stretch.to - stretch.from,
    known,
    messages: byQueue(messages, queues),
  }));
  disk.syncNames((error) => done(error, repaired));
}

/** Each ends where the next begins, whatever length its file has, and the last not below `upto`. */
function segmentsOf(disk: Disk, upto: number): Segment[] {
  const starts = lsnsOf(disk, 'log');
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? Math.max(upto, start + disk.size(segmentName(start)));
    return { start, end, live: 0, liveEstimate: 0, givenEstimate: 0, sealed: true };
  });
}

/** Octets of a block that stands for what is lost; it is read whole. */
const FILL_MAX = 32 << 20;

const NOTHING: Remembered = { entries: [], messages: new Map() };

/** `safe`: no crash can have damaged what is below. */
function repairSegment(disk: Disk, segment: Segment, safe: number): Lost[] {
  const { start, end } = segment;
  const name = segmentName(start);
  if (disk.size(name) > end - start) disk.truncate(name, end - start);
  const merged = damagedStretches(disk, segment, safe, true);
  if (merged.length === 0) return [];
  const memory = new IndexMemory(merged);
  const known = readIndex(disk, segment, memory);
  const stretches = known ? merged : damagedStretches(disk, segment, safe, false);
  const lost = stretches.map((stretch, i) => {
    const { entries, messages } = known ? memory.of(i) : NOTHING;
    fill(disk, start, stretch, Buffer.concat(entries));
    return { segment, stretch, known, messages };
  });
  // It tells of messages that are not there any more.
  if (known) disk.remove(indexName(start));
  return lost;
}

/** Puts blocks in place of a stretch. The first holds what is kept. */
function fill(disk: Disk, start: number, { from, to }: Stretch, kept: Buffer): void {
  const name = segmentName(start);
  for (let at = from; at < to; ) {
    const size = to - at > 2 * FILL_MAX ? FILL_MAX : to - at;
    const block = Buffer.alloc(size);
    const used = BLOCK_HEADER + (at === from ? kept.length : 0);
    if (used > size) throw new Error(`${name}: the index remembers more than there was room for`);
    if (at === from) kept.copy(block, BLOCK_HEADER);
    if (used < size) block[used] = ENTRY.void;
    sealBlock(disk, block, size, at, at);
    disk.patch(name, at - start, block);
    at += size;
  }
}

/** Strikes out of `lost` what was removed later, or stands elsewhere too, and returns the queues by stream. */
function whoseTheyWere(disk: Disk, segments: readonly Segment[], lost: readonly Lost[]): Map<number, readonly [string, string]> {
  const queues = new Map<number, readonly [string, string]>();
  if (lost.length === 0) return queues;
  const strike = (stream: number, from: number, to: number): void => {
    for (const { messages } of lost) {
      for (const seq of messages.get(stream) ?? []) if (seq >= from && seq < to) messages.get(stream)?.delete(seq);
    }
  };
  const visitor: EntryVisitor = {
    message: (stream, seq) => strike(stream, seq, seq + 1),
    removed: (stream, seq, count) => strike(stream, seq, seq + count),
    put: (key, value) => {
      for (const [stream, queue] of queueOfStreamsKey(key, value)) queues.set(stream, queue);
    },
    deleted: (key) => {
      for (const [stream, queue] of queues) if (streamsKey(JSON.stringify(queue)) === key) queues.delete(stream);
    },
    redelivered: () => undefined,
    record: () => undefined,
    started: () => undefined,
    stopped: () => undefined,
    lost: () => undefined,
  };
  for (const segment of segments) {
    const walk = new SegmentWalk(disk, segment.start, segment.end);
    while (!walk.done) {
      const { lsn } = walk;
      const block = walk.next();
      if (block === null) break;
      walkBlock(block, lsn, visitor);
    }
  }
  return queues;
}

function byQueue(messages: Lost['messages'], queues: ReadonlyMap<number, readonly [string, string]>): Repaired['messages'] {
  const counts = new Map<string, { vhost: string; queue: string; count: number }>();
  for (const [stream, numbers] of messages) {
    const place = queues.get(stream);
    if (place === undefined || numbers.size === 0) continue;
    const [vhost, queue] = place;
    const known = counts.get(JSON.stringify(place)) ?? { vhost, queue, count: 0 };
    known.count += numbers.size;
    counts.set(JSON.stringify(place), known);
  }
  return [...counts.values()];
}
