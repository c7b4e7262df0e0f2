/**
 * A consumer of this node at a queue of another one. The home may send as many messages as it was given credit for; credit is
 * given for what the consumer has room for, so its prefetch holds across nodes.
 */
import type { Message } from '../../broker/message';
import type { Consumer } from '../../broker/queue/consumer';

/** Messages under way to a consumer that sets no limit. */
const WINDOW = 256;
const NEVER = Number.POSITIVE_INFINITY;

interface Arrived {
  readonly message: Message;
  readonly position: number;
  readonly redelivered: boolean;
}

export class RemoteConsumer {
  /** The home knows it no more. */
  cancelled = false;
  /** Waits for that; null if nobody has asked for it. */
  whenCancelled: (() => void) | null = null;
  /** Credit that the home has not used yet. */
  private outstanding = 0;
  /** Arrived, and not handed on: the consumer's socket or channel is full. */
  private waiting: Arrived[] = [];

  constructor(
    readonly consumer: Consumer,
    readonly number: number,
    private readonly give: (more: number) => void,
  ) {}

  /** What the home may send at first. */
  firstCredit(): number {
    this.outstanding = this.room();
    this.consumer.parked = true;
    return this.outstanding;
  }

  arrived(message: Message, position: number, redelivered: boolean): void {
    this.outstanding--;
    this.waiting.push({ message, position, redelivered });
  }

  /** Hands on what the consumer can take, and asks for more. Called again when it may have room. */
  pump(queue: { readonly gone: boolean }): void {
    const { consumer } = this;
    let done = 0;
    while (done < this.waiting.length && consumer.ready && !queue.gone) {
      const { message, position, redelivered } = this.waiting[done++] as Arrived;
      consumer.deliver(message, position, redelivered, NEVER);
    }
    this.waiting.splice(0, done);
    const more = this.room() - this.outstanding - this.waiting.length;
    // Few large grants instead of many small ones, but a consumer that waits for nothing else gets its credit at once.
    if (more > 0 && (more >= WINDOW / 2 || this.outstanding < WINDOW / 2)) {
      this.outstanding += more;
      this.give(more);
    }
    // Whoever is parked is told to the queue once it has room.
    consumer.parked = !consumer.ready || consumer.room < WINDOW;
  }

  /** Positions of what it never saw. */
  unseen(): readonly number[] {
    return this.waiting.splice(0).map(({ position }) => position);
  }

  private room(): number {
    return Math.max(0, Math.min(WINDOW, this.consumer.room));
  }
}
