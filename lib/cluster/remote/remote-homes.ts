/**
 * What this node has under way to the homes of remote queues: calls and receipts that are not answered, and how much of what was
 * published there has not been taken in.
 */
import type { Message } from '../../broker/message';
import type { Answer, Queue } from '../../broker/queue/queue';
import type { Receipt } from '../../broker/queue/receipt';
import type { BatchReader } from './batch-octets';
import type { Fate } from '../mirror/mirror-part';
import { errorOf, type QueueKey, type QueueWire, type Reply, type Request, type Settling } from './queue-wire';
import type { RemoteConsumer } from './remote-consumer';
import type { RemoteQueue } from './remote-queue';

/** Octets published to a home that it has not taken in: publishers had better wait. */
const FULL = 4 << 20;
const RELIEVED = 1 << 20;
const NEVER = Number.POSITIVE_INFINITY;

interface Call {
  readonly answer: Answer<unknown>;
  /** The home goes away, or is not the home any more. */
  readonly lost: () => void;
}

export interface RemoteHomesPort {
  running(): readonly string[];
  fate(queue: Queue): Fate;
  /** Whether a queue that has begun anew on this node has a message that was published here under this number. */
  isThere(queue: Queue, number: number): boolean;
  /** A queue of another node is deleted. */
  deleted(queue: Queue): void;
  /** After so many milliseconds. */
  after(ms: number, fn: () => void): void;
}

/** Milliseconds within which numbers do not come again (25 days), and how many there are for each; all below 2^48. */
const LIVES = 2 ** 31;
const NUMBERS = 2 ** 16;

/** Milliseconds after which a node is asked again that was not the home of the queue yet, or is not any more. */
const AGAIN = 10;

interface Unconfirmed {
  readonly receipt: Receipt;
  /** The home is gone: the message goes elsewhere, if there is such a place. Null: it is refused. */
  readonly again: ((number: number) => void) | null;
}

/** Towards one home. */
class Home {
  readonly calls = new Map<number, Call>();
  readonly receipts = new Map<number, Unconfirmed>();
  octets = 0;
  /** Whoever waits until it has taken in more. */
  waiting: Array<() => void> = [];
  /** Queues that get nowhere there, and whoever waits for each. */
  readonly full = new Map<QueueKey, Array<() => void>>();
}

export class RemoteHomes {
  readonly consumers = new Map<number, { readonly queue: RemoteQueue; readonly remote: RemoteConsumer }>();
  private readonly homes = new Map<string, Home>();
  private lastNumber: number;

  /** `born`: milliseconds since 1970. No number is one of an earlier life of the application: copies know publishes by them. */
  constructor(
    private readonly wire: QueueWire,
    readonly port: RemoteHomesPort,
    born: number,
  ) {
    this.lastNumber = (born % LIVES) * NUMBERS;
  }

  isUp(home: string): boolean {
    return this.port.running().includes(home);
  }

  newConsumer(): number {
    return ++this.lastNumber;
  }

  send(home: string, request: Request): void {
    if (this.isUp(home)) this.wire.add(home, request);
  }

  call(home: string, request: (call: number) => Request, answer: Answer<unknown>, lost: () => void): void {
    const call = ++this.lastNumber;
    this.home(home).calls.set(call, { answer, lost });
    this.wire.add(home, request(call));
  }

  /** `known`: the number that it has already. */
  expectReceipt(home: string, receipt: Receipt, again: Unconfirmed['again'], known?: number): number {
    const number = known ?? ++this.lastNumber;
    this.home(home).receipts.set(number, { receipt, again });
    return number;
  }

  /** `receipt`: its number, 0 if nobody waits for one. */
  publish(home: string, queue: QueueKey, message: Message, receipt: number, again = false): void {
    const last = this.wire.last(home);
    const goesOn =
      last?.do === 'publish' &&
      last.queue === queue &&
      last.again === again &&
      last.first === (receipt === 0 ? 0 : receipt - last.count);
    if (goesOn) last.count++;
    else this.wire.add(home, { do: 'publish', queue, first: receipt, again, count: 1 });
    this.home(home).octets += this.wire.octets(home).message(message);
  }

