/**
 * The home of a mirrored queue: tells its mirrors what comes and goes, gathers what they answer into receipts, and brings them up
 * to date. Who mirrors is decided elsewhere (mirror-part.ts).
 */
import type { Message } from '../../broker/message';
import type { ClassicQueue } from '../../broker/queue/classic';
import { ACCEPTED, type Held, type Outcome, PENDING, WAITING } from '../../broker/queue/queue';
import { Receipt } from '../../broker/queue/receipt';
import type { Replication } from '../../broker/queue/replication';
import type { Storage } from '../../storage/storage';
import type { Clock } from '../../world/world';
import type { BatchWire } from '../remote/batch-wire';
import { CopyTeller, refOf } from '../remote/message-teller';
import { MirrorInventory } from './mirror-inventory';
import { MirrorLink, NO_ORIGIN, type Origin } from './mirror-link';
import type { Lacking, MirrorItem } from './mirror-wire';
import { keyOf } from '../remote/queue-wire';

/** Octets under way to a mirror: publishers had better wait. */
const FULL = 4 << 20;
const RELIEVED = 1 << 20;
/** Messages that are named where a mirror lacks many. */
const NAMED_MAX = 100;

export interface LeaderPort {
  readonly wire: BatchWire<MirrorItem>;
  readonly storage: Storage;
  readonly clock: Clock;
  newLink(): number;
  /** The mirror lacks nothing any more. `copied`: messages that were copied for that. */
  complete(leader: MirrorLeader, node: string, copied: number): void;
  /** It has said what it has of the copy that another home had there, and that is not all. */
  behind(leader: MirrorLeader): void;
  ended(): void;
}

interface Open {
  readonly number: number;
  readonly receipt: Receipt;
}

export class MirrorLeader implements Replication {
  receipt: Receipt | null = null;
  /** Of the message that is being published just now. */
  origin: Origin = NO_ORIGIN;
  /** By node, in the order in which they joined. */
  readonly links = new Map<string, MirrorLink>();
  /** Mirrors that are none any more, which not all nodes know yet. */
  private readonly lost = new Set<MirrorLink>();
  /** Unacknowledged messages, as far as they were delivered since the queue is mirrored. */
  private readonly held = new Map<number, Held>();
  /** Number of what was appended last. */
  private last = 0;
  /** Up to here all is as safe on this node as the queue promises. */
  private safe = 0;
  /** What was appended since the storage's batch of this number began waits for it. */
  private batch = -1;
  private inBatch: { upTo: number } | null = null;
  /** Receipts that are not settled, the oldest first. */
  private readonly open: Open[] = [];
  private waiting: Array<() => void> = [];
  /** Whoever waits until nothing is copied any more. */
  private untilCopied: Array<() => void> = [];
  /** Messages that are copied at a time. */
  private syncBatch = 4096;
  private readonly teller: CopyTeller;

  constructor(
    readonly queue: ClassicQueue,
    private readonly port: LeaderPort,
    private readonly reign: string,
    /** The one before, if what the queue began with is from its home; copies that are, too, may go on. */
    private readonly after: string | null,
  ) {
    this.teller = new CopyTeller(queue);
  }

  // --- mirrors come and go ---

  /** A copy begins on that node. Returns whether it lacks nothing. `goesOn`: it may have most from the home before this one. */
  add(node: string, goesOn = false): boolean {
    const { queue, port } = this;
    const missing = queue.readyCount + queue.unackedCount;
    const lanes = queue.settings.maxPriority + 1;
    const link = new MirrorLink(node, port.newLink(), port.wire, queue.ready.ends, missing, this.last);
    this.links.set(node, link);
    const { id, durable } = queue;
    const key = keyOf(queue.vhost.name, queue.name);
    const lacks = missing > 0 && queue.vhost.host.trace.active ? this.oldest() : [];
    // What lies on the shelf would have to be read for its positions.
    const { reign, after } = this;
    const offered = goesOn && after !== null && queue.ready.spans.length === 0 ? this.positions() : [];
    if (offered.length > 0) link.ask(offered);
    port.wire.add(node, {
      do: 'begin',
      link: link.link,
      queue: key,
      id,
      durable,
      lanes,
      missing,
      offered: offered.length,
      reign,
      after,
      lacks,
    });
    const out = port.wire.octets(node);
    for (const position of offered) out.number(position);
    return missing === 0;
  }

