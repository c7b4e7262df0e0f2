/**
 * Who is at the queue: sessions, their consumers, and whose turn it is.
 *
 * Consumers that can take a message stand in line, higher priority first, and go to the end of their line after each. With a
 * single active consumer the others wait in order of subscription until it is cancelled, ends or is suspected; priorities do not
 * count then.
 */
import type { Entry } from './entry';

export class Session {
  /** The node cannot be reached: the session may or may not live. */
  suspected = false;
  /** The sequence number of the next message. */
  expected = 1;
  /** It was told that the queue is full. */
  refused = false;
  /** Consumers that came for one message each, and hold it; by tag. */
  readonly gets = new Map<string, QuorumConsumer>();

  constructor(
    readonly number: number,
    readonly key: string,
    readonly node: string,
  ) {}
}

export class QuorumConsumer {
  /** It gets no more, but it holds messages. */
  cancelled = false;
  /** It stands in line. */
  queued = false;
  /** Another one is the active one. */
  waiting = false;
  nextDelivery = 0;
  /** Delivery to entry, in order of delivery. */
  readonly held = new Map<number, Entry>();

  constructor(
    readonly number: number,
    readonly session: Session,
    readonly tag: string,
    /** Deliveries that it may hold at a time. */
    public window: number,
    public priority: number,
    /** It came for one message (`get`), and gets no more. */
    readonly once: boolean,
  ) {}

  get active(): boolean {
    return !(this.cancelled || this.waiting || this.session.suspected);
  }

  /** It can take a message now. */
  get hasRoom(): boolean {
    return this.active && !this.once && this.held.size < this.window;
  }
}

interface Line {
  readonly priority: number;
  /** Invariant: each one's `queued` is true; nobody stands in two lines. */
  readonly consumers: QuorumConsumer[];
}

export class Roster {
  readonly sessions = new Map<number, Session>();
  readonly consumers = new Map<number, QuorumConsumer>();
  private readonly byKey = new Map<string, Session>();
  /** Highest priority first. */
  private lines: Line[] = [];
  /** With a single active consumer: the others, in order. */
  private waiting: QuorumConsumer[] = [];

  constructor(private readonly singleActive: boolean) {}

  // --- sessions ---

  open(number: number, key: string, node: string): Session {
    const session = new Session(number, key, node);
    this.sessions.set(number, session);
    this.byKey.set(key, session);
    return session;
  }

  sessionOf(key: string): Session | undefined {
    return this.byKey.get(key);
  }

  closeSession(session: Session): void {
    this.sessions.delete(session.number);
    this.byKey.delete(session.key);
  }

  consumersOf(session: Session): QuorumConsumer[] {
    return [...this.consumers.values()].filter((consumer) => consumer.session === session);
  }

  // --- consumers ---

  add(consumer: QuorumConsumer): void {
    this.note(consumer);
    if (!this.singleActive) this.enqueue(consumer);
    else {
      consumer.waiting = true;
      this.waiting.push(consumer);
      this.activateNext();
    }
  }

  /** Also for one from a snapshot, whose place in line is restored by itself. */
  note(consumer: QuorumConsumer): void {
    this.consumers.set(consumer.number, consumer);
    if (consumer.once) consumer.session.gets.set(consumer.tag, consumer);
  }

  /** Takes it out altogether. It must hold nothing. */
  remove(consumer: QuorumConsumer): void {
    this.consumers.delete(consumer.number);
    if (consumer.once) consumer.session.gets.delete(consumer.tag);
    this.stepDown(consumer);
  }

  /** It gets no more. */
  cancel(consumer: QuorumConsumer): void {
    consumer.cancelled = true;
    this.stepDown(consumer);
  }

  private stepDown(consumer: QuorumConsumer): void {
    this.leaveLine(consumer);
    if (consumer.waiting) this.waiting.splice(this.waiting.indexOf(consumer), 1);
    consumer.waiting = false;
    this.activateNext();
  }

  /** The single active consumer is suspected: it waits again, behind the others. */
  demote(consumer: QuorumConsumer): void {
    if (!this.singleActive || consumer.waiting || consumer.cancelled) return;
    this.leaveLine(consumer);
    consumer.waiting = true;
    this.waiting.push(consumer);
  }

  /** If nobody is active, whoever waits longest becomes so. */
  activateNext(): void {
    if (!this.singleActive || this.activeConsumer() !== null) return;
    const at = this.waiting.findIndex(({ session }) => !session.suspected);
    const next = this.waiting[at];
    if (next === undefined) return;
    this.waiting.splice(at, 1);
    next.waiting = false;
    this.enqueue(next);
  }

  /** With a single active consumer: that one. */
  activeConsumer(): QuorumConsumer | null {
    for (const consumer of this.consumers.values()) if (consumer.active) return consumer;
    return null;
  }

  /** True as long as somebody is here who may get messages. */
  get busy(): boolean {
    for (const { session } of this.consumers.values()) if (!session.suspected) return true;
    return false;
  }

  // --- turns ---

  /** The consumer stands in line if it can take a message. */
  enqueue(consumer: QuorumConsumer): void {
    if (consumer.queued || !consumer.hasRoom) return;
    consumer.queued = true;
    this.line(consumer.priority).consumers.push(consumer);
  }

  /** Whose turn it is: taken out of line. Null if nobody can take a message. */
  next(): QuorumConsumer | null {
    for (const { consumers } of this.lines) {
      for (let consumer = consumers.shift(); consumer !== undefined; consumer = consumers.shift()) {
        consumer.queued = false;
        if (consumer.hasRoom) return consumer;
      }
    }
    return null;
  }

  private line(priority: number): Line {
    const at = this.lines.findIndex((line) => line.priority <= priority);
    const known = this.lines[at];
    if (known?.priority === priority) return known;
    const made: Line = { priority, consumers: [] };
    if (at < 0) this.lines.push(made);
    else this.lines.splice(at, 0, made);
    return made;
  }

  leaveLine(consumer: QuorumConsumer): void {
    if (!consumer.queued) return;
    consumer.queued = false;
    const { consumers } = this.line(consumer.priority);
    consumers.splice(consumers.indexOf(consumer), 1);
  }

  // --- snapshots ---

  /** Numbers of consumers: who stands in line, by priority, and who waits to become active. */
  order(): { readonly inLine: number[]; readonly waiting: number[] } {
    const numbers = (consumers: readonly QuorumConsumer[]): number[] => consumers.map(({ number }) => number);
    return { inLine: this.lines.flatMap(({ consumers }) => numbers(consumers)), waiting: numbers(this.waiting) };
  }

  /** What `order` gave, for consumers that are in `consumers` already. */
  restoreOrder(inLine: readonly number[], waiting: readonly number[]): void {
    const named = (number: number): QuorumConsumer => this.consumers.get(number) as QuorumConsumer;
    for (const number of inLine) this.enqueue(named(number));
    this.waiting = waiting.map(named);
  }
}