  settle(home: string, what: Settling, queue: QueueKey, positions: readonly number[]): void {
    const last = this.wire.last(home);
    if (last?.do === what && last.queue === queue) last.count += positions.length;
    else this.wire.add(home, { do: what, queue, count: positions.length });
    const out = this.wire.octets(home);
    for (const position of positions) out.number(position);
  }

  // --- the pace of publishers ---

  congested(name: string, queue: QueueKey): boolean {
    const home = this.homes.get(name);
    return home !== undefined && (home.octets > FULL || home.full.has(queue));
  }

  whenRelieved(name: string, queue: QueueKey, fn: () => void): void {
    const home = this.home(name);
    const waiting = home.full.get(queue) ?? (home.octets > FULL ? home.waiting : null);
    if (waiting === null) fn();
    else waiting.push(fn);
  }

  private full(home: Home, queue: QueueKey, full: boolean): void {
    const waiting = home.full.get(queue) ?? [];
    if (full) home.full.set(queue, waiting);
    else {
      home.full.delete(queue);
      for (const fn of waiting) fn();
    }
  }

  // --- what homes say ---

  reply(from: string, reply: Reply, octets: BatchReader): void {
    switch (reply.do) {
      case 'receipts':
        this.settled(from, reply, octets);
        break;
      case 'deliver':
        this.deliver(reply, octets);
        break;
      case 'cancelled': {
        const known = this.consumers.get(reply.consumer);
        known?.queue.cancelled(known.remote);
        break;
      }
      case 'taken':
        this.taken(this.home(from), reply.octets);
        break;
      case 'full':
        this.full(this.home(from), reply.queue, reply.full);
        break;
      case 'answer':
        this.answered(from, reply.call, reply.value ?? undefined);
        break;
      case 'error':
        this.answered(from, reply.call, errorOf(reply));
        break;
      case 'moved': {
        const { calls } = this.home(from);
        const known = calls.get(reply.call);
        calls.delete(reply.call);
        if (known !== undefined) this.port.after(AGAIN, known.lost);
        break;
      }
      case 'got': {
        const { position, redelivered, remaining, found } = reply;
        const taken = found ? { message: octets.message(), position, redelivered, remaining, expiresAt: NEVER } : null;
        this.answered(from, reply.call, taken);
        break;
      }
    }
  }

  private settled(from: string, { count, kept }: Reply & { do: 'receipts' }, octets: BatchReader): void {
    const { receipts } = this.home(from);
    for (let i = 0; i < count; i++) {
      const number = octets.number();
      receipts.get(number)?.receipt.settle(kept);
      receipts.delete(number);
    }
  }

  private deliver(reply: Reply & { do: 'deliver' }, octets: BatchReader): void {
    const known = this.consumers.get(reply.consumer);
    for (let i = 0; i < reply.count; i++) {
      const position = octets.number();
      const redelivered = octets.flag();
      const message = octets.message();
      // Of a consumer that is cancelled meanwhile: its home takes them back when it hears of that.
      known?.remote.arrived(message, position, redelivered);
    }
    known?.queue.delivered(known.remote);
  }

  private taken(home: Home, octets: number): void {
    home.octets -= octets;
    if (home.octets > RELIEVED) return;
    for (const fn of home.waiting.splice(0)) fn();
  }

  private answered(from: string, call: number, result: unknown): void {
    const { calls } = this.home(from);
    const known = calls.get(call);
    calls.delete(call);
    known?.answer(result);
  }

  /** Nothing of what it has not answered will be answered. */
  lost(name: string): void {
    this.wire.forget(name);
    const home = this.homes.get(name);
    this.homes.delete(name);
    if (home === undefined) return;
    for (const [number, { receipt, again }] of home.receipts) {
      if (again === null) receipt.settle(false);
      else again(number);
    }
    for (const { lost } of home.calls.values()) lost();
    for (const fn of [...home.waiting, ...[...home.full.values()].flat()]) fn();
  }

  private home(name: string): Home {
    let home = this.homes.get(name);
    if (home === undefined) {
      home = new Home();
      this.homes.set(name, home);
    }
    return home;
  }
}