  private positions(): number[] {
    const found = [...this.held.keys()];
    this.queue.ready.eachInMemory(({ position }) => found.push(position));
    return found;
  }

  private oldest(): Lacking[] {
    const inventory = new MirrorInventory(this.held.values(), this.queue.ready);
    const found: Lacking[] = [];
    for (let held = inventory.take(); held !== undefined && found.length < NAMED_MAX; held = inventory.take()) {
      found.push({ position: held.position, ...refOf(held.message) });
    }
    return found;
  }

  /** Nobody waits for it any more. */
  remove(node: string): void {
    if (!this.links.delete(node)) return;
    this.teller.forget(node);
    this.progress();
    this.queue.wake();
    this.maybeCopied();
  }

  /**
   * Its node is out of reach. Until the others know that it mirrors no more, it may be promoted with what it has: so nothing is
   * confirmed that it lacks. The function that is returned says that they know.
   */
  lose(node: string): () => void {
    const link = this.links.get(node);
    if (link === undefined) return () => undefined;
    this.lost.add(link);
    this.remove(node);
    return () => {
      this.lost.delete(link);
      this.progress();
    };
  }

  // --- as the replication of the queue ---

  appended(message: Message, position: number, expiresAt: number, own: Outcome, confirm: boolean): Outcome {
    const number = this.next(own === WAITING);
    const now = this.port.clock.now();
    for (const link of this.links.values()) {
      link.keep(message, position, expiresAt, number, now, this.origin);
      this.teller.sent(link.node, number, message);
    }
    if (this.links.size === 0 && this.lost.size === 0) return own;
    this.receipt = null;
    if (!confirm) return ACCEPTED;
    const receipt = new Receipt();
    this.receipt = receipt;
    this.open.push({ number, receipt });
    return PENDING;
  }

  private next(waitsForDisk = false): number {
    const number = ++this.last;
    if (waitsForDisk) this.awaitDisk(number);
    else if (this.inBatch !== null) this.inBatch.upTo = number;
    else this.safe = number;
    return number;
  }

  private awaitDisk(number: number): void {
    const { storage } = this.port;
    if (this.inBatch !== null && storage.batch === this.batch) {
      this.inBatch.upTo = number;
      return;
    }
    this.batch = storage.batch;
    const batch = { upTo: number };
    this.inBatch = batch;
    storage.afterSync(() => {
      this.safe = batch.upTo;
      if (this.inBatch === batch) this.inBatch = null;
      this.progress();
    });
  }

  delivered(held: Held): void {
    this.held.set(held.position, held);
  }

  returned(held: readonly Held[]): void {
    const now = this.port.clock.now();
    for (const one of held) {
      this.held.delete(one.position);
      for (const link of this.links.values()) if (!link.complete && link.returned(one, this.next(), now)) this.look(link);
    }
  }

  removed(position: number): void {
    this.held.delete(position);
    for (const link of this.links.values()) {
      const before = link.complete;
      link.drop(position);
      if (!before) this.look(link);
    }
  }

  get congested(): boolean {
    for (const { octets, isCopying } of this.links.values()) if (octets > FULL && !isCopying) return true;
    return false;
  }

  whenRelieved(fn: () => void): void {
    if (this.congested) this.waiting.push(fn);
    else fn();
  }

