/**
 * The ready messages of a queue, in order. New ones join at the tail with the next position; requeued ones go back to the
 * position they had. So there are two parts: those returned, a heap by position, all older than the fresh ones, a ring.
 *
 * The ring holds one word a message; expiry times stand in a column of their own that exists only once something expires.
 * `take` leaves its result in fields, so that delivering without acknowledgement allocates nothing.
 */
import type { Message } from '../message';
import { popHeld, pushHeld } from './by-position';
import type { Held } from './queue';

const NEVER = Number.POSITIVE_INFINITY;
const RING_MIN = 16;
/** Of a queue that nothing ever waited in; there may be a million of those. Its length is 0, so nobody writes to it. */
const NO_RING: (Message | null)[] = [];
/** Of a queue to which nothing ever came back. */
const NONE_RETURNED: Held[] = [];

export interface Backlog {
  readonly length: number;
  /** Body octets of all ready messages. */
  readonly bytes: number;
  /** What `take` took last; the taker sets it to null so that the backlog does not hold on to it. */
  message: Message | null;
  readonly position: number;
  readonly redelivered: boolean;
  readonly expiresAt: number;
  /** Returns the position that the message got. */
  push(message: Message, expiresAt: number): number;
  /** The position of a message that is delivered at once. Only while the backlog is empty. */
  pass(message: Message): number;
  /** Moves the head into the fields above; false when empty. */
  take(): boolean;
  /** When the head expires; Infinity when it does not or there is none. */
  headExpiresAt(): number;
  putBack(held: readonly Held[]): void;
  clear(): void;
}

export class Fifo implements Backlog {
  message: Message | null = null;
  position = 0;
  redelivered = false;
  expiresAt = NEVER;
  bytes = 0;
  private returned: Held[] = NONE_RETURNED;
  private ring: (Message | null)[] = NO_RING;
  private expiry: Float64Array | null = null;
  /** Numbers of the oldest fresh message and of the next to come. Invariant: tail - head <= ring.length. */
  private head = 0;
  private tail = 0;

  /** One of `lanes` parts of a backlog gives every `lanes`-th position, so that positions are unique in the whole. */
  constructor(
    private readonly lane = 0,
    private readonly lanes = 1,
  ) {}

  get length(): number {
    return this.tail - this.head + this.returned.length;
  }

  push(message: Message, expiresAt: number): number {
    if (this.tail - this.head === this.ring.length) this.resize(Math.max(RING_MIN, this.ring.length * 2));
    const slot = this.tail & (this.ring.length - 1);
    this.ring[slot] = message;
    if (expiresAt !== NEVER) this.expiryColumn()[slot] = expiresAt;
    else if (this.expiry !== null) this.expiry[slot] = NEVER;
    this.bytes += message.bodySize;
    return this.tail++ * this.lanes + this.lane;
  }

  pass(): number {
    this.head++;
    return this.tail++ * this.lanes + this.lane;
  }

  take(): boolean {
    if (this.returned.length > 0) {
      const held = popHeld(this.returned) as Held;
      this.set(held.message, held.position, true, held.expiresAt);
      return true;
    }
    if (this.head === this.tail) return false;
    const slot = this.head & (this.ring.length - 1);
    const message = this.ring[slot] as Message;
    this.ring[slot] = null;
    this.set(message, this.head * this.lanes + this.lane, false, this.expiry === null ? NEVER : (this.expiry[slot] as number));
    this.head++;
    if (this.ring.length > 1024 && this.tail - this.head < this.ring.length >> 3) this.resize(this.ring.length >> 2);
    return true;
  }

  private set(message: Message, position: number, redelivered: boolean, expiresAt: number): void {
    this.message = message;
    this.position = position;
    this.redelivered = redelivered;
    this.expiresAt = expiresAt;
    this.bytes -= message.bodySize;
  }

  headExpiresAt(): number {
    if (this.returned.length > 0) return (this.returned[0] as Held).expiresAt;
    if (this.expiry === null || this.head === this.tail) return NEVER;
    return this.expiry[this.head & (this.ring.length - 1)] as number;
  }

  putBack(held: readonly Held[]): void {
    for (let i = 0; i < held.length; i++) this.putBackOne(held[i] as Held);
  }

  putBackOne(held: Held): void {
    if (this.returned === NONE_RETURNED) this.returned = [];
    this.bytes += held.message.bodySize;
    pushHeld(this.returned, held);
  }

  clear(): void {
    this.returned = NONE_RETURNED;
    this.ring = NO_RING;
    this.expiry = null;
    this.head = this.tail;
    this.bytes = 0;
  }

  private expiryColumn(): Float64Array {
    this.expiry ??= new Float64Array(this.ring.length).fill(NEVER);
    return this.expiry;
  }

  /** `size` is a power of two and holds everything that is in the ring. */
  private resize(size: number): void {
    const ring = new Array<Message | null>(size).fill(null);
    const expiry = this.expiry === null ? null : new Float64Array(size).fill(NEVER);
    for (let p = this.head; p < this.tail; p++) {
      const from = p & (this.ring.length - 1);
      ring[p & (size - 1)] = this.ring[from] as Message;
      if (expiry !== null) expiry[p & (size - 1)] = (this.expiry as Float64Array)[from] as number;
    }
    this.ring = ring;
    this.expiry = expiry;
  }
}

/** One Fifo a priority; the highest goes first (RabbitMQ x-max-priority). A priority above the maximum counts as the maximum. */
export class PriorityBacklog implements Backlog {
  length = 0;
  bytes = 0;
  message: Message | null = null;
  position = 0;
  redelivered = false;
  expiresAt = NEVER;
  /** By priority, the lowest first. */
  private readonly levels: readonly Fifo[];

  constructor(maxPriority: number) {
    const count = maxPriority + 1;
    this.levels = Array.from({ length: count }, (_, priority) => new Fifo(priority, count));
  }

  push(message: Message, expiresAt: number): number {
    this.length++;
    this.bytes += message.bodySize;
    return this.levelOf(message).push(message, expiresAt);
  }

  pass(message: Message): number {
    return this.levelOf(message).pass();
  }

  private levelOf(message: Message): Fifo {
    return this.levels[Math.min(message.traits.priority, this.levels.length - 1)] as Fifo;
  }

  private top(): Fifo | null {
    if (this.length === 0) return null;
    for (let i = this.levels.length - 1; i >= 0; i--) {
      const level = this.levels[i] as Fifo;
      if (level.length > 0) return level;
    }
    return null;
  }

  take(): boolean {
    const level = this.top();
    if (level === null) return false;
    level.take();
    const message = level.message as Message;
    level.message = null;
    this.message = message;
    this.position = level.position;
    this.redelivered = level.redelivered;
    this.expiresAt = level.expiresAt;
    this.length--;
    this.bytes -= message.bodySize;
    return true;
  }

  headExpiresAt(): number {
    return this.top()?.headExpiresAt() ?? NEVER;
  }

  putBack(held: readonly Held[]): void {
    for (const one of held) {
      this.length++;
      this.bytes += one.message.bodySize;
      this.levelOf(one.message).putBackOne(one);
    }
  }

  clear(): void {
    for (const level of this.levels) level.clear();
    this.length = 0;
    this.bytes = 0;
  }
}
