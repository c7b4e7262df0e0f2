/**
 * basic.publish on one channel: recognises a publish that repeats the one before by its bytes, checks what RabbitMQ checks in
 * its order, routes, answers (return before confirm).
 *
 * A small message whose three frames lie whole in one read is handled in place (`publishWhole`); anything else is gathered
 * frame by frame (`begin`, `header`, `body`).
 */
import { REPLY } from '../amqp/constants';
import { readText } from '../amqp/field-table';
import { uint16At, uint32At } from '../amqp/octets';
import { FLAG, HEADER_FIXED_SIZE, readProperties, type Properties } from '../amqp/properties';
import { AmqpSyntaxError } from '../amqp/syntax-error';
import type { Channel } from './channel';
import { Destination } from './destination';
import { accessRefused, called, notFound, notImplemented, preconditionFailed, ProtocolError } from './errors';
import type { Exchange } from './exchange/exchange';
import { labelOf } from './label';
import { type Arrival, buildMessage, type Message } from './message';
import { PENDING, REJECTED, WAITING, type Outcome, type Queue } from './queue/queue';
import { type Receipt, whenAllSettled } from './queue/receipt';
import { REPLY_TO, type ReplyAddresses } from './reply-to';
import { route, routeOfKey } from './routing';
import { ACTED_ON, isPersistent, PERSISTENT, TRANSIENT, traitsOf, type Traits } from './traits';

/** What a publish method means here and now. */
interface Plan {
  readonly exchange: Exchange;
  readonly destination: Destination;
  readonly mandatory: boolean;
  /** Queues by the key alone, null if headers matter on the way. Invariant: valid while `epoch` equals the vhost's. */
  readonly queues: readonly Queue[] | null;
  readonly epoch: number;
  readonly accessVersion: number;
}

/** What a commit waits for. */
interface Committing {
  whole: boolean;
  readonly receipts: Receipt[];
}

/** A publish that waits for its transaction. */
interface Pending {
  readonly message: Message;
  readonly mandatory: boolean;
  readonly queues: readonly Queue[];
}

interface Gathering {
  readonly plan: Plan;
  header: Buffer | null;
  traits: Traits;
  missing: number;
  readonly bodies: Buffer[];
}

const NO_BYTES = Buffer.alloc(0);
const NO_RECEIPTS: readonly Receipt[] = [];

export class Publisher {
  published = 0;
  /** The exchanges published to, most recent last, at most 4. */
  readonly recentExchanges: string[] = [];
  private plan: Plan | null = null;
  /** Arguments of the publish method behind `plan`. */
  private planBytes: Buffer = NO_BYTES;
  private planSize = -1;
  private traits: Traits = TRANSIENT;
  /** Flags and properties behind `traits`. */
  private traitsBytes: Buffer = NO_BYTES;
  private gathering: Gathering | null = null;
  private pending: Pending[] = [];

  constructor(
    private readonly channel: Channel,
    private readonly arrival: Arrival,
    private readonly replies: ReplyAddresses,
  ) {}

  /** True between the publish method and the last octet of its body. */
  get expectsContent(): boolean {
    return this.gathering !== null;
  }

  // --- the two ways in ---

  /**
   * A whole publish in one piece: method arguments at `at` (`size` octets), header frame at `header`, all frames up to `end`.
   * The caller has checked the frames' types, channel, sizes and ends, and that header and at most one body frame lie within.
   */
  publishWhole(bytes: Buffer, at: number, size: number, header: number, end: number): void {
    const plan = this.planFor(bytes, at, size);
    const headerSize = uint32At(bytes, header + 3);
    const traits = this.traitsFor(bytes, header + 7, headerSize);
    const { arrival } = this;
    const id = this.channel.trace.active ? this.channel.trace.nextMessage() : 0;
    arrival.fill(bytes, header, end - header, plan.destination, traits, id);
    this.publish(plan, arrival);
  }

  /** The publish method alone, arguments at `at`. */
  begin(bytes: Buffer, at: number, size: number): void {
    this.gathering = { plan: this.planFor(bytes, at, size), header: null, traits: TRANSIENT, missing: 0, bodies: [] };
  }

