/**
 * Direct reply-to (RabbitMQ): a client consumes from the pseudo-queue `amq.rabbitmq.reply-to` without acknowledgement and
 * publishes requests with that reply-to; the broker puts an address of the channel in its place, and whoever publishes to
 * that address over the default exchange reaches the channel without any queue in between.
 */
import type { Random } from '../world/world';
import type { Channel } from './channel';
import type { ChannelConsumer } from './channel-consumer';
import { preconditionFailed } from './errors';
import type { Message } from './message';

/** The name to consume from, and the reply-to to publish with. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

export class ReplyAddresses {
  private readonly byAddress = new Map<string, Channel>();
  private readonly byChannel = new Map<Channel, { address: string; consumer: ChannelConsumer }>();

  constructor(private readonly random: Random) {}

  isAddress(name: string): boolean {
    return name.startsWith(`${REPLY_TO}.`);
  }

  /** True for the pseudo-queue itself and for the address of a live consumer. */
  exists(name: string): boolean {
    return name === REPLY_TO || this.byAddress.has(name);
  }

  register(channel: Channel, consumer: ChannelConsumer): void {
    if (this.byChannel.has(channel)) throw preconditionFailed('reply consumer already set');
    const id = Buffer.from(this.random.bytes(24)).toString('base64');
    const key = Buffer.from(this.random.bytes(16)).toString('base64');
    const address = `${REPLY_TO}.${id}.${key}`;
    this.byChannel.set(channel, { address, consumer });
    this.byAddress.set(address, channel);
  }

  unregister(channel: Channel): void {
    const known = this.byChannel.get(channel);
    if (known === undefined) return;
    this.byChannel.delete(channel);
    this.byAddress.delete(known.address);
  }

  /** Throws 406 when the channel publishes with the pseudo reply-to before it consumes. */
  addressOf(channel: Channel): string {
    const known = this.byChannel.get(channel);
    if (known === undefined) throw preconditionFailed('fast reply consumer does not exist');
    return known.address;
  }

  consumerOf(channel: Channel): ChannelConsumer | null {
    return this.byChannel.get(channel)?.consumer ?? null;
  }

  /** Delivers a reply, if the requester is still there. It does not use up its delivery tag (RabbitMQ). */
  deliver(address: string, message: Message): void {
    const channel = this.byAddress.get(address);
    if (channel === undefined) return;
    this.byChannel.get(channel)?.consumer.deliver(message, 0, false, Number.POSITIVE_INFINITY);
    channel.lastDeliveryTag--;
  }
}
