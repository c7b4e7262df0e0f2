/**
 * Dead letters of a quorum queue, on its leader: to the dead-letter exchange, and word back if that is wanted. What goes nowhere,
 * or is refused where it goes, is sent again later, to all queues: one of them may have it twice then.
 */
import type { Message } from '../../broker/message';
import type { Queue } from '../../broker/queue/queue';
import { route } from '../../broker/routing';
import type { DeathReason } from '../../trace/events';

/** Milliseconds after which a dead letter that is nowhere yet is sent again (RabbitMQ). */
const RETRY = 180_000;

/** Whoever waits until a dead letter is where it goes. */
export interface Mourner {
  /** False once somebody else leads the queue, and does it all again. */
  readonly waits: boolean;
  /** All queues that it goes to have it for good. */
  buried(): void;
}

interface Letter {
  readonly message: Message;
  readonly reason: DeathReason;
  readonly mourner: Mourner;
}

export class QuorumBurials {
  private readonly underWay = new Map<number, Letter>();
  private last = 0;

  constructor(private readonly queue: Queue) {}

  /** Null: nobody waits for it. */
  bury(message: Message, reason: DeathReason, mourner: Mourner | null): void {
    const { queue } = this;
    if (queue.gone) return;
    const number = ++this.last;
    if (mourner !== null) {
      const letter = { message, reason, mourner };
      if (!this.hasGrave(message)) {
        this.again(letter);
        return;
      }
      this.underWay.set(number, letter);
    }
    queue.vhost.host.deadLetters.add(queue, message, number, reason);
  }

  private again({ message, reason, mourner }: Letter): void {
    this.queue.vhost.host.world.clock.after(RETRY, () => {
      if (mourner.waits) this.bury(message, reason, mourner);
    });
  }

  private hasGrave({ destination, traits }: Message): boolean {
    const { vhost, settings } = this.queue;
    const { deadLetterExchange, deadLetterRoutingKey } = settings;
    const exchange = deadLetterExchange === null ? undefined : vhost.exchanges.get(deadLetterExchange);
    return exchange !== undefined && route(vhost, exchange, deadLetterRoutingKey ?? destination.routingKey, traits).length > 0;
  }

  /** `kept`: no queue has refused it. */
  buried(number: number, kept: boolean): void {
    const letter = this.underWay.get(number);
    if (letter === undefined) return;
    this.underWay.delete(number);
    if (!kept) this.again(letter);
    // What queues of this node have is on its disk then.
    else this.queue.vhost.host.storage.afterSync(() => letter.mourner.buried());
  }
}
