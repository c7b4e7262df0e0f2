/**
 * A consumer of a channel: its window, and the writing of deliveries. The hottest code of the broker together with
 * publisher.ts: no allocation for a delivery without acknowledgement, one object for one with.
 */
import { FRAME_END, FRAME_METHOD, FRAME_OVERHEAD } from '../amqp/constants';
import { methodId } from '../amqp/methods';
import { copyOctets } from '../world/copy-octets';
import type { Channel } from './channel';
import type { FieldTable } from '../amqp/field-table';
import { copyContent, writeContent } from './content-writer';
import { labelOf } from './label';
import type { Destination } from './destination';
import type { Message } from './message';
import type { Consumer } from './queue/consumer';
import type { Queue } from './queue/queue';
import { Delivery } from './unacked';

export interface ConsumerAttributes {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  /** Of this consumer alone; 0 for no limit. */
  readonly prefetch: number;
  /** Of basic.consume. */
  readonly args: FieldTable;
}

/** Octets of basic.deliver behind the consumer tag and before exchange and key: delivery tag, redelivered. */
const TAG_AND_FLAG = 9;

export class ChannelConsumer implements Consumer {
  readonly tag: string;
  queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly prefetch: number;
  readonly args: FieldTable;
  parked = false;
  unackedCount = 0;
  /** Frame header with an open size, method id, consumer tag. */
  private readonly prefix: Buffer;
  /** The destination of the delivery before; a second one in a row is worth a template. */
  private destination: Destination | null = null;
  /** The whole method frame for `destination`, with delivery tag and flag to be filled in. */
  private template: Buffer | null = null;

  constructor(
    readonly channel: Channel,
    attributes: ConsumerAttributes,
  ) {
    this.tag = attributes.tag;
    this.queue = attributes.queue;
    this.noAck = attributes.noAck;
    this.exclusive = attributes.exclusive;
    this.priority = attributes.priority;
    this.prefetch = attributes.prefetch;
    this.args = attributes.args;
    this.prefix = prefixOf(channel.number, attributes.tag);
  }

  get ready(): boolean {
    const { channel } = this;
    if (!channel.link.writable || !channel.open || !channel.windowOpen) return false;
    return this.noAck || this.prefetch === 0 || this.unackedCount < this.prefetch;
  }

  get room(): number {
    const own = this.noAck || this.prefetch === 0 ? Number.POSITIVE_INFINITY : this.prefetch - this.unackedCount;
    return Math.min(own, this.channel.windowRoom);
  }

  get socketReady(): boolean {
    return this.channel.link.writable;
  }

  deliver(message: Message, position: number, redelivered: boolean, expiresAt: number): void {
    const { channel } = this;
    const tag = ++channel.lastDeliveryTag;
    if (!this.noAck) {
      channel.unacked.add(new Delivery(tag, message, this.queue, this, position, expiresAt));
      this.unackedCount++;
      channel.countDelivery();
    }
    if (message.size <= channel.frameMax && message.whole) this.write(message, tag, redelivered);
    else this.writeLarge(message, tag, redelivered);
    if (channel.trace.active) this.traceDelivery(message, tag, redelivered);
    const { firehose } = channel.vhost;
    if (firehose !== null) firehose.delivered(channel, message, this.queue.name, redelivered);
  }

  private write(message: Message, tag: number, redelivered: boolean): void {
    const { link, number } = this.channel;
    const { destination } = message;
    const { prefix } = this;
    const repeated = destination === this.destination;
    const size = prefix.length + TAG_AND_FLAG + destination.size + 1;
    const at = link.reserve(size + message.size);
    const { out } = link;
    if (repeated) {
      this.template ??= templateOf(prefix, destination);
      copyOctets(this.template, 0, out, at, size);
    } else {
      this.destination = destination;
      this.template = null;
      writeMethod(out, at, prefix, destination);
    }
    const o = at + prefix.length;
    const high = Math.floor(tag / 0x100000000);
    out[o] = high >>> 24;
    out[o + 1] = high >>> 16;
    out[o + 2] = high >>> 8;
    out[o + 3] = high;
    out[o + 4] = tag >>> 24;
    out[o + 5] = tag >>> 16;
    out[o + 6] = tag >>> 8;
    out[o + 7] = tag;
    out[o + 8] = redelivered ? 1 : 0;
    copyContent(out, at + size, message, number);
  }

  private writeLarge(message: Message, tag: number, redelivered: boolean): void {
    const { link, number, frameMax } = this.channel;
    const method = templateOf(this.prefix, message.destination);
    method.writeBigUInt64BE(BigInt(tag), this.prefix.length);
    method[this.prefix.length + 8] = redelivered ? 1 : 0;
    const at = link.reserve(method.length);
    method.copy(link.out, at);
    writeContent(link, number, message, frameMax);
  }

  cancelledByServer(): void {
    this.channel.cancelByServer(this);
  }

  follow(next: Queue): void {
    if (this.args.get('x-cancel-on-ha-failover')?.value === true) {
      this.cancelledByServer();
      return;
    }
    this.queue = next;
    this.parked = false;
    // What it held does not count any more, but an acknowledgement of it makes room all the same (RabbitMQ).
    this.unackedCount = 0;
    next.addConsumer(this, (result) => {
      if (result === undefined) this.followed(next);
      else if (this.queue === next) this.cancelledByServer();
    });
  }

  /** The answer may come late: the queue may have moved on meanwhile, and the client may want nothing of it any more. */
  private followed(next: Queue): void {
    const { consumers, vhost } = this.channel;
    this.queue = vhost.sameQueue(next) ?? next;
    if (consumers.get(this.tag) !== this) this.queue.removeConsumer(this);
  }

  private traceDelivery(message: Message, tag: number, redelivered: boolean): void {
    const { channel } = this;
    channel.emit({
      type: 'deliver',
      ...channel.ref,
      message: message.id,
      label: labelOf(message),
      consumerTag: this.tag,
      deliveryTag: tag,
      redelivered,
      queue: this.queue.name,
      exchange: message.destination.exchange,
      routingKey: message.destination.routingKey,
      bodyBytes: message.bodySize,
    });
  }
}

function prefixOf(channel: number, tag: string): Buffer {
  const text = Buffer.from(tag, 'utf8');
  const prefix = Buffer.alloc(7 + 4 + 1 + text.length);
  prefix[0] = FRAME_METHOD;
  prefix.writeUInt16BE(channel, 1);
  prefix.writeUInt32BE(methodId('basic.deliver'), 7);
  prefix[11] = text.length;
  text.copy(prefix, 12);
  return prefix;
}

/** Everything of the method frame but delivery tag and flag. */
function writeMethod(out: Buffer, at: number, prefix: Buffer, destination: Destination): void {
  copyOctets(prefix, 0, out, at, prefix.length);
  const size = prefix.length + TAG_AND_FLAG + destination.size + 1;
  out.writeUInt32BE(size - FRAME_OVERHEAD, at + 3);
  destination.write(out, at + prefix.length + TAG_AND_FLAG);
  out[at + size - 1] = FRAME_END;
}

function templateOf(prefix: Buffer, destination: Destination): Buffer {
  const template = Buffer.alloc(prefix.length + TAG_AND_FLAG + destination.size + 1);
  writeMethod(template, 0, prefix, destination);
  return template;
}
