/** Dead letters of a quorum queue, on its leader: to the dead-letter exchange, and back word if that is wanted. */
import type { Message } from '../broker/message';
import type { Queue } from '../broker/queue/queue';
import { route } from '../broker/routing';
import type { DeathReason } from '../trace/events';

/** Milliseconds after which a dead letter that goes nowhere is looked at again. */
const RETRY = 30_000;

export class QuorumBurials {
  private readonly waiting = new Map<number, () => void>();
  private last = 0;

  constructor(private readonly queue: Queue) {}

  /** `buried` is called once the message is where it goes, never if it goes nowhere. Null: nobody waits for that. */
  bury(message: Message, reason: DeathReason, buried: (() => void) | null): void {
    const { queue } = this;
    if (queue.gone) return;
    const { deadLetters, world } = queue.vhost.host;
    if (buried !== null && !this.hasGrave(message)) {
      world.clock.after(RETRY, () => this.bury(message, reason, buried));
      return;
    }
    const number = ++this.last;
    if (buried !== null) this.waiting.set(number, buried);
    deadLetters.add(queue, message, number, reason);
  }

  private hasGrave({ destination, traits }: Message): boolean {
    const { vhost, settings } = this.queue;
    const { deadLetterExchange, deadLetterRoutingKey } = settings;
    const exchange = deadLetterExchange === null ? undefined : vhost.exchanges.get(deadLetterExchange);
    return exchange !== undefined && route(vhost, exchange, deadLetterRoutingKey ?? destination.routingKey, traits).length > 0;
  }

  buried(number: number): void {
    this.waiting.get(number)?.();
    this.waiting.delete(number);
  }
}
