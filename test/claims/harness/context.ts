/** What a claim's check is handed: names of its own, clients that clean up after themselves, ways to wait without sleeping. */
import { strict as assert } from 'node:assert';
import * as amqp from 'amqplib';
import type { Channel, ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import type { Permission } from '../../../lib/broker/api';
import type { CommandResult } from '../../../lib/lab/api';
import type { Claim } from './claim';
import { Closures, type Closure } from './closures';
import { Collector } from './collector';
import type { Engine, EngineName } from './engine';
import type { OwnNode } from './own-node';
import type { Scenario } from './scenario';
import { WireClient, isHard, type WireOptions } from './wire-client';

export interface LoginOptions {
  readonly user?: string;
  readonly password?: string;
  readonly vhost?: string;
}

export interface ConnectOptions extends LoginOptions {
  /** Seconds; default 0 (off). */
  readonly heartbeat?: number;
  readonly clientProperties?: Readonly<Record<string, unknown>>;
}

/** Milliseconds of patience with the broker; only a failing check waits so long, or one on a machine under load. */
const PATIENCE_MS = 20_000;

export class ClaimContext {
  readonly vhost: string;
  readonly #engine: Engine;
  readonly #claim: Claim;
  readonly #prefix: string;
  readonly #names = new Map<string, string>();
  readonly #connections: ChannelModel[] = [];
  readonly #wires: WireClient[] = [];
  readonly #collectors: Collector[] = [];
  readonly #closures = new Closures();
  #connection: Promise<ChannelModel> | null = null;
  #users = 0;
  #alarms = new Set<'memory' | 'disk'>();

  constructor(engine: Engine, claim: Claim, vhost: string, number: number) {
    this.#engine = engine;
    this.#claim = claim;
    this.vhost = vhost;
    this.#prefix = `c${number}`;
  }

  /** Which broker this is. Only for claims that say why Warren `differs`. */
  get engine(): EngineName {
    assert.ok(this.#claim.options.differs !== undefined, "only a claim with 'differs' may look at the engine");
    return this.#engine.name;
  }

  /** A name that no other claim uses; `{q}` in texts given to `refused` stands for `t.name('q')`. */
  name(base: string): string {
    const name = this.#names.get(base) ?? `${base}.${this.#prefix}`;
    this.#names.set(base, name);
    return name;
  }

  /** A new connection of amqplib. */
  async connect(options: ConnectOptions = {}): Promise<ChannelModel> {
    const { user = 'guest', password = 'guest', vhost = this.vhost, heartbeat = 0, clientProperties } = options;
    // amqplib reads the vhost as part of a URL, also where it is given by itself.
    const where = { hostname: '127.0.0.1', port: this.#engine.port, vhost: encodeURIComponent(vhost) };
    const login = { ...where, username: user, password, heartbeat };
    const connection = await amqp.connect(login, { clientProperties });
    this.#connections.push(connection);
    this.#closures.watchConnection(connection);
    return connection;
  }

  /** A new channel, on the claim's first connection unless another is given. */
  async channel(connection?: ChannelModel): Promise<Channel> {
    return this.#closures.watchChannel(await (connection ?? (await this.#shared())).createChannel());
  }

  async confirmChannel(connection?: ChannelModel): Promise<ConfirmChannel> {
    return this.#closures.watchChannel(await (connection ?? (await this.#shared())).createConfirmChannel());
  }

  #shared(): Promise<ChannelModel> {
    this.#connection ??= this.connect();
    return this.#connection;
  }

  /** A raw client in the claim's vhost, after the handshake or after the part of it that the options say. */
  async wire(options: Partial<WireOptions> = {}): Promise<WireClient> {
    const client = await WireClient.connect({ port: this.#engine.port, vhost: this.vhost, ...options });
    this.#wires.push(client);
    return client;
  }

  /** Runs rabbitmqctl with these arguments. */
  ctl(...args: string[]): Promise<CommandResult> {
    return this.#engine.rabbitmqctl(args);
  }

  /** A new user with these permissions in the claim's vhost; without a permission, none. Its password is its name. */
  async user(permission?: Partial<Permission>, tags: readonly string[] = []): Promise<{ user: string; password: string }> {
    const user = this.name(`user${++this.#users}`);
    await this.#engine.addUser(user, user, tags);
    if (permission !== undefined) await this.permit(user, permission);
    return { user, password: user };
  }

  /** Sets a user's permissions in the claim's vhost. What is not given is `''`: nothing. */
  async permit(user: string, permission: Partial<Permission>): Promise<void> {
    await this.#engine.setPermissions(this.vhost, user, { configure: '', write: '', read: '', ...permission });
  }

  /** Whether a user would be let in from this IPv4 address. */
  mayLogInFrom(user: string, host: string): Promise<boolean> {
    return this.#engine.mayLogInFrom(user, host);
  }

  /** Raises or clears a resource alarm of the node. The claim must be `alone`. */
  async alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    assert.ok(this.#claim.options.alone, "a claim that raises an alarm must be 'alone'");
    await this.#engine.setAlarm(resource, on);
    if (on) this.#alarms.add(resource);
    else this.#alarms.delete(resource);
  }

  /** A node that claims may stop and kill; prepared once for all claims that ask with this key. */
  ownNode(key: string, prepare: (node: OwnNode) => Promise<void>): Promise<OwnNode> {
    return this.#engine.ownNode(key, prepare);
  }

  /** What a scenario gave, played once for all its claims. */
  factsOf(scenario: Scenario): Promise<unknown> {
    return this.#engine.factsOf(scenario);
  }

  /** Lets broker time pass. */
  advance(ms: number): Promise<void> {
    return this.#engine.advance(ms);
  }

  /** Publishes on a channel in confirm mode and waits for the broker's answer. */
  publish(
    channel: ConfirmChannel,
    exchange: string,
    routingKey: string,
    body: string,
    options: Options.Publish = {},
  ): Promise<'ack' | 'nack'> {
    return new Promise((resolve, reject) => {
      const forget = this.#closures.whenClosed(channel, ({ code, text }) =>
        reject(new Error(`closed instead of confirmed: ${code} ${text}`)),
      );
      channel.publish(exchange, routingKey, Buffer.from(body), options, (error) => {
        forget();
        resolve(error === null || error === undefined ? 'ack' : 'nack');
      });
    });
  }

  /** Starts a consumer; its collector hands over the deliveries in order. */
  async collect(channel: Channel, queue: string, options: Options.Consume = {}): Promise<Collector> {
    const collector = new Collector(`consumer of ${queue}`, PATIENCE_MS);
    this.#collectors.push(collector);
    const { consumerTag } = await channel.consume(queue, (message) => collector.push(message), options);
    collector.consumerTag = consumerTag;
    return collector;
  }

  /** Collects what the broker returns to this channel. */
  returns(channel: Channel): Collector {
    const collector = new Collector('returned messages', PATIENCE_MS);
    this.#collectors.push(collector);
    channel.on('return', (message: Message) => collector.push(message));
    return collector;
  }

  /** Takes all ready messages out of a queue, in order, and gives their bodies. */
  async drain(channel: Channel, queue: string): Promise<string[]> {
    return (await this.drainMessages(channel, queue)).map((message) => message.content.toString());
  }

  async drainMessages(channel: Channel, queue: string): Promise<Message[]> {
    const messages: Message[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) return messages;
      messages.push(message);
    }
  }

  /** Ready messages of a queue, as queue.declare-ok counts them. */
  async ready(channel: Channel, queue: string): Promise<number> {
    return (await channel.checkQueue(queue)).messageCount;
  }

  /** Waits until a queue has so many ready messages. */
  async untilReady(channel: Channel, queue: string, count: number): Promise<void> {
    await this.eventually(async () => assert.equal(await this.ready(channel, queue), count));
  }

  /**
   * Asserts that the broker closes the channel (soft codes) or the connection (hard ones) with this code and exactly this
   * reply text. `action` is the promise of the refused method, or a function whose effect comes later (a publish).
   */
  async refused(action: Promise<unknown> | (() => unknown), code: number, text: string | RegExp): Promise<void> {
    const closure = await this.#closures.expect(action, PATIENCE_MS);
    assert.equal(closure.code, code, `expected ${code}, came ${closure.code} ${closure.text}`);
    if (typeof text === 'string') assert.equal(closure.text, this.filled(text));
    else assert.match(closure.text, text);
    if (closure.scope !== 'handshake')
      assert.equal(closure.scope, isHard(code) ? 'connection' : 'channel', `${code} must not close the ${closure.scope}`);
  }

  /** Repeats `action`, each time on a channel of its own, until the broker refuses it so. */
  async untilRefused(action: (channel: Channel) => Promise<unknown>, code: number, text: string | RegExp): Promise<void> {
    await this.eventually(async () => this.refused(action(await this.channel()), code, text));
  }

  /** Waits until the broker has closed a channel or connection of this claim, whatever it says. */
  closure(action: Promise<unknown> | (() => unknown)): Promise<Closure> {
    return this.#closures.expect(action, PATIENCE_MS);
  }

  /** `{vhost}` and the names of this claim put in their places. */
  filled(text: string): string {
    return text.replace(/\{([a-z][A-Za-z0-9]*)\}/g, (whole, key: string) =>
      key === 'vhost' ? this.vhost : (this.#names.get(key) ?? whole),
    );
  }

  /** Asserts that nothing arrives on the raw clients and collectors of this claim that was not taken, now and after `ms`. */
  async quiet(ms = 0): Promise<void> {
    if (ms > 0) await this.advance(ms);
    await this.#engine.settled();
    const arrived = [
      ...this.#wires.flatMap((wire) => wire.untaken()),
      ...this.#collectors.flatMap((collector) => collector.untaken()),
    ];
    assert.deepEqual(arrived, [], 'expected that nothing arrives');
  }

  /** Repeats `assertion` until it no longer throws. For effects that the broker announces to nobody. */
  async eventually(assertion: () => Promise<void> | void): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await assertion();
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await this.#engine.settled();
    }
  }

  /** Called by the runner: closes what the check left open, and tells of errors that nobody expected. */
  async finish(): Promise<void> {
    for (const resource of this.#alarms) await this.#engine.setAlarm(resource, false);
    for (const wire of this.#wires) wire.abort();
    const unexpected = this.#closures.unexpected();
    for (const connection of this.#connections) await connection.close().catch(() => {});
    assert.deepEqual(unexpected, [], 'closed by the broker, and the check did not expect it');
  }
}