  /** A content header frame's payload. */
  header(bytes: Buffer, at: number, size: number): void {
    const gathering = this.gathering as Gathering;
    if (gathering.header !== null) throw this.unexpectedFrame();
    if (size < HEADER_FIXED_SIZE) throw new AmqpSyntaxError('content header is cut off');
    const classId = uint16At(bytes, at);
    if (classId !== 60) {
      throw new ProtocolError(
        REPLY.unexpectedFrame,
        `expected content header for class 60, got one for class ${classId} instead`,
      );
    }
    gathering.missing = uint32At(bytes, at + 4) * 0x100000000 + uint32At(bytes, at + 8);
    if (gathering.missing > this.channel.maxMessageSize) {
      this.gathering = null;
      throw preconditionFailed(
        `message size ${gathering.missing} is larger than configured max size ${this.channel.maxMessageSize}`,
      );
    }
    gathering.traits = this.traitsFor(bytes, at, size);
    gathering.header = Buffer.from(bytes.subarray(at, at + size));
    this.maybeComplete(gathering);
  }

  /** A body frame's payload. */
  body(bytes: Buffer, at: number, size: number): void {
    const gathering = this.gathering as Gathering;
    if (gathering.header === null) throw this.unexpectedFrame();
    gathering.missing -= size;
    // Too much: the message is never complete, and whatever follows that is not a body is unexpected (RabbitMQ).
    if (gathering.missing < 0) gathering.bodies.length = 0;
    else if (size > 0) gathering.bodies.push(Buffer.from(bytes.subarray(at, at + size)));
    this.maybeComplete(gathering);
  }

  private maybeComplete(gathering: Gathering): void {
    if (gathering.missing !== 0) return;
    this.gathering = null;
    const { plan, header, bodies, traits } = gathering;
    const id = this.channel.trace.active ? this.channel.trace.nextMessage() : 0;
    this.publish(plan, buildMessage(header as Buffer, bodies, this.channel.frameMax, plan.destination, traits, id));
  }

  /** What to answer to a frame that is not the content frame we wait for. */
  unexpectedFrame(): ProtocolError {
    const what =
      this.gathering?.header == null
        ? 'content header for class 60, got non content header'
        : 'content body, got non content body';
    return new ProtocolError(REPLY.unexpectedFrame, `expected ${what} frame instead`);
  }

  // --- what the method and the header mean ---

  private planFor(bytes: Buffer, at: number, size: number): Plan {
    const { plan } = this;
    if (plan !== null && size === this.planSize && plan.accessVersion === this.channel.access.version) {
      const known = this.planBytes;
      let i = size - 1;
      while (i >= 0 && bytes[at + i] === known[i]) i--;
      if (i < 0) {
        if (plan.epoch === this.channel.vhost.epoch) return plan;
        return this.remember(this.makePlan(bytes, at, size), bytes, at, size);
      }
    }
    return this.remember(this.makePlan(bytes, at, size), bytes, at, size);
  }

  private remember(plan: Plan, bytes: Buffer, at: number, size: number): Plan {
    if (this.planBytes.length < size) this.planBytes = Buffer.allocUnsafeSlow(Math.max(size, 64));
    for (let i = 0; i < size; i++) this.planBytes[i] = bytes[at + i] as number;
    this.planSize = size;
    this.plan = plan;
    return plan;
  }

  /** Arguments: ticket, exchange, routing key, bits. Throws what RabbitMQ answers to a publish that may not be. */
  private makePlan(bytes: Buffer, at: number, size: number): Plan {
    const end = at + size;
    const exchangeEnd = at + 3 + (bytes[at + 2] as number);
    const keyEnd = exchangeEnd + 1 + (bytes[exchangeEnd] as number);
    if (size < 5 || exchangeEnd >= end || keyEnd >= end) throw new AmqpSyntaxError('basic.publish is cut off');
    const bits = bytes[keyEnd] as number;
    if ((bits & 2) !== 0) throw notImplemented('immediate=true');
    const exchange = this.sameExchange(bytes, at, exchangeEnd) ?? this.exchange(readText(bytes, at + 3, exchangeEnd));
    const routingKey = readText(bytes, exchangeEnd + 1, keyEnd);
    this.channel.checkTopic('write', exchange, routingKey);
    const destination = Destination.read(exchange.name, routingKey, bytes, at + 2, keyEnd - at - 2);
    const { vhost, access } = this.channel;
    const queues = routeOfKey(vhost, exchange, routingKey);
    return { exchange, destination, mandatory: (bits & 1) !== 0, queues, epoch: vhost.epoch, accessVersion: access.version };
  }

