/**
 * The same as in wire-clients.ts by unmodified amqplib. In the simulation, to be made inside a program of it, on the client's
 * host; the base also serves clients of real processes (test/torture).
 */
import amqp, { type ChannelModel, type ConfirmChannel, type ConsumeMessage, type Message } from 'amqplib';
import type { Client } from './cluster-run';
import { bodyOf, newStream } from './history';
import { pick } from './plan';
import { type ClientSettings, HEARTBEAT } from './wire-client';

/** Milliseconds. */
const CONNECT_PATIENCE = 4000;
const PATIENCE = 15000;
const BREATH = 600;

/** `nodes`: host, or host and port. */
export type AmqplibSettings = Omit<ClientSettings, 'sim'>;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export abstract class AmqplibClient implements Client {
  protected ending = false;
  /** Connections that came to an end before anybody wanted it, or were never made. */
  setbacks = 0;
  private closed = false;
  private connection: ChannelModel | null = null;
  /** Requests that wait for their answer. */
  protected pending = 0;

  constructor(protected readonly settings: AmqplibSettings) {
    void this.live();
  }

  get name(): string {
    return this.settings.name;
  }

  get quiet(): boolean {
    return this.connection === null || this.pending === 0;
  }

  get waitsFor(): string {
    return `${this.settings.name} for ${this.pending} answers`;
  }

  end(): void {
    this.ending = true;
  }

  close(): void {
    this.closed = true;
    this.connection?.close().catch(() => undefined);
  }

  /** Works until the connection is lost. */
  protected abstract use(channel: ConfirmChannel, lost: Promise<never>): Promise<void>;

  protected pace(): Promise<void> {
    return sleep(2 * this.settings.pace * this.settings.random.float());
  }

  private async live(): Promise<void> {
    while (!this.ending) {
      try {
        await this.once();
      } catch {
        // It goes elsewhere.
        this.setbacks++;
      }
      this.pending = 0;
      await sleep(BREATH * this.settings.random.float());
    }
  }

  private async once(): Promise<void> {
    const { nodes, random, history, name } = this.settings;
    const url = `amqp://guest:guest@${pick(random, nodes)}?heartbeat=${HEARTBEAT}`;
    const connection = await amqp.connect(url, { timeout: CONNECT_PATIENCE });
    this.connection = connection;
    const lost = new Promise<never>((_, reject) => {
      connection.on('error', () => undefined);
      connection.on('blocked', () => {
        history.seen.blocked++;
      });
      connection.on('close', () => reject(new Error('connection lost')));
    });
    lost.catch(() => undefined);
    try {
      const channel = await Promise.race([connection.createConfirmChannel(), lost]);
      const refused = new Promise<never>((_, reject) => {
        channel.on('error', (error: Error & { code?: number }) => {
          if (error.code !== 404) history.breaks(`${name} was told: ${error.message}`);
          reject(error);
        });
      });
      refused.catch(() => undefined);
      await this.use(channel, Promise.race([lost, refused]));
      // What it is still owed.
      while (!this.closed) await Promise.race([sleep(200), lost, refused]);
    } finally {
      this.connection = null;
      connection.close().catch(() => undefined);
    }
  }
}

export class AmqplibPublisher extends AmqplibClient {
  constructor(
    settings: AmqplibSettings,
    private readonly queues: readonly string[],
  ) {
    super(settings);
  }

  protected async use(channel: ConfirmChannel, lost: Promise<never>): Promise<void> {
    const { history, random } = this.settings;
    const session = history.newSession();
    let waitsSince = Date.now();
    channel.on('return', ({ content }: Message) => history.settled(Number(content.toString().split(' ', 1)), 'returned'));
    while (!this.ending) {
      const burst = 1 + random.int(3);
      for (let i = 0; i < burst; i++) {
        const queue = pick(random, this.queues);
        const number = history.attempt(queue, session);
        if (this.pending++ === 0) waitsSince = Date.now();
        channel.sendToQueue(queue, bodyOf(number), { persistent: true, mandatory: true }, (error: Error | null) => {
          this.pending--;
          waitsSince = Date.now();
          // amqplib answers with an error too when the channel has closed: then nobody knows.
          if (error === null) history.settled(number, 'acknowledged');
        });
      }
      await Promise.race([this.pace(), lost]);
      if (this.pending > 0 && Date.now() - waitsSince > PATIENCE) return;
    }
  }
}

export class AmqplibConsumer extends AmqplibClient {
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
    const cancelled = new Promise<never>((_, reject) => {
      const taken = (message: ConsumeMessage | null): void => {
        if (message === null) reject(new Error('cancelled'));
        else if (history.delivered(stream, message.content, message.fields.redelivered) !== null) held.push(message);
      };
      channel
        .prefetch(1 + random.int(8))
        .then(() => channel.consume(this.queue, taken))
        .catch(reject);
    });
    cancelled.catch(() => undefined);
    while (!this.ending) {
      await Promise.race([this.pace(), lost, cancelled]);
      const message = held.shift();
      if (message === undefined) continue;
      if (random.int(8) === 0) channel.nack(message);
      else {
        channel.ack(message);
        history.consumed(Number(message.content.toString().split(' ', 1)));
      }
    }
  }
}
