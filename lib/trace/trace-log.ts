/**
 * The trace of a lab: keeps the newest events in order, hands each to the listeners at once, and lets somebody wait for
 * one. Promises: `seq` is dense and increasing over all nodes, also across `clear`; at most `limit` events are kept, the
 * oldest go first; an event is never changed after it was handed out.
 *
 * Time is a function handed in and there is no time-out here: who waits decides when to give up (`Waiting.cancel`).
 */
import type { EventBody, EventOf, EventType, TraceEvent } from './events';
import type { TraceSink } from './sink';

/** An event that somebody waits for. */
export interface Waiting {
  /** The first event for which the condition holds. Rejects with what `cancel` was given, or what the condition threw. */
  readonly event: Promise<TraceEvent>;
  /** Gives up. Does nothing once the event has come. */
  cancel(reason: Error): void;
}

type Listener = (event: TraceEvent) => void;

export class TraceLog implements TraceSink {
  readonly active = true;
  /** The newest events, oldest first. Invariant: at most twice `limit` long, of which only the last `limit` are shown. */
  private kept: TraceEvent[] = [];
  /** What `events` returned last, as long as it is still right: it is asked for more often than it changes. */
  private shown: readonly TraceEvent[] | null = null;
  /** Replaced, never changed, so that a listener may come or go while the list is walked. */
  private listeners: readonly Listener[] = [];
  private lastSeq = 0;
  private lastMessage = 0;

  /** `now`: lab time in milliseconds. `limit`: 1 or more events. */
  constructor(
    private readonly now: () => number,
    private readonly limit: number = 100_000,
  ) {
    if (!(limit >= 1)) throw new RangeError(`A trace keeps 1 event or more, not ${limit}.`);
  }

  emit(node: string, body: EventBody): void {
    const event = { seq: ++this.lastSeq, at: this.now(), node, ...body } as TraceEvent;
    // Cut rarely: dropping one event a time from the front would move all the others each time.
    if (this.kept.length >= 2 * this.limit) this.kept.splice(0, this.kept.length - this.limit + 1);
    this.kept.push(event);
    this.shown = null;
    for (const listener of this.listeners) call(listener, event);
  }

  nextMessage(): number {
    return ++this.lastMessage;
  }

  /** The newest events, oldest first; the array does not change afterwards. */
  get events(): readonly TraceEvent[] {
    this.shown ??= this.kept.slice(-this.limit);
    return this.shown;
  }

  /** Number of the last event; 0 before the first. */
  get seq(): number {
    return this.lastSeq;
  }

  of<T extends EventType>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** Calls `listener` with every event from now on, within the turn in which it happens. Returns what ends that. */
  on(listener: Listener): () => void {
    // A listener given twice is called twice and ended once a time, hence an entry of its own.
    const entry: Listener = (event) => listener(event);
    this.listeners = [...this.listeners, entry];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== entry);
    };
  }

  /** Waits for the first event, past or coming, for which `match` holds. */
  waitFor(match: (event: TraceEvent) => boolean): Waiting {
    let cancel: (reason: Error) => void = () => undefined;
    const event = new Promise<TraceEvent>((resolve, reject) => {
      const past = this.events.find(match);
      if (past !== undefined) {
        resolve(past);
        return;
      }
      const end = this.on((coming) => {
        try {
          if (!match(coming)) return;
          resolve(coming);
        } catch (error) {
          reject(error);
        }
        end();
      });
      cancel = (reason) => {
        end();
        reject(reason);
      };
    });
    return { event, cancel: (reason) => cancel(reason) };
  }

  /** Puts a remark into the trace. */
  note(text: string): void {
    this.emit('', { type: 'note', text });
  }

  /** Forgets the events so far. Numbers go on, so that what was said about older events stays unambiguous. */
  clear(): void {
    this.kept = [];
    this.shown = null;
  }
}

/** A listener that throws must not tear the turn of the broker it listens to; its error surfaces as an unhandled rejection. */
function call(listener: Listener, event: TraceEvent): void {
  try {
    listener(event);
  } catch (error) {
    void Promise.reject(error);
  }
}
