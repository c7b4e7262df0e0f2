/** What the clients do: publish with confirms, consume with acknowledgements, declare and delete. */
import { tableOf } from '../../../lib/amqp/field-table';
import type { Method } from '../../../lib/amqp/methods';
import type { RawClient } from '../storage/raw-client';
import { bodyOf, newStream, type Stream } from './history';
import { kindOfQueue } from './kinds';
import { pick } from './plan';
import { type ClientSettings, WireClient } from './wire-client';

const CHANNEL = 1;
const PERSISTENT = { deliveryMode: 2 };
const TRANSIENT = { deliveryMode: 1 };
/** What is said of a queue whose node does not answer any more. */
const HOME_DOWN = 'is down or inaccessible';

export class WirePublisher extends WireClient {
  private session = 0;
  private nextSeq = 1;
  /** Numbers by publish sequence. */
  private readonly unconfirmed = new Map<number, number>();

  constructor(
    settings: ClientSettings,
    private readonly queues: readonly string[],
  ) {
    super(settings);
  }

  protected get pending(): number {
    return this.unconfirmed.size;
  }

  protected begin(wire: RawClient): void {
    this.session = this.history.newSession();
    this.nextSeq = 1;
    wire.send(CHANNEL, 'confirm.select', { nowait: true });
  }

  protected act(wire: RawClient): void {
    const queue = pick(this.random, this.queues);
    const burst = this.random.int(8) === 0 ? 8 : 1 + this.random.int(2);
    for (let i = 0; i < burst; i++) {
      const number = this.history.attempt(queue, this.session);
      this.unconfirmed.set(this.nextSeq++, number);
      wire.publish(CHANNEL, '', queue, kindOfQueue(queue).transient ? TRANSIENT : PERSISTENT, bodyOf(number), true);
    }
  }

  protected heard(_wire: RawClient, method: Method, body: Buffer): void {
    if (method.name === 'basic.return') this.history.settled(Number(body.toString('latin1', 0, body.indexOf(0x20))), 'returned');
    else if (method.name === 'basic.ack' || method.name === 'basic.nack') {
      this.answered(method.args.deliveryTag, method.args.multiple, method.name === 'basic.ack');
    }
  }

  private answered(tag: number, multiple: boolean, kept: boolean): void {
    if (tag >= this.nextSeq) this.history.breaks(`${this.settings.name} was confirmed ${tag}, which it never published`);
    for (const [seq, number] of multiple ? [...this.unconfirmed].filter(([seq]) => seq <= tag) : [[tag, -1] as const]) {
      const known = number === -1 ? this.unconfirmed.get(seq) : number;
      if (known === undefined) this.history.breaks(`${this.settings.name} was confirmed ${tag} twice`);
      else this.history.settled(known, kept ? 'acknowledged' : 'refused');
      this.unconfirmed.delete(seq);
    }
  }

  protected lost(): void {
    this.unconfirmed.clear();
  }
}

interface Holding {
  readonly tag: number;
  readonly number: number;
}

/** Takes from one queue, and gives some of it back. */
export class WireConsumer extends WireClient {
  private stream: Stream;
  private held: Holding[] = [];
  private subscribing = false;
  private subscribed = false;
  private subscriptions = 0;

  constructor(
    settings: ClientSettings,
    private readonly queue: string,
    /** Acknowledges everything at once; `in order`: nobody else holds anything, so all has to come in the order of publishing. */
    private readonly drains: 'in order' | 'as it comes' | null = null,
  ) {
    super(settings);
    this.stream = newStream(queue, drains === 'in order');
  }

  protected get pending(): number {
    return this.subscribing ? 1 : 0;
  }

  /** It has asked for everything, and holds nothing back. */
  get drained(): boolean {
    return this.subscribed;
  }

  protected begin(wire: RawClient): void {
    if (this.drains === null)
      wire.send(CHANNEL, 'basic.qos', { prefetchSize: 0, prefetchCount: 1 + this.random.int(8), global: false });
    this.subscribe(wire);
  }

  private subscribe(wire: RawClient): void {
    this.stream = newStream(this.queue, this.drains === 'in order');
    this.subscribing = true;
    const consumerTag = String(++this.subscriptions);
    const bits = { noLocal: false, noAck: false, exclusive: false, nowait: false, arguments: new Map() };
    wire.send(CHANNEL, 'basic.consume', { ticket: 0, queue: this.queue, consumerTag, ...bits });
  }

  protected act(wire: RawClient): void {
    if (!this.subscribed) {
      if (!this.subscribing) this.subscribe(wire);
      return;
    }
    const { random, held } = this;
    if (held.length === 0) {
      if (random.int(60) === 0) this.cancel(wire);
      return;
    }
    const multiple = random.int(3) === 0;
    const at = multiple ? random.int(held.length) : 0;
    const [{ tag }, taken] = [held[at] as Holding, held.splice(0, at + 1)];
    if (random.int(8) === 0) wire.send(CHANNEL, 'basic.nack', { deliveryTag: tag, multiple, requeue: true });
    else {
      wire.send(CHANNEL, 'basic.ack', { deliveryTag: tag, multiple });
      for (const { number } of taken) this.history.consumed(number);
    }
  }

  private cancel(wire: RawClient): void {
    this.subscribed = false;
    wire.send(CHANNEL, 'basic.cancel', { consumerTag: String(this.subscriptions), nowait: true });
  }

