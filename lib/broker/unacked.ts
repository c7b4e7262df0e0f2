/**
 * The deliveries of one channel that wait for an acknowledgement, in order of their delivery tags.
 *
 * Tags grow, but not without gaps (no-ack deliveries use them up too). A ring holds the deliveries oldest first; one that is
 * settled out of order leaves a hole that is dropped when it becomes the oldest. Looking up a tag first tries the slot
 * where it would be without gaps, then searches by halves.
 */
import type { Message } from './message';
import type { Held, Queue } from './queue/queue';
import type { ChannelConsumer } from './channel-consumer';

export class Delivery implements Held {
  settled = false;

  constructor(
    readonly tag: number,
    readonly message: Message,
    readonly queue: Queue,
    /** Null for basic.get. */
    readonly consumer: ChannelConsumer | null,
    readonly position: number,
    readonly expiresAt: number,
  ) {}
}

export class Unacked {
  /** Deliveries that are not settled. */
  count = 0;
  private ring: (Delivery | null)[] = new Array<Delivery | null>(16).fill(null);
  private head = 0;
  private tail = 0;

  add(delivery: Delivery): void {
    if (this.tail - this.head === this.ring.length) this.grow();
    this.ring[this.tail++ & (this.ring.length - 1)] = delivery;
    this.count++;
  }

  private grow(): void {
    const ring = new Array<Delivery | null>(this.ring.length * 2).fill(null);
    for (let i = this.head; i < this.tail; i++) ring[i & (ring.length - 1)] = this.at(i);
    this.ring = ring;
  }

  private at(index: number): Delivery {
    return this.ring[index & (this.ring.length - 1)] as Delivery;
  }

  /** Takes out one delivery; null if the tag is not outstanding. */
  take(tag: number): Delivery | null {
    const index = this.find(tag);
    if (index < 0) return null;
    const delivery = this.at(index);
    if (delivery.settled) return null;
    this.drop(delivery);
    this.trim();
    return delivery;
  }

  /** Takes out every delivery up to this tag, which must be outstanding itself; null if it is not. */
  takeUpTo(tag: number): Delivery[] | null {
    const index = this.find(tag);
    if (index < 0 || this.at(index).settled) return null;
    return this.takeThrough(index);
  }

  /** Oldest first. */
  takeAll(): Delivery[] {
    return this.takeThrough(this.tail - 1);
  }

  private takeThrough(last: number): Delivery[] {
    const taken: Delivery[] = [];
    for (let i = this.head; i <= last; i++) {
      const delivery = this.at(i);
      this.ring[i & (this.ring.length - 1)] = null;
      if (delivery.settled) continue;
      this.drop(delivery);
      taken.push(delivery);
    }
    this.head = last + 1;
    this.trim();
    return taken;
  }

  private drop(delivery: Delivery): void {
    delivery.settled = true;
    this.count--;
  }

  /** Invariant afterwards: the oldest slot is not settled. */
  private trim(): void {
    while (this.head < this.tail && this.at(this.head).settled) this.ring[this.head++ & (this.ring.length - 1)] = null;
  }

  private find(tag: number): number {
    if (this.head === this.tail) return -1;
    const guess = this.head + tag - this.at(this.head).tag;
    if (guess >= this.head && guess < this.tail && this.at(guess).tag === tag) return guess;
    let low = this.head;
    let high = this.tail - 1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const found = this.at(middle).tag;
      if (found === tag) return middle;
      if (found < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Puts deliveries back that a rolled-back transaction had taken out. */
  restore(deliveries: readonly Delivery[]): void {
    const all = [...deliveries, ...this.takeAll()].sort((a, b) => a.tag - b.tag);
    for (const delivery of all) {
      delivery.settled = false;
      this.add(delivery);
    }
  }

  list(): Delivery[] {
    const present: Delivery[] = [];
    for (let i = this.head; i < this.tail; i++) if (!this.at(i).settled) present.push(this.at(i));
    return present;
  }
}
