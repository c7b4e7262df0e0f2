/** The messages of one queue, kept in the log. A position of the queue is a lane (priority) and a number in it. */
import type { Clock } from '../world/world';
import { FLAG_TRANSIENT } from './format';
import type { LogReader, StoredMessage } from './log-reader';
import type { LogWriter } from './log-writer';
import type { StreamIndex } from './stream-index';
import type { Keepable, QueueStore, Recovered } from './storage';
import type { Streams } from './streams';

/** Octets of messages after which a read stops. */
const MESSAGES_AT_ONCE = 1 << 20;
/**
 * Octets of blocks after which a read stops. Where many queues' messages lie side by side, a read that went on until it had found
 * much would go through what the cache cannot hold until the next queue asks for it.
 */
const BLOCKS_AT_ONCE = 1 << 20;

export interface StoreParts {
  readonly streams: Streams;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly figures: { given: number };
  /** The node before this one did not stop in order, so nobody knows what was delivered. */
  readonly unclean: boolean;
  /** The queue was destroyed. */
  destroyed(store: LogQueueStore): void;
  /** A message cannot be read: the node must stop. */
  failed(error: Error): void;
}

export class LogQueueStore implements QueueStore {
  private readonly lanes: readonly StreamIndex[];
  private found: readonly Recovered[];
  private inherits = false;

  constructor(
    readonly id: string,
    /** Stream of the first lane. */
    readonly first: number,
    laneCount: number,
    private readonly durable: boolean,
    private readonly parts: StoreParts,
  ) {
    this.lanes = Array.from({ length: laneCount }, (_, lane) => parts.streams.index(first + lane));
    this.found = this.present();
  }

  private present(): readonly Recovered[] {
    const { length } = this.lanes;
    return this.lanes.map((index, lane) => ({
      count: index.live,
      bytes: index.bytes,
      first: Math.max(index.next(0), 0) * length + lane,
      end: (index.highest() + 1) * length + lane,
    }));
  }

  append(position: number, message: Keepable, expiresAt: number): boolean {
    const lane = this.laneOf(position);
    const seq = this.seqOf(position);
    const { writer, streams } = this.parts;
    const lasting = this.durable && message.traits.persistent;
    const flags = lasting ? 0 : FLAG_TRANSIENT;
    const lsn = writer.message(this.first + lane, seq, flags, this.epochOf(expiresAt), message);
    streams.add(this.first + lane, seq, lsn, message.bodySize);
    this.parts.figures.given += message.size;
    return lasting;
  }

  remove(position: number): void {
    const stream = this.first + this.laneOf(position);
    const seq = this.seqOf(position);
    const lsn = this.parts.streams.remove(stream, seq);
    if (lsn !== 0) this.parts.writer.removed(stream, seq, lsn);
  }

  has(position: number): boolean {
    return this.indexOf(position).lsn(this.seqOf(position)) !== 0;
  }

  read(from: number, count: number, found: (position: number, message: StoredMessage, expiresAt: number) => boolean): void {
    const index = this.indexOf(from);
    const lane = this.laneOf(from);
    let seq = index.next(this.seqOf(from));
    const { reader } = this.parts;
    const enough = reader.octetsVisited + BLOCKS_AT_ONCE;
    let octets = 0;
    for (let taken = 0; seq >= 0 && taken < count && octets < MESSAGES_AT_ONCE && reader.octetsVisited < enough; taken++) {
      const message = this.messageAt(index.lsn(seq));
      if (message === null) return;
      octets += message.framesSize;
      if (!found(seq * this.lanes.length + lane, message, this.clockTimeOf(message.expiresAt))) return;
      seq = index.next(seq + 1);
    }
  }

  private messageAt(lsn: number): StoredMessage | null {
    try {
      return this.parts.reader.message(lsn);
    } catch (error) {
      this.parts.failed(error as Error);
      return null;
    }
  }

  recovered(): readonly Recovered[] {
    return this.found;
  }

  inherit(): readonly Recovered[] {
    this.inherits = true;
    this.found = this.present();
    return this.found;
  }

  *inherited(): Iterable<number> {
    if (!this.inherits) return;
    for (const [lane, index] of this.lanes.entries()) {
      const end = this.seqOf((this.found[lane] as Recovered).end);
      for (let seq = index.next(0); seq >= 0 && seq < end; seq = index.next(seq + 1)) yield seq * this.lanes.length + lane;
    }
  }

  mayBeRedelivered(position: number): boolean {
    const lane = this.laneOf(position);
    if (position >= (this.found[lane] as Recovered).end) return false;
    if (this.inherits) return true;
    return this.parts.unclean || (this.parts.streams.redelivered.get(this.first + lane)?.has(this.seqOf(position)) ?? false);
  }

  noteRedelivered(position: number): void {
    this.parts.writer.redelivered(this.first + this.laneOf(position), this.seqOf(position), 1);
  }

  destroy(): void {
    for (let lane = 0; lane < this.lanes.length; lane++) this.parts.streams.drop(this.first + lane);
    this.parts.destroyed(this);
  }

  private laneOf(position: number): number {
    return this.lanes.length === 1 ? 0 : position % this.lanes.length;
  }

  private seqOf(position: number): number {
    return this.lanes.length === 1 ? position : Math.floor(position / this.lanes.length);
  }

  private indexOf(position: number): StreamIndex {
    return this.lanes[this.laneOf(position)] as StreamIndex;
  }

  private epochOf(expiresAt: number): number {
    const { clock } = this.parts;
    return expiresAt === Number.POSITIVE_INFINITY ? expiresAt : expiresAt - clock.now() + clock.epochMs();
  }

  private clockTimeOf(epoch: number): number {
    const { clock } = this.parts;
    return epoch === Number.POSITIVE_INFINITY ? epoch : epoch - clock.epochMs() + clock.now();
  }
}
