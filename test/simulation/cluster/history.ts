/**
 * What the clients of a run did and saw, in Jepsen's words. Each number is published once and never again, so a message is
 * known by its number: attempted, acknowledged (confirmed) or not, delivered so often, acknowledged by a consumer so often.
 */
import { type Fate, newFate, type Outcome, settle } from '../../../lib/lab/history';
import { kindOfQueue } from './kinds';

export interface Attempt extends Fate {
  readonly number: number;
  readonly queue: string;
  /** The publishing channel: what it publishes to one queue stays in order. */
  readonly session: number;
  /** Lab milliseconds. */
  readonly attemptedAt: number;
  /** Lab milliseconds; Infinity until then. */
  confirmedAt: number;
  deliveries: number;
  /** Of these, those that were not called redelivered: when they came. */
  readonly fresh: number[];
}

/** What was seen so far of faults that nothing else counts. */
export interface Seen {
  /** Times that a node has told a publisher that it reads no more of it. */
  blocked: number;
  /** Links between nodes that were refused for their cookie. */
  strangers: number;
}

/** What one consumer is sent, in order. */
export interface Stream {
  readonly queue: string;
  /** Everything comes in the order of publishing, not only what comes for the first time. */
  readonly strict: boolean;
  /** By publishing channel and by which time it comes: the last number that had to be in order. */
  readonly last: Map<string, number>;
}

export function newStream(queue: string, strict: boolean): Stream {
  return { queue, strict, last: new Map() };
}

const LARGE = 3000;

/** By number: the same in all runs. */
const bodies: Buffer[] = [];

/** What is published under this number. Not to be written to. */
export function bodyOf(number: number): Buffer {
  const known = bodies[number];
  if (known !== undefined) return known;
  const size = number % 61 === 0 ? LARGE : (number * 37) % 150;
  const body = Buffer.from(`${number} ${'.'.repeat(size)}`);
  bodies[number] = body;
  return body;
}

export class History {
  readonly attempts: Attempt[] = [];
  /** Promises that were seen broken while it went on; `queue`: whose, null for those of the cluster. */
  readonly broken: Array<{ readonly queue: string | null; readonly text: string }> = [];
  /** By key of a definition: what its declarer knows of it. */
  readonly definitions = new Map<string, 'there' | 'gone' | 'unknown'>();
  /** By queue: when another node took the place of its home. */
  private readonly promotions = new Map<string, number[]>();
  readonly seen: Seen = { blocked: 0, strangers: 0 };
  private sessions = 0;

  /**
   * `silence`: for how long a home may go on that the other nodes do not hear (0 where it can do nothing unheard). What it
   * delivers in that time its heir delivers once more, and cannot know it: AMQP 0-9-1 calls `redelivered` a hint.
   */
  constructor(
    private readonly now: () => number,
    private readonly silence = 0,
  ) {}

  breaks(text: string, queue: string | null = null): void {
    this.broken.push({ queue, text });
  }

  newSession(): number {
    return ++this.sessions;
  }

  attempt(queue: string, session: number): number {
    const number = this.attempts.length;
    const times = { attemptedAt: this.now(), confirmedAt: Infinity };
    this.attempts.push({ number, queue, session, ...times, deliveries: 0, fresh: [], ...newFate() });
    return number;
  }

  settled(number: number, outcome: Outcome): void {
    const attempt = this.attempts[number] as Attempt;
    settle(attempt, outcome);
    if (attempt.outcome === 'acknowledged') attempt.confirmedAt = this.now();
  }

  /** Another node was the home of the queue from then on. */
  promoted(queue: string, at: number): void {
    this.promotions.set(queue, [...(this.promotions.get(queue) ?? []), at]);
  }

  /** Gives its number, or null if it is none of ours. */
  delivered(stream: Stream, body: Buffer, redelivered: boolean): number | null {
    const number = Number(body.toString('latin1', 0, body.indexOf(0x20)));
    const attempt = this.attempts[number];
    if (attempt === undefined || attempt.queue !== stream.queue || !body.equals(bodyOf(number))) {
      this.breaks(`unexpected: ${stream.queue} delivered "${body.toString('latin1', 0, 20)}"`);
      return null;
    }
    attempt.deliveries++;
    if (!redelivered) attempt.fresh.push(this.now());
    if (!redelivered || stream.strict) this.inOrder(stream, attempt);
    return number;
  }

  /** What came as if for the first time more often than it may; told at the end, for promotions may be learnt of late. */
  get repeated(): Attempt[] {
    return this.attempts.filter((attempt) => attempt.fresh.length > 1 && attempt.fresh.length > 1 + this.repeats(attempt));
  }

  /** How often it may come as if for the first time once more (`Kind.repeats`). */
  private repeats({ queue, attemptedAt, confirmedAt, fresh }: Attempt): number {
    if (kindOfQueue(queue).repeats !== true) return 0;
    const promotions = this.promotions.get(queue) ?? [];
    const unheard = (at: number): boolean => fresh.some((delivered) => delivered <= at && at < delivered + this.silence);
    return promotions.filter((at) => attemptedAt <= at && (at <= confirmedAt || unheard(at))).length;
  }

  consumed(number: number): void {
    (this.attempts[number] as Attempt).consumed++;
  }

  /** What comes once more as if for the first time does so in its own order. */
  private inOrder({ queue, strict, last }: Stream, { number, session, fresh }: Attempt): void {
    const key = strict ? `${session}` : `${session} ${fresh.length}`;
    const before = last.get(key) ?? -1;
    if (number < before) this.breaks(`order: ${queue} delivered ${number} after ${before}`, queue);
    last.set(key, Math.max(number, before));
  }
}