  protected heard(wire: RawClient, method: Method, body: Buffer): void {
    if (method.name === 'basic.consume-ok') {
      this.subscribing = false;
      this.subscribed = true;
    } else if (method.name === 'basic.cancel') {
      this.subscribed = false;
    } else if (method.name === 'basic.deliver') {
      const { deliveryTag, redelivered, consumerTag } = method.args;
      if (consumerTag === String(this.subscriptions) && this.subscribing)
        this.history.breaks(`${this.settings.name} was sent something before it was told that it consumes from ${this.queue}`);
      // One that is cancelled is still sent what was under way, and its successor what is behind that.
      if (consumerTag !== String(this.subscriptions)) this.stream = newStream(this.queue, false);
      const number = this.history.delivered(this.stream, body, redelivered);
      if (number === null) return;
      if (this.drains !== null) {
        wire.send(CHANNEL, 'basic.ack', { deliveryTag, multiple: false });
        this.history.consumed(number);
      } else this.held.push({ tag: deliveryTag, number });
    }
  }

  protected lost(): void {
    this.held = [];
    this.subscribing = false;
    this.subscribed = false;
  }
}

type Request = (declarer: WireDeclarer, wire: RawClient) => void;

/** Declares and deletes exchanges, queues and bindings of its own, one at a time, and knows what was promised of them. */
export class WireDeclarer extends WireClient {
  /** What is asked for: how it was before, and what it is when that is answered. */
  private asked: { readonly key: string; readonly before: State; readonly after: State } | null = null;

  private generation = 1;

  protected get pending(): number {
    return this.asked === null ? 0 : 1;
  }

  protected begin(): void {}

  protected act(wire: RawClient): void {
    if (this.asked === null) pick(this.random, REQUESTS)(this, wire);
  }

  private name(what: string): string {
    return `${what} ${this.generation} of ${this.settings.name}`;
  }

  /** As the broker keeps definitions. */
  private key(kind: string): string {
    return JSON.stringify([kind, '/', this.name(kind)]);
  }

  private state(key: string): State {
    return this.history.definitions.get(key) ?? 'gone';
  }

  private ask(key: string, after: State): void {
    this.asked = { key, before: this.state(key), after };
    this.history.definitions.set(key, 'unknown');
  }

  queue(wire: RawClient, durable: boolean): void {
    const queue = this.name(durable ? 'queue' : 'transient queue');
    const key = durable ? this.key('queue') : 'transient queue';
    const bits = { passive: false, durable, exclusive: false, autoDelete: false, nowait: false, arguments: new Map() };
    if (this.state(key) !== 'there' || this.random.int(3) === 0) {
      // Nobody promises that a transient queue outlives anything.
      this.ask(key, durable ? 'there' : 'unknown');
      wire.send(CHANNEL, 'queue.declare', { ticket: 0, queue, ...bits });
    } else {
      this.ask(key, 'gone');
      wire.send(CHANNEL, 'queue.delete', { ticket: 0, queue, ifUnused: false, ifEmpty: false, nowait: false });
    }
  }

  exchange(wire: RawClient): void {
    const exchange = this.name('exchange');
    const key = this.key('exchange');
    const bits = { passive: false, durable: true, autoDelete: false, internal: false, nowait: false };
    if (this.state(key) !== 'there' || this.random.int(3) === 0) {
      this.ask(key, 'there');
      wire.send(CHANNEL, 'exchange.declare', { ticket: 0, exchange, type: 'topic', ...bits, arguments: tableOf({}) });
    } else {
      this.ask(key, 'gone');
      wire.send(CHANNEL, 'exchange.delete', { ticket: 0, exchange, ifUnused: false, nowait: false });
    }
  }

  /** Bindings go with their ends, and their keys are not for us to know: nodes only have to agree on them. */
  bind(wire: RawClient): void {
    const [queue, exchange] = [this.name('queue'), this.name('exchange')];
    if (this.state(this.key('queue')) !== 'there' || this.state(this.key('exchange')) !== 'there') return;
    this.ask('binding', 'unknown');
    const routingKey = String(this.random.int(4));
    const binding = { ticket: 0, queue, exchange, routingKey, arguments: new Map() };
    if (this.random.int(2) === 0) wire.send(CHANNEL, 'queue.unbind', binding);
    else wire.send(CHANNEL, 'queue.bind', { ...binding, nowait: false });
  }

  protected heard(): void {
    const { asked } = this;
    if (asked === null) return;
    this.asked = null;
    this.history.definitions.set(asked.key, asked.after);
  }

  protected override refused(why: string): void {
    // The home may have been asked to delete it before it went down: nobody knows, as if there were no answer.
    if (this.asked?.after === 'gone' && why.includes(HOME_DOWN)) return;
    if (this.asked !== null) this.history.definitions.set(this.asked.key, this.asked.before);
    this.asked = null;
  }

  /** What was not answered may still be done later: nothing is known of these names any more. */
  protected lost(): void {
    if (this.asked === null) return;
    for (const kind of ['queue', 'exchange']) this.history.definitions.set(this.key(kind), 'unknown');
    this.asked = null;
    this.generation++;
  }
}

type State = 'there' | 'gone' | 'unknown';

const REQUESTS: readonly Request[] = [
  (declarer, wire) => declarer.queue(wire, true),
  (declarer, wire) => declarer.queue(wire, false),
  (declarer, wire) => declarer.exchange(wire),
  (declarer, wire) => declarer.bind(wire),
];