  ended(): void {
    for (const link of this.links.values()) link.end();
    this.links.clear();
    this.lost.clear();
    // What is open waits for this node's disk only.
    this.progress();
    this.relieve();
    this.maybeCopied();
    this.port.ended();
  }

  /** Nobody knows of what is open whether it is kept. */
  refuse(): void {
    for (const { receipt } of this.open.splice(0)) receipt.settle(false);
  }

  // --- what mirrors answer ---

  kept(node: string, number: number): void {
    const link = this.links.get(node);
    if (link === undefined) return;
    link.kept(number);
    this.teller.kept(node, number);
    this.progress();
    if (link.isCopying && link.acked >= link.chunk) this.copyMore(link);
    else this.look(link);
  }

  /** `positions`: what it lacks of what was offered; null: all of it. */
  lacking(node: string, positions: ReadonlySet<number> | null): void {
    const link = this.links.get(node);
    if (link === undefined) return;
    link.lacks(positions);
    if (link.complete) this.look(link);
    else this.port.behind(this);
  }

  private progress(): void {
    let safe = this.safe;
    for (const { acked } of this.links.values()) safe = Math.min(safe, acked);
    for (const { acked } of this.lost) safe = Math.min(safe, acked);
    const { open } = this;
    let done = 0;
    while (done < open.length && (open[done] as Open).number <= safe) (open[done++] as Open).receipt.settle(true);
    if (done > 0) open.splice(0, done);
    if (this.waiting.length > 0) this.relieve();
  }

  private relieve(): void {
    for (const { octets, isCopying } of this.links.values()) if (octets > RELIEVED && !isCopying) return;
    for (const fn of this.waiting.splice(0)) fn();
  }

  /** It may lack nothing any more. */
  private look(link: MirrorLink): void {
    if (!link.complete || link.told) return;
    if (link.completeAt < 0) link.completeAt = link.toldUpTo;
    if (link.acked >= link.completeAt) {
      link.told = true;
      this.port.complete(this, link.node, link.copied);
      this.maybeCopied();
    }
  }

  // --- bringing mirrors up to date ---

  get still(): boolean {
    for (const { isCopying } of this.links.values()) if (isCopying) return true;
    return false;
  }

  /** Begins to copy what the mirrors lack; does nothing for those that lack nothing. Returns how many messages, 0 if none. */
  synchronise(batch: number): number {
    this.syncBatch = batch;
    const behind = [...this.links.values()].filter(({ complete, isCopying, isAsked }) => !complete && !isCopying && !isAsked);
    if (behind.length === 0) return 0;
    let count = 0;
    for (const link of behind) {
      const inventory = new MirrorInventory(this.held.values(), this.queue.ready);
      count = inventory.count;
      link.copy(inventory);
    }
    for (const link of behind) this.copyMore(link);
    return count;
  }

  private copyMore(link: MirrorLink): void {
    const { clock } = this.port;
    link.chunk = this.next();
    if (link.copyMore(this.syncBatch, link.chunk, clock.now())) return;
    link.copyOver();
    this.look(link);
    if (!this.still) this.queue.wake();
  }

  /** Returns false if nothing was under way. */
  cancelSync(): boolean {
    if (!this.still) return false;
    for (const link of this.links.values()) if (link.isCopying) link.copyOver();
    this.queue.wake();
    this.maybeCopied();
    return true;
  }

  /** Somebody waits until nothing is copied any more. */
  get isAwaited(): boolean {
    return this.untilCopied.length > 0;
  }

  /** Calls `fn` once nothing is copied any more: the mirrors have all and have said so, are gone, or somebody stopped it. */
  whenCopied(fn: () => void): void {
    this.untilCopied.push(fn);
    this.maybeCopied();
  }

  private maybeCopied(): void {
    for (const { isCopying, isAsked, complete, told } of this.links.values()) {
      if (isCopying || isAsked || (complete && !told)) return;
    }
    for (const fn of this.untilCopied.splice(0)) fn();
  }
}
