/**
 * Wire scenarios: short scripts of frames, most of them wrong, whose whole conversation is recorded on the real RabbitMQ
 * into transcripts/NAME.txt and must be the same, frame by frame, on Warren.
 *
 * A script says what the client sends; it asserts nothing, since the transcript does. All scripts run in vhost `/`, so
 * names must not be used by two of them.
 */
import type { ArgsOf, MethodName } from '../../lib/amqp/methods';
import type { Engine } from '../claims/harness/engine';
import { WireClient, type PublishOptions, type Received, type WireOptions } from '../claims/harness/wire-client';

export interface Scenario {
  /** Also the name of the transcript's file. */
  readonly name: string;
  /** What it shows; the first line of the transcript. */
  readonly title: string;
  readonly script: (stage: Stage) => Promise<void>;
}

export const scenarios: Scenario[] = [];

export function scenario(name: string, title: string, script: Scenario['script']): void {
  if (scenarios.some((other) => other.name === name)) throw new Error(`Two scenarios have the name '${name}'.`);
  scenarios.push({ name, title, script });
}

/** Users that the scripts log in as, besides `guest`; the password is the name. `none` has no permission anywhere. */
export const USERS = {
  limited: { configure: '^c-.*', write: '^w-.*', read: '^r-.*' },
  none: null,
} as const;

/** Makes the users. */
export async function setStage(engine: Engine): Promise<void> {
  for (const [user, permission] of Object.entries(USERS)) {
    await engine.addUser(user, user, []);
    if (permission !== null) await engine.setPermissions('/', user, permission);
  }
}

/** What a script works with. */
export class Stage {
  readonly #actors: Actor[] = [];

  constructor(private readonly engine: Engine) {}

  /** A client after a complete handshake, which is left out of the transcript. */
  async client(options: Partial<WireOptions> = {}): Promise<Actor> {
    const client = await WireClient.connect({ port: this.engine.port, ...options });
    client.transcript.length = 0;
    return this.#add(client);
  }

  /** A client that makes the handshake, or the part of it that `upTo` says, in the transcript. */
  async handshake(options: Partial<WireOptions>): Promise<Actor> {
    return this.#add(await WireClient.connect({ port: this.engine.port, ...options }));
  }

  advance(ms: number): Promise<void> {
    return this.engine.advance(ms);
  }

  #add(client: WireClient): Actor {
    const actor = new Actor(client);
    this.#actors.push(actor);
    return actor;
  }

  /** Waits for what may still come, and gives the transcript: one section for each client. */
  async finish(): Promise<string> {
    await this.engine.settled();
    const sections = this.#actors.map((actor, i) => [`== client ${i + 1} ==`, ...actor.wire.transcript].join('\n'));
    for (const actor of this.#actors) actor.wire.abort();
    return sections.join('\n');
  }
}

/** A client that does what the protocol asks of it: it answers close with close-ok. */
export class Actor {
  constructor(readonly wire: WireClient) {}

  /** Sends a method and takes the next one that comes, whatever it is. */
  ask<N extends MethodName>(name: N, channel: number, args: Partial<ArgsOf<N>> = {}): Promise<Received | null> {
    this.wire.send(name, channel, args);
    return this.reply();
  }

  /** Takes the next method, whatever it is. */
  async reply(): Promise<Received | null> {
    const received = await this.wire.next();
    if (received?.name === 'channel.close') this.wire.send('channel.close-ok', received.channel);
    if (received?.name === 'connection.close') {
      this.wire.send('connection.close-ok', 0);
      await this.wire.closed();
    }
    return received;
  }

  async open(channel = 1): Promise<void> {
    await this.ask('channel.open', channel);
  }

  /** One method after the other, each on a channel of its own. */
  async each<N extends MethodName>(name: N, list: readonly Partial<ArgsOf<N>>[], firstChannel = 2): Promise<void> {
    for (const [i, args] of list.entries()) {
      await this.open(firstChannel + i);
      await this.ask(name, firstChannel + i, args);
    }
  }

  publish(channel: number, options: PublishOptions): void {
    this.wire.publish(channel, options);
  }

  /** Waits for the end of the stream. */
  ended(): Promise<void> {
    return this.wire.closed();
  }
}

/** Runs one script and gives its transcript. */
export async function play(engine: Engine, { title, script }: Scenario): Promise<string> {
  const stage = new Stage(engine);
  await script(stage);
  return `# ${title}\n${await stage.finish()}\n`;
}
