/**
 * The ready messages of a queue that has no priorities, or of one priority. Three parts, the oldest first: those returned, a heap
 * by position; those that came since, a ring; and, when memory does not suffice, those on the shelf.
 *
 * The ring holds one word a message; expiry times stand in a column of their own that exists only once something expires.
 * `take` leaves its result in fields, so that delivering without acknowledgement allocates nothing.
 */
import type { Message } from '../message';
import type { Backlog, Shelf, Shelved, Span } from './backlog';
import { popHeld, pushHeld } from './by-position';
import { MESSAGE_MEMORY } from './memory-budget';
import type { Held } from './queue';

const NEVER = Number.POSITIVE_INFINITY;
const RING_MIN = 16;
/** Messages read from the shelf at a time. */
const FETCH = 1024;
/** Of a queue that nothing ever waited in; there may be a million of those. Nothing is in it, so nobody reads from it. */
const NO_RING: (Message | null)[] = [];
/** Of a queue to which nothing ever came back. */
const NONE_RETURNED: Held[] = [];

export class Fifo implements Backlog {
  message: Message | null = null;
  position = 0;
  redelivered = false;
  expiresAt = NEVER;
  bytes = 0;
  memory = 0;
  private returned: Held[] = NONE_RETURNED;
  private ring: (Message | null)[] = NO_RING;
  private expiry: Float64Array | null = null;
  /** Numbers of the oldest fresh message and of the one behind the ring. Invariant: tail - head <= ring.length. */
  private head = 0;
  private tail = 0;
  /** Messages in the ring; it has holes where messages read from the shelf had gaps between them. */
  private inRing = 0;
  /** Messages on the shelf, all behind the ring; the last of them has the number before `end`. Without any, `end` is `tail`. */
  private onShelf = 0;
  /** The number of the next message to come. */
  private end = 0;

  /**
   * One of `lanes` parts of a backlog gives every `lanes`-th position, so that positions are unique in the whole. `found`: what
   * lies on the shelf already.
   */
  constructor(
    private readonly shelf: Shelf | null = null,
    private readonly lane = 0,
    private readonly lanes = 1,
    found?: Shelved,
  ) {
    if (found === undefined) return;
    this.head = this.tail = Math.floor(found.first / lanes);
    this.end = Math.floor(found.end / lanes);
    this.onShelf = found.count;
    this.bytes = found.bytes;
    if (found.count === 0) this.head = this.tail = this.end;
  }

  get length(): number {
    return this.inRing + this.onShelf + this.returned.length;
  }

  get shelves(): boolean {
    return this.onShelf > 0;
  }

  push(message: Message, expiresAt: number): number {
    this.bytes += message.bodySize;
    if (this.onShelf > 0) {
      this.onShelf++;
      return this.end++ * this.lanes + this.lane;
    }
    this.toRing(message, expiresAt);
    this.end = this.tail;
    return (this.tail - 1) * this.lanes + this.lane;
  }

  private toRing(message: Message, expiresAt: number): void {
    if (this.tail - this.head === this.ring.length) this.resize(Math.max(RING_MIN, this.ring.length * 2));
    const slot = this.tail & (this.ring.length - 1);
    this.ring[slot] = message;
    if (expiresAt !== NEVER) this.expiryColumn()[slot] = expiresAt;
    else if (this.expiry !== null) this.expiry[slot] = NEVER;
    this.memory += message.size + MESSAGE_MEMORY;
    this.inRing++;
    this.tail++;
  }

  pass(): number {
    this.head++;
    this.end = ++this.tail;
    return (this.tail - 1) * this.lanes + this.lane;
  }

  take(): boolean {
    if (this.returned.length === 0 && this.inRing === 0 && !this.fetch()) return false;
    if (this.returned.length > 0) {
      const held = popHeld(this.returned) as Held;
      this.set(held.message, held.position, true, held.expiresAt);
      return true;
    }
    const slot = this.firstSlot();
    const message = this.ring[slot] as Message;
    this.ring[slot] = null;
    this.set(message, this.head * this.lanes + this.lane, false, this.expiry === null ? NEVER : (this.expiry[slot] as number));
    this.head++;
    this.inRing--;
    if (this.ring.length > 1024 && this.tail - this.head < this.ring.length >> 3) this.resize(this.ring.length >> 2);
    return true;
  }

  /** The slot of the oldest message in the ring, which is not empty. */
  private firstSlot(): number {
    let slot = this.head & (this.ring.length - 1);
    while (this.ring[slot] === null) slot = ++this.head & (this.ring.length - 1);
    return slot;
  }

