/** Clients of the node that is going to be killed: they publish, take, acknowledge, declare and delete until it is gone. */
import amqp, { type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { Socket } from 'node:net';
import type { SeededRandom } from '../../lib/world/random';
import type { Ledger, Seen } from './ledger';

const QUEUES = ['a', 'b', 'c', 'd'];
/** With more messages than this in a queue, its consumer takes all it gets: each new node is asked for everything it has. */
const BACKLOG = 300;
/** Messages that a publisher sends at most in one life of the node. */
const SENT_MAX = 2000;
/** The longest life of a node, when the machine is slow. */
const LIFE_MS_MAX = 5_000;
const SIZES = [16, 16, 16, 1000, 20_000, 400_000];

interface Opened {
  readonly connection: ChannelModel;
  readonly closed: Promise<void>;
}

async function connect(url: string): Promise<Opened> {
  const connection = await amqp.connect(url);
  connection.on('error', () => undefined);
  // A node that stops may open a connection and close it in one breath: then its 'close' is over already.
  const { stream } = connection.connection as unknown as { stream: Socket };
  return { connection, closed: new Promise((resolve) => (stream.destroyed ? resolve() : stream.once('close', () => resolve()))) };
}

export class Clients {
  /** One for each connection that is there. */
  private readonly closed: Promise<void>[] = [];
  private over = false;
  private failure: Error | null = null;

  constructor(
    private readonly url: string,
    private readonly ledger: Ledger,
    private readonly random: SeededRandom,
  ) {}

  /** Lets the clients work until so many messages are confirmed. They do not end by that: the node's end ends them. */
  async work(confirms: number): Promise<void> {
    const enough = this.ledger.confirmed + confirms;
    for (const queue of QUEUES) {
      // All of it ends in an error: the node goes away.
      this.declare(queue)
        .then(() => Promise.all([this.publish(queue), this.consume(queue)]))
        .catch(() => undefined);
    }
    const giveUp = Date.now() + LIFE_MS_MAX;
    // A few milliseconds more or less: the kill may hit anything.
    do await new Promise((resolve) => setTimeout(resolve, this.random.int(30)));
    while (this.ledger.confirmed < enough && Date.now() < giveUp);
    this.over = true;
  }

  /** After the node's end. Throws if a client saw something that must not be. */
  async gone(): Promise<void> {
    await Promise.all(this.closed);
    if (this.failure !== null) throw this.failure;
  }

  private async connection(): Promise<ChannelModel> {
    const { connection, closed } = await connect(this.url);
    this.closed.push(closed);
    return connection;
  }

  private async declare(queue: string): Promise<void> {
    const connection = await this.connection();
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    if (this.random.int(8) === 0 && this.ledger.names.includes(queue)) {
      // What of it outlives a kill in between, nobody has been told.
      this.ledger.deleted(queue);
      await channel.deleteQueue(queue);
    }
    await channel.assertQueue(queue, { durable: true });
    this.ledger.declared(queue);
  }

  private async publish(queue: string): Promise<void> {
    const channel: ConfirmChannel = await (await this.connection()).createConfirmChannel();
    channel.on('error', () => undefined);
    let unconfirmed = 0;
    let wake: (() => void) | null = null;
    for (let i = 0; i < SENT_MAX && !this.over; i++) {
      const sent = this.ledger.publish(queue, this.random.int(4) > 0);
      const body = Buffer.alloc(SIZES[this.random.int(SIZES.length)] as number, `${sent.id}:`);
      unconfirmed++;
      channel.sendToQueue(queue, body, { persistent: sent.persistent }, (error) => {
        if (error === null) this.ledger.confirm(sent);
        unconfirmed--;
        wake?.();
      });
      if (unconfirmed >= 20) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  private async consume(queue: string): Promise<void> {
    const channel: Channel = await (await this.connection()).createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(1 + this.random.int(50));
    const greedy = this.random.int(3) > 0;
    await channel.consume(queue, (message) => {
      if (message === null) return;
      try {
        const dice = this.random.int(10);
        if (dice === 0) channel.nack(message, false, true);
        else if (greedy || dice < 4 || this.ledger.waiting(queue) > BACKLOG) {
          this.ledger.acknowledge(queue, idOf(message.content));
          channel.ack(message);
        }
      } catch (error) {
        if (!String(error).includes('closed')) this.failure ??= error as Error;
      }
    });
  }
}

function idOf(body: Buffer): number {
  return Number(body.toString('latin1', 0, body.indexOf(':')));
}

/** Looks into all queues that the ledger knows, and leaves them as they are. Throws on a broken promise. */
export async function audit(url: string, ledger: Ledger): Promise<void> {
  const { connection } = await connect(url);
  for (const queue of ledger.names) {
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    const seen: Seen[] = [];
    if (messageCount > 0) {
      await new Promise<void>((resolve, reject) => {
        const take = (message: amqp.ConsumeMessage | null): void => {
          if (message === null) {
            reject(new Error(`${queue} went away`));
            return;
          }
          seen.push({ id: idOf(message.content), redelivered: message.fields.redelivered });
          if (seen.length === messageCount) resolve();
        };
        channel.consume(queue, take).catch(reject);
      });
    }
    ledger.check(queue, seen);
    await channel.close();
  }
  await connection.close();
}
