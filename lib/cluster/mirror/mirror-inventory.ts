/** All that a mirrored queue has, for a mirror that is brought up to date. What lies on the shelf is read when its turn comes. */
import type { ReadyMessages, Span } from '../../broker/queue/backlog';
import type { Held } from '../../broker/queue/queue';

/** Messages read from the shelf at a time. */
const FETCH = 1024;

export class MirrorInventory {
  /** Messages, as far as they are known when it begins. */
  readonly count: number;
  /** The next one last. */
  private readonly next: Held[];
  private readonly spans: Span[];

  /** `unacked`: what consumers hold. */
  constructor(
    unacked: Iterable<Held>,
    private readonly ready: ReadyMessages,
  ) {
    this.next = [...unacked];
    ready.eachInMemory((held) => this.next.push(held));
    this.next.sort((one, other) => other.position - one.position);
    this.spans = [...ready.spans];
    this.count = this.spans.reduce((sum, { count }) => sum + count, this.next.length);
  }

  /** Undefined when there are no more. It may have left the queue meanwhile. */
  take(): Held | undefined {
    while (this.next.length === 0 && this.spans.length > 0) this.fetch(this.spans[0] as Span);
    return this.next.pop();
  }

  private fetch(span: Span): void {
    const before = this.next.length;
    this.ready.readShelf(span.from, FETCH, (held) => {
      if (held.position >= span.end) return false;
      this.next.push(held);
      return true;
    });
    const last = this.next.at(-1);
    if (this.next.length === before || last === undefined) this.spans.shift();
    else this.spans[0] = { ...span, from: last.position + span.step };
    this.next.reverse();
  }
}