  /** The exchange of the publish before, if it is still the one and still allowed. */
  private sameExchange(bytes: Buffer, at: number, exchangeEnd: number): Exchange | null {
    const { plan } = this;
    const { vhost, access } = this.channel;
    if (plan === null || plan.epoch !== vhost.epoch || plan.accessVersion !== access.version) return null;
    const known = this.planBytes;
    for (let i = exchangeEnd - at - 1; i >= 2; i--) if (bytes[at + i] !== known[i]) return null;
    return plan.exchange;
  }

  private exchange(name: string): Exchange {
    const { channel } = this;
    const { vhost } = channel;
    channel.check('write', 'exchange', name);
    const exchange = vhost.exchanges.get(name);
    if (exchange === undefined) throw notFound(`no ${called('exchange', name, vhost.name)}`);
    if (exchange.internal) throw accessRefused(`cannot publish to internal ${called('exchange', name, vhost.name)}`);
    this.noteExchange(name);
    return exchange;
  }

  private noteExchange(name: string): void {
    const recent = this.recentExchanges;
    const known = recent.indexOf(name);
    if (known >= 0) recent.splice(known, 1);
    recent.push(name);
    if (recent.length > 4) recent.shift();
  }

  /** `at`: the header payload. Most messages have no property that the broker acts on but delivery-mode. */
  private traitsFor(bytes: Buffer, at: number, size: number): Traits {
    const flags = uint16At(bytes, at + 12);
    if (flags === 0) return TRANSIENT;
    if (flags === FLAG.deliveryMode && size > HEADER_FIXED_SIZE) return isPersistent(bytes[at + 14]) ? PERSISTENT : TRANSIENT;
    const known = this.traitsBytes;
    const length = size - 12;
    if (known.length === length) {
      let i = length - 1;
      while (i >= 0 && bytes[at + 12 + i] === known[i]) i--;
      if (i < 0) return this.traits;
    }
    const properties = readProperties(bytes, flags, at + HEADER_FIXED_SIZE, at + size);
    const traits =
      (flags & ACTED_ON) === 0 ? (isPersistent(properties.deliveryMode) ? PERSISTENT : TRANSIENT) : this.read(properties);
    this.traitsBytes = Buffer.from(bytes.subarray(at + 12, at + size));
    this.traits = traits;
    return traits;
  }

  private read(properties: Properties): Traits {
    const { userId } = properties;
    const { user, access } = this.channel;
    if (userId !== undefined && userId !== user && !access.hasTag(user, 'impersonator')) {
      throw preconditionFailed(`user_id property set to '${userId}' but authenticated user was '${user}'`);
    }
    return traitsOf(properties);
  }

  // --- routing and answering ---

  private publish(plan: Plan, arrival: Message): void {
    const { channel } = this;
    this.published++;
    const { traits } = arrival;
    const special = traits.replyTo === REPLY_TO || traits.hasBcc;
    const message = special ? this.rewritten(arrival) : arrival;
    if (channel.trace.active) this.tracePublish(plan, message);
    const known = traits.copies.length === 0 && plan.epoch === channel.vhost.epoch ? plan.queues : null;
    const queues = known ?? route(channel.vhost, plan.exchange, plan.destination.routingKey, traits);
    if (channel.trace.active) this.traceRoute(plan, message, queues);
    if (channel.vhost.firehose !== null) channel.vhost.firehose.published(channel, message, queues);
    if ((queues.length === 0 || traits.copies.length > 0) && plan.exchange.name === '') this.deliverReplies(message);
    if (channel.tx !== null) this.pending.push({ message: message.keep(), mandatory: plan.mandatory, queues });
    else this.complete(message, plan.mandatory, queues, null);
  }