  /** Fills the empty ring from the shelf; what was delivered before joins the returned ones. False if there is nothing. */
  private fetch(): boolean {
    if (this.onShelf === 0) return false;
    const first = this.tail;
    this.shelf?.read(first * this.lanes + this.lane, FETCH, (position, message, expiresAt, redelivered) => {
      const number = Math.floor(position / this.lanes);
      if (this.inRing === 0) this.head = this.tail = number;
      // The ring has a slot for each number, so a far one waits for the next time; so does one that would go in front of it.
      if (number - this.head > FETCH * 4 || (redelivered && this.inRing > 0)) return false;
      this.onShelf--;
      if (redelivered) {
        if (this.returned === NONE_RETURNED) this.returned = [];
        this.memory += message.size + MESSAGE_MEMORY;
        pushHeld(this.returned, { message, position, expiresAt });
        this.head = this.tail = number + 1;
        return true;
      }
      while (this.tail < number) this.hole();
      this.toRing(message, expiresAt);
      return true;
    });
    // Nothing came from a shelf that is not empty: it failed, and the node is about to stop.
    return this.inRing > 0 || this.returned.length > 0;
  }

  /** A number in the ring that has no message. */
  private hole(): void {
    if (this.inRing === 0) {
      this.head = ++this.tail;
      return;
    }
    if (this.tail - this.head === this.ring.length) this.resize(this.ring.length * 2);
    this.tail++;
  }

  shelve(count: number): void {
    const { shelf } = this;
    if (shelf === null || this.inRing <= count) return;
    let kept = 0;
    let from = this.head;
    for (; kept < count; from++) if (this.ring[from & (this.ring.length - 1)] !== null) kept++;
    for (let number = from; number < this.tail; number++) {
      const slot = number & (this.ring.length - 1);
      const message = this.ring[slot] as Message | null;
      if (message === null) continue;
      shelf.keep(number * this.lanes + this.lane, message, this.expiry === null ? NEVER : (this.expiry[slot] as number));
      this.ring[slot] = null;
      this.memory -= message.size + MESSAGE_MEMORY;
      this.inRing--;
      this.onShelf++;
    }
    this.tail = from;
    if (this.inRing === 0) this.ring = NO_RING;
    else if (this.ring.length > 1024) this.resize(ringFor(this.tail - this.head));
  }

  returnedPositions(): number[] {
    return this.returned.map(({ position }) => position);
  }

  inMemory(): Message[] {
    const returned = [...this.returned].sort((one, other) => one.position - other.position).map(({ message }) => message);
    for (let number = this.head; number < this.tail; number++) {
      const message = this.ring[number & (this.ring.length - 1)];
      if (message != null) returned.push(message);
    }
    return returned;
  }

  get ends(): readonly number[] {
    return [this.end * this.lanes + this.lane];
  }

  eachInMemory(visit: (held: Held) => void): void {
    for (const held of this.returned) visit(held);
    for (let number = this.head; number < this.tail; number++) {
      const slot = number & (this.ring.length - 1);
      const message = this.ring[slot];
      if (message == null) continue;
      const expiresAt = this.expiry === null ? NEVER : (this.expiry[slot] as number);
      visit({ message, position: number * this.lanes + this.lane, expiresAt });
    }
  }

  get spans(): readonly Span[] {
    const { onShelf: count, lane, lanes, tail, end } = this;
    return count === 0 ? [] : [{ from: tail * lanes + lane, end: end * lanes + lane, step: lanes, count }];
  }

  readShelf(from: number, count: number, visit: (held: Held) => boolean): void {
    this.shelf?.read(from, count, (position, message, expiresAt) => visit({ message, position, expiresAt }));
  }

  private set(message: Message, position: number, redelivered: boolean, expiresAt: number): void {
    this.message = message;
    this.position = position;
    this.redelivered = redelivered;
    this.expiresAt = expiresAt;
    this.bytes -= message.bodySize;
    this.memory -= message.size + MESSAGE_MEMORY;
  }

  headExpiresAt(): number {
    if (this.returned.length === 0 && this.inRing === 0 && !this.fetch()) return NEVER;
    if (this.returned.length > 0) return (this.returned[0] as Held).expiresAt;
    return this.expiry === null ? NEVER : (this.expiry[this.firstSlot()] as number);
  }

  putBack(held: readonly Held[]): void {
    for (let i = 0; i < held.length; i++) this.putBackOne(held[i] as Held);
  }

  putBackOne(held: Held): void {
    if (this.returned === NONE_RETURNED) this.returned = [];
    this.bytes += held.message.bodySize;
    this.memory += held.message.size + MESSAGE_MEMORY;
    pushHeld(this.returned, held);
  }

  clear(): void {
    this.returned = NONE_RETURNED;
    this.ring = NO_RING;
    this.expiry = null;
    this.head = this.tail = this.end;
    this.inRing = 0;
    this.onShelf = 0;
    this.bytes = 0;
    this.memory = 0;
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
      ring[p & (size - 1)] = this.ring[from] as Message | null;
      if (expiry !== null) expiry[p & (size - 1)] = (this.expiry as Float64Array)[from] as number;
    }
    this.ring = ring;
    this.expiry = expiry;
  }
}

function ringFor(count: number): number {
  let size = RING_MIN;
  while (size < count) size *= 2;
  return size;
}
