/** One mirror as the home of the queue sees it: what it was told, up to where it has answered, and what it lacks. */
import type { Message } from '../../broker/message';
import type { Held } from '../../broker/queue/queue';
import type { BatchWire } from '../remote/batch-wire';
import type { MirrorInventory } from './mirror-inventory';
import { type MirrorItem, ttlOf } from './mirror-wire';

/** Octets that a mirror is told at a time while it is brought up to date. */
const SYNC_OCTETS = 4 << 20;

/** Octets from which on a part of what is under way grows no more. */
const PART = 16384;

/** Which publish on which node a message came from. */
export interface Origin {
  readonly from: string;
  /** Of the receipt; 0 if nobody waits for one. */
  readonly number: number;
}

export const NO_ORIGIN: Origin = { from: '', number: 0 };

export class MirrorLink {
  /** Up to here it has everything that it was told. */
  acked: number;
  /** Messages that it was not told of: as long as there are any, it is not synchronised. */
  missing: number;
  /** Octets under way. */
  octets = 0;
  /** In parts; `number`: of the last message of each. */
  private readonly underWay: Array<{ number: number; octets: number }> = [];
  /** Old messages that it was told of meanwhile. */
  private readonly caughtUp = new Set<number>();
  /** What is being copied; null unless it is brought up to date just now. */
  private copying: MirrorInventory | null = null;
  /** Positions of old messages that it may have from another home, as long as it has not said which. */
  private asked: Set<number> | null = null;
  /** Of them, those that have left the queue meanwhile. */
  private readonly gone = new Set<number>();
  copied = 0;
  private wasCopied = false;
  /** Number of what was copied last. */
  chunk = 0;
  /** The cluster was told that it lacks nothing. */
  told = false;
  /** Number of the message that it was told last. */
  toldUpTo: number;
  /** What `toldUpTo` was when it had been told of everything; -1 before. */
  completeAt = -1;

  /** `ends`: by lane, the first position of which it is told. `missing`: how many messages are before. */
  constructor(
    readonly node: string,
    readonly link: number,
    private readonly wire: BatchWire<MirrorItem>,
    private readonly ends: readonly number[],
    missing: number,
    acked: number,
  ) {
    this.missing = missing;
    this.acked = acked;
    this.toldUpTo = acked;
  }

  /** It was told of everything. */
  get complete(): boolean {
    return this.missing === 0 && this.copying === null && this.asked === null;
  }

  get isAsked(): boolean {
    return this.asked !== null;
  }

  get isCopying(): boolean {
    return this.copying !== null;
  }

  keep(
    message: Message,
    position: number,
    expiresAt: number,
    number: number,
    now: number,
    { from, number: origin }: Origin = NO_ORIGIN,
    late = false,
  ): number {
    const { wire, node, link } = this;
    const last = wire.last(node);
    if (last?.do === 'keep' && last.link === link && last.late === late && last.from === from) {
      last.number = number;
      last.count++;
    } else wire.add(node, { do: 'keep', link, number, late, from, count: 1 });
    const out = wire.octets(node);
    out.number(position);
    out.time(ttlOf(expiresAt, now));
    out.number(origin);
    const size = out.message(message);
    this.octets += size;
    this.toldUpTo = number;
    const part = this.underWay.at(-1);
    if (part === undefined || part.octets > PART) this.underWay.push({ number, octets: size });
    else {
      part.number = number;
      part.octets += size;
    }
    return size;
  }

  drop(position: number): void {
    if (this.isOld(position) && !this.caughtUp.delete(position)) {
      this.missing--;
      this.asked?.delete(position);
      // It may be among those that are still to be copied.
      if (this.copying !== null) this.gone.add(position);
    }
    const { wire, node, link } = this;
    const last = wire.last(node);
    if (last?.do === 'drop' && last.link === link) last.count++;
    else wire.add(node, { do: 'drop', link, count: 1 });
    wire.octets(node).number(position);
  }

  /**
   * A message that came back to the queue. If it was not known here when the mirror was brought up to date, it is told now;
   * a mirror that was not brought up to date is told of no old messages (RabbitMQ).
   */
  returned({ message, position, expiresAt }: Held, number: number, now: number): boolean {
    if (!this.wasCopied || !this.isOld(position) || this.caughtUp.has(position)) return false;
    this.caughtUp.add(position);
    this.missing--;
    this.keep(message, position, expiresAt, number, now, NO_ORIGIN, true);
    return true;
  }

  /** It has all of the queue before these positions, or lacks it. */
  private isOld(position: number): boolean {
    return this.missing + this.caughtUp.size > 0 && position < (this.ends[position % this.ends.length] as number);
  }

  // --- being brought up to date ---

  /** It is asked which of these it has: all that it is not told of. */
  ask(positions: readonly number[]): void {
    this.asked = new Set(positions);
  }

  /** It has what it was asked for but these, or nothing (null). */
  lacks(positions: ReadonlySet<number> | null): void {
    const asked = this.asked ?? [];
    this.asked = null;
    if (positions === null) return;
    for (const position of asked) {
      if (positions.has(position)) continue;
      this.caughtUp.add(position);
      this.missing--;
    }
    if (this.missing === 0) this.caughtUp.clear();
  }

  /** `all`: what the queue has, as far as it is known. */
  copy(all: MirrorInventory): void {
    this.copying = all;
    this.copied = 0;
    this.wasCopied = true;
  }

  /** Tells it up to `count` more under this number; false if nothing is left. */
  copyMore(count: number, number: number, now: number): boolean {
    const { copying } = this;
    if (copying === null) return false;
    let octets = 0;
    for (let i = 0; i < count && octets < SYNC_OCTETS; ) {
      const held = copying.take();
      if (held === undefined) break;
      const { position } = held;
      if (!this.isOld(position) || this.gone.has(position) || this.caughtUp.has(position)) continue;
      i++;
      this.caughtUp.add(held.position);
      this.missing--;
      this.copied++;
      octets += this.keep(held.message, held.position, held.expiresAt, number, now, NO_ORIGIN, true);
    }
    return octets > 0;
  }

  copyOver(): void {
    this.copying = null;
    this.gone.clear();
    if (this.missing === 0) this.caughtUp.clear();
  }

  // --- what it answers ---

  kept(number: number): void {
    this.acked = Math.max(this.acked, number);
    let done = 0;
    while (done < this.underWay.length && (this.underWay[done] as { number: number }).number <= number) {
      this.octets -= (this.underWay[done++] as { octets: number }).octets;
    }
    this.underWay.splice(0, done);
  }

  end(): void {
    this.wire.add(this.node, { do: 'end', link: this.link });
  }
}
