/**
 * The heart of the simulation: what happens next. Promises: events happen in order of (virtual time, order of scheduling),
 * one at a time; each is one turn (world.ts), so whatever it put off to the end of the turn, and then the output of the
 * links it wrote to, comes before any other event; nothing happens to a process that is dead, and to a paused one only
 * after it has been resumed.
 */
import type { Fault } from './sim-faults';
import { EventHash } from './sim-hash';
import { TimerEntry, TimerHeap } from './timer-heap';

/** One life of a host: from its start to its crash. */
export class SimProcess {
  alive = true;
  pausedBy: Fault | null = null;
  /** What happened to it while it was paused, in order. */
  readonly held: SimEvent[] = [];
  /** Events that wait for it in the scheduler. */
  waiting = 0;

  constructor(
    readonly name: string,
    readonly id: number,
  ) {}
}

export class SimEvent extends TimerEntry {
  constructor(
    at: number,
    readonly owner: SimProcess | null,
    call: () => void,
  ) {
    super(at, call);
  }

  override cancel(): void {
    if (this.call !== null && this.owner !== null) this.owner.waiting--;
    super.cancel();
  }
}

/** What has output to hand over when the turn ends. */
export interface Flushable {
  flush(): void;
}

/** More events than this at one instant mean that something keeps itself busy without letting time pass. */
const MOST_EVENTS_AT_AN_INSTANT = 1_000_000;
const POISON = 0xdd;

export class SimScheduler {
  readonly hash = new EventHash();
  /** Virtual milliseconds since the simulation began. */
  now = 0;
  /** Grows whenever somebody asks for something to be done; two equal readings mean that nobody did. */
  activity = 0;
  /** Events done so far. */
  executed = 0;
  /** Set when an event reached code that goes on in promises, which the event loop must be given time to run. */
  touched = false;
  private readonly heap = new TimerHeap<SimEvent>();
  private eventsAtThisInstant = 0;
  private readonly ends: (() => void)[] = [];
  private readonly endOwners: SimProcess[] = [];
  private readonly dirty: Flushable[] = [];
  private readonly lent: Buffer[] = [];

  /** Does `call` at virtual time `at` (not before now) on behalf of `owner`; null stands for the network itself. */
  at(at: number, owner: SimProcess | null, call: () => void): SimEvent {
    const event = new SimEvent(Math.max(at, this.now), owner, call);
    if (owner !== null) owner.waiting++;
    this.heap.push(event);
    this.activity++;
    return event;
  }

  atEnd(owner: SimProcess, call: () => void): void {
    this.ends.push(call);
    this.endOwners.push(owner);
    this.activity++;
  }

  flushAtEnd(link: Flushable): void {
    this.dirty.push(link);
    this.activity++;
  }

  /** The bytes are overwritten when the turn ends, so that whoever keeps them against the contract finds out. */
  lend(chunk: Buffer): void {
    this.lent.push(chunk);
  }

  /** Time of the next event; Infinity if nothing will ever happen. */
  get nextAt(): number {
    if (this.hasOpenTurn) return this.now;
    return this.heap.peek()?.at ?? Infinity;
  }

  /** Does the next event. False if there is none. */
  step(): boolean {
    // A turn can be open here only because code outside all events asked for its end: it ends before anything else.
    if (this.hasOpenTurn) {
      this.endTurn();
      return true;
    }
    const event = this.heap.pop();
    if (event === undefined) return false;
    this.moveTo(event.at);
    const owner = event.owner;
    if (owner !== null) {
      if (!owner.alive) return true;
      if (owner.pausedBy !== null) {
        owner.pausedBy.eventsHeld++;
        owner.held.push(event);
        return true;
      }
      owner.waiting--;
    }
    const call = event.call as () => void;
    event.call = null;
    this.hash.mixFloat(this.now);
    this.hash.mixInt(event.order);
    this.hash.mixInt(owner === null ? -1 : owner.id);
    this.executed++;
    call();
    this.endTurn();
    return true;
  }

  /** Lets time pass until `at` although nothing happens. Only when no event is due before. */
  idleUntil(at: number): void {
    if (at > this.now) this.moveTo(at);
  }

  /** What was held for a process that was paused happens now, in the order in which it would have happened. */
  release(process: SimProcess): void {
    for (const event of process.held.splice(0)) {
      if (event.call === null) continue;
      event.at = this.now;
      this.heap.push(event);
      this.activity++;
    }
  }

  private get hasOpenTurn(): boolean {
    return this.ends.length > 0 || this.dirty.length > 0;
  }

  private moveTo(at: number): void {
    if (at > this.now) {
      this.now = at;
      this.eventsAtThisInstant = 0;
    } else if (++this.eventsAtThisInstant > MOST_EVENTS_AT_AN_INSTANT) {
      throw new Error(`Virtual time cannot pass ${this.now} ms: ${MOST_EVENTS_AT_AN_INSTANT} events at this instant.`);
    }
  }

  private endTurn(): void {
    const { ends, dirty, lent } = this;
    // Most turns have put nothing off, and to empty an empty list costs as much as a full one.
    if (ends.length > 0) this.doEnds();
    if (dirty.length > 0) {
      for (let i = 0; i < dirty.length; i++) (dirty[i] as Flushable).flush();
      dirty.length = 0;
    }
    if (lent.length > 0) {
      for (let i = 0; i < lent.length; i++) (lent[i] as Buffer).fill(POISON);
      lent.length = 0;
    }
  }

  private doEnds(): void {
    const { ends, endOwners } = this;
    try {
      for (let i = 0; i < ends.length; i++) {
        if ((endOwners[i] as SimProcess).alive) (ends[i] as () => void)();
      }
    } finally {
      ends.length = 0;
      endOwners.length = 0;
    }
  }
}