  /** Hands the message to its queues and tells the publisher. `committing`: gathers what a transaction waits for. */
  private complete(message: Message, mandatory: boolean, queues: readonly Queue[], committing: Committing | null): void {
    const { channel } = this;
    const { confirms } = channel;
    if (queues.length === 0) {
      if (mandatory) channel.returnMessage(message, REPLY.noRoute);
      if (confirms !== null) confirms.ack(confirms.next());
      return;
    }
    const confirm = confirms !== null || committing !== null;
    let outcome: Outcome = 0;
    let receipts: readonly Receipt[] = NO_RECEIPTS;
    let receipt: Receipt | null = null;
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[i] as Queue;
      const one = queue.publish(message, confirm, channel);
      if (one === PENDING) {
        // Mostly there is one queue, and no list is needed.
        if (receipt !== null) receipts = [...(receipts.length === 0 ? [receipt] : receipts), queue.receipt as Receipt];
        receipt = queue.receipt;
      } else if (one > outcome) outcome = one;
      if (queue.congested) channel.connection.flow.congested(queue);
    }
    if (outcome === WAITING && channel.storage.congested) channel.connection.flow.congested(channel.storage);
    if (committing !== null) {
      if (outcome === REJECTED) committing.whole = false;
      // tx.commit-ok promises what a confirm promises.
      else if (outcome === WAITING) channel.connection.answerAfterSync();
      if (receipts.length > 0) committing.receipts.push(...receipts);
      else if (receipt !== null) committing.receipts.push(receipt);
    } else if (confirms !== null) {
      const seq = confirms.next();
      if (outcome === REJECTED) confirms.nack(seq);
      else if (receipts.length > 0) whenAllSettled(receipts, (kept) => confirms.settle(seq, kept, outcome === WAITING));
      else if (receipt !== null && outcome !== WAITING) confirms.settleWith(receipt, seq);
      else if (receipt !== null) receipt.whenSettled((kept) => confirms.settle(seq, kept, true));
      else if (outcome === WAITING) confirms.ackAfterSync(seq);
      else confirms.ack(seq);
    }
  }

  /** Reply addresses are served while routing, also within a transaction, and do not count as queues (RabbitMQ). */
  private deliverReplies(message: Message): void {
    for (const key of new Set([message.destination.routingKey, ...message.traits.copies])) {
      if (this.replies.isAddress(key)) this.replies.deliver(key, message);
    }
  }

  /** A message whose header the broker changes: BCC removed, the reply address filled in. */
  private rewritten(arrival: Message): Message {
    const properties = arrival.properties();
    const { traits } = arrival;
    const headers = traits.headers === null ? null : new Map(traits.headers);
    headers?.delete('BCC');
    if (headers !== null) properties.headers = headers;
    if (traits.replyTo === REPLY_TO) properties.replyTo = this.replies.addressOf(this.channel);
    const replyTo = properties.replyTo ?? null;
    return arrival.readdressed(arrival.destination, properties, { ...traits, headers, replyTo });
  }

  // --- transactions ---

  /** Publishes that wait for their transaction. */
  get uncommitted(): number {
    return this.pending.length;
  }

  /** Answers false if a queue refused one of the messages. */
  commit(answer: (whole: boolean) => void): void {
    const pending = this.pending;
    this.pending = [];
    const committing: Committing = { whole: true, receipts: [] };
    for (const { message, mandatory, queues } of pending) {
      const there = queues.filter((queue) => !queue.gone);
      this.complete(message, mandatory, there, committing);
    }
    const { whole, receipts } = committing;
    whenAllSettled(receipts, (kept) => answer(whole && kept));
  }

  rollback(): void {
    this.pending = [];
  }

  // --- trace ---

  private tracePublish(plan: Plan, message: Message): void {
    const { channel } = this;
    channel.emit({
      type: 'publish',
      ...channel.ref,
      message: message.id,
      label: labelOf(message),
      exchange: plan.destination.exchange,
      routingKey: plan.destination.routingKey,
      mandatory: plan.mandatory,
      persistent: message.traits.persistent,
      bodyBytes: message.bodySize,
      publishSeq: channel.confirms?.upcoming ?? 0,
    });
  }

  private traceRoute(plan: Plan, message: Message, queues: readonly Queue[]): void {
    const { exchange, routingKey } = plan.destination;
    this.channel.emit({
      type: 'routed',
      vhost: this.channel.vhost.name,
      message: message.id,
      label: labelOf(message),
      exchange,
      routingKey,
      queues: queues.map((queue) => queue.name),
    });
  }
}
