/** Load on a cluster: unmodified amqplib clients that publish with confirms and consume with acknowledgements. */
import type { ConfirmChannel, ConsumeMessage, Message } from 'amqplib';
import { AmqplibClient, type AmqplibSettings } from '../simulation/cluster/amqplib-clients';
import { bodyOf, newStream, type Stream } from '../simulation/cluster/history';

/** Messages that a publisher has under way at most. */
const UNCONFIRMED_MAX = 200;
const BURST_MAX = 20;
const PREFETCH_MAX = 100;
/** Milliseconds without a confirm after which a publisher goes elsewhere. */
const PATIENCE_MS = 8000;
/** One in so many acknowledgements is a requeue. */
const REQUEUES_EVERY = 20;

export class LoadPublisher extends AmqplibClient {
  /** Queues of the messages that are not confirmed, on the present connection. */
  private owed = new Map<number, string>();

  constructor(
    settings: AmqplibSettings,
    private readonly queues: readonly string[],
  ) {
    super(settings);
  }

  /** Who it is, and what it waits for. */
  override get name(): string {
    const numbers = [...this.owed].slice(0, 3).map(([number, queue]) => `${number} in ${queue}`);
    return numbers.length === 0 ? super.name : `${super.name} (${this.owed.size} unconfirmed: ${numbers.join(', ')})`;
  }

  protected async use(channel: ConfirmChannel, lost: Promise<never>): Promise<void> {
    const { history, random } = this.settings;
    const session = history.newSession();
    let heardAt = Date.now();
    const owed = new Map<number, string>();
    this.owed = owed;
    this.pending = 0;
    channel.on('return', ({ content }: Message) => history.settled(numberOf(content), 'returned'));
    while (!this.ending) {
      const queue = this.queues[random.int(this.queues.length)] as string;
      for (let left = 1 + random.int(BURST_MAX); left > 0 && this.pending < UNCONFIRMED_MAX; left--) {
        const number = history.attempt(queue, session);
        this.pending++;
        owed.set(number, queue);
        channel.sendToQueue(queue, bodyOf(number), { persistent: true, mandatory: true }, (error: Error | null) => {
          owed.delete(number);
          heardAt = Date.now();
          // What is owed by a connection that is gone is told late.
          if (this.owed === owed) this.pending--;
          // amqplib answers with an error too when the channel has closed: then nobody knows.
          if (error === null) history.settled(number, 'acknowledged');
        });
      }
      await Promise.race([this.pace(), lost]);
      if (this.pending === 0) heardAt = Date.now();
      else if (Date.now() - heardAt > PATIENCE_MS) throw new Error('no confirm comes');
    }
  }
}

/** Takes from one queue, gives some of it back, and is cut off with what it holds. */
export class LoadConsumer extends AmqplibClient {
  constructor(
    settings: AmqplibSettings,
    private readonly queue: string,
  ) {
    super(settings);
  }

  protected async use(channel: ConfirmChannel, lost: Promise<never>): Promise<void> {
    const { history, random } = this.settings;
    const stream = newStream(this.queue, false);
    const held: ConsumeMessage[] = [];
    const cancelled = consume(channel, this.queue, 1 + random.int(PREFETCH_MAX), (message) => {
      if (history.delivered(stream, message.content, message.fields.redelivered) !== null) held.push(message);
    });
    while (!this.ending) {
      await Promise.race([this.pace(), lost, cancelled]);
      for (const message of held.splice(0, 1 + random.int(PREFETCH_MAX))) {
        if (random.int(REQUEUES_EVERY) === 0) channel.nack(message);
        else {
          channel.ack(message);
          history.consumed(numberOf(message.content));
        }
      }
    }
  }
}

/** Takes everything that is left in a queue. */
export class Drainer extends AmqplibClient {
  /** Deliveries so far. */
  taken = 0;

  /** `inOrder`: nobody else holds anything, so all has to come in the order of publishing. */
  constructor(
    settings: AmqplibSettings,
    private readonly queue: string,
    private readonly inOrder: boolean,
  ) {
    super(settings);
  }

  protected async use(channel: ConfirmChannel, lost: Promise<never>): Promise<void> {
    const { history } = this.settings;
    const stream: Stream = newStream(this.queue, this.inOrder);
    const cancelled = consume(channel, this.queue, PREFETCH_MAX, (message) => {
      this.taken++;
      const number = history.delivered(stream, message.content, message.fields.redelivered);
      channel.ack(message);
      if (number !== null) history.consumed(number);
    });
    while (!this.ending) await Promise.race([this.pace(), lost, cancelled]);
  }
}

/** Rejects when the queue is gone, or cannot be consumed. */
function consume(
  channel: ConfirmChannel,
  queue: string,
  prefetch: number,
  taken: (message: ConsumeMessage) => void,
): Promise<never> {
  const over = new Promise<never>((_, reject) => {
    const heard = (message: ConsumeMessage | null): void => (message === null ? reject(new Error('cancelled')) : taken(message));
    channel
      .prefetch(prefetch)
      .then(() => channel.consume(queue, heard))
      .catch(reject);
  });
  over.catch(() => undefined);
  return over;
}

function numberOf(body: Buffer): number {
  return Number(body.toString('latin1', 0, body.indexOf(0x20)));
}
