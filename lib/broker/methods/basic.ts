/** Class basic except publish (publisher.ts): qos, consume, cancel, get, acknowledgements, recover. */
import { encodeMethodPayload } from '../../amqp/method-codec';
import { REPLY } from '../../amqp/constants';
import type { Field } from '../../amqp/field-table';
import type { ArgsOf } from '../../amqp/methods';
import type { Channel } from '../channel';
import { ChannelConsumer } from '../channel-consumer';
import { writeWithContent } from '../content-writer';
import { called, notImplemented, preconditionFailed, ProtocolError } from '../errors';
import { generatedName } from '../generated-name';
import { labelOf } from '../label';
import type { Queue, Taken } from '../queue/queue';
import { REPLY_TO } from '../reply-to';
import { Delivery } from '../unacked';
import type { Handlers } from './handlers';

const INTEGERS = new Set(['byte', 'unsignedbyte', 'short', 'unsignedshort', 'signedint', 'unsignedint', 'long']);

export const basicHandlers: Handlers = {
  'basic.qos': (channel, { prefetchSize, prefetchCount, global }) => {
    if (prefetchSize !== 0) throw notImplemented(`prefetch_size!=0 (${prefetchSize})`);
    if (global) channel.limit(prefetchCount);
    else channel.prefetch = prefetchCount;
    channel.send('basic.qos-ok', {});
    channel.wakeConsumers();
  },

  'basic.consume': (channel, args) => {
    if (args.consumerTag !== '' && channel.consumers.has(args.consumerTag)) {
      throw new ProtocolError(REPLY.notAllowed, `attempt to reuse consumer tag '${args.consumerTag}'`);
    }
    if (args.queue === REPLY_TO) consumeReplies(channel, args);
    else consume(channel, args);
  },

  'basic.cancel': (channel, { consumerTag, nowait }) => {
    const consumer = channel.consumers.get(consumerTag);
    const { replies } = channel.connection.host;
    const cancelled = (): void => {
      if (!nowait) channel.send('basic.cancel-ok', { consumerTag });
    };
    if (consumer !== undefined) {
      channel.cancelByClient(consumer, cancelled);
      return;
    }
    if (replies.consumerOf(channel)?.tag === consumerTag) replies.unregister(channel);
    cancelled();
  },

  'basic.get': (channel, { queue, noAck }) => {
    const name = channel.queueName(queue);
    channel.check('read', 'queue', name);
    const source = channel.queue(name);
    channel.wait.ask<Taken | null>(
      (answer) => source.get(noAck, answer),
      (taken) => got(channel, channel.vhost.sameQueue(source) ?? source, noAck, taken),
      (taken) => {
        if (taken !== null && !noAck) channel.vhost.sameQueue(source)?.requeue([taken], true);
      },
    );
  },

  'basic.ack': (channel, { deliveryTag, multiple }) => {
    if (channel.trace.active) channel.emit({ type: 'ack', ...channel.ref, deliveryTag, multiple });
    channel.acknowledge(deliveryTag, multiple, 'ack');
  },

  'basic.nack': (channel, { deliveryTag, multiple, requeue }) => {
    if (channel.trace.active) channel.emit({ type: 'reject', ...channel.ref, deliveryTag, multiple, requeue });
    channel.acknowledge(deliveryTag, multiple, requeue ? 'requeue' : 'reject');
  },

  'basic.reject': (channel, { deliveryTag, requeue }) => {
    if (channel.trace.active) channel.emit({ type: 'reject', ...channel.ref, deliveryTag, multiple: false, requeue });
    channel.acknowledge(deliveryTag, false, requeue ? 'requeue' : 'reject');
  },

  'basic.recover-async': (channel, { requeue }) => {
    requireRequeue(requeue);
    channel.recover();
  },

  'basic.recover': (channel, { requeue }) => {
    requireRequeue(requeue);
    channel.recover();
    channel.send('basic.recover-ok', {});
  },
};

function requireRequeue(requeue: boolean): void {
  if (!requeue) throw notImplemented('requeue=false');
}

function consume(channel: Channel, args: ArgsOf<'basic.consume'>): void {
  const name = channel.queueName(args.queue);
  channel.check('read', 'queue', name);
  const queue = channel.queue(name);
  const priority = priorityOf(args.arguments.get('x-priority'), name, channel.vhost.name);
  const tag = tagOf(channel, args);
  const { noAck, exclusive } = args;
  const consumer = new ChannelConsumer(channel, {
    tag,
    queue,
    noAck,
    exclusive,
    priority,
    prefetch: channel.prefetch,
    args: args.arguments,
  });
  channel.wait.ask<void>(
    (answer) => queue.addConsumer(consumer, answer),
    () => {
      consumer.queue = channel.vhost.sameQueue(queue) ?? queue;
      channel.consumers.set(tag, consumer);
      if (!args.nowait) channel.send('basic.consume-ok', { consumerTag: tag });
      const { prefetch } = channel;
      channel.emit({
        type: 'consumer.added',
        ...channel.ref,
        consumerTag: tag,
        queue: name,
        noAck,
        exclusive,
        priority,
        prefetch,
      });
    },
    () => channel.vhost.sameQueue(queue)?.removeConsumer(consumer),
  );
}

function consumeReplies(channel: Channel, args: ArgsOf<'basic.consume'>): void {
  if (!args.noAck) throw preconditionFailed('reply consumer cannot acknowledge');
  const { replies } = channel.connection.host;
  const tag = tagOf(channel, args);
  const queue = { name: REPLY_TO } as ChannelConsumer['queue'];
  replies.register(
    channel,
    new ChannelConsumer(channel, { tag, queue, noAck: true, exclusive: false, priority: 0, prefetch: 0, args: args.arguments }),
  );
  if (!args.nowait) channel.send('basic.consume-ok', { consumerTag: tag });
}

function tagOf(channel: Channel, { consumerTag }: ArgsOf<'basic.consume'>): string {
  return consumerTag === '' ? generatedName('amq.ctag', channel.connection.host.world.random) : consumerTag;
}

function priorityOf(value: Field | undefined, queue: string, vhost: string): number {
  if (value === undefined) return 0;
  if (!INTEGERS.has(value.kind)) {
    throw preconditionFailed(
      `invalid arg 'x-priority' for ${called('queue', queue, vhost)}: "expected integer, got ${value.kind}"`,
    );
  }
  return Number(value.value);
}

function got(channel: Channel, source: Queue, noAck: boolean, taken: Taken | null): void {
  if (taken === null) {
    channel.send('basic.get-empty', { clusterId: '' });
    return;
  }
  const tag = ++channel.lastDeliveryTag;
  if (!noAck) channel.unacked.add(new Delivery(tag, taken.message, source, null, taken.position, taken.expiresAt));
  sendGetOk(channel, source.name, tag, taken);
}

function sendGetOk(channel: Channel, queue: string, deliveryTag: number, taken: Taken): void {
  const { message, redelivered, remaining: messageCount } = taken;
  const { exchange, routingKey } = message.destination;
  const method = encodeMethodPayload('basic.get-ok', { deliveryTag, redelivered, exchange, routingKey, messageCount });
  writeWithContent(channel.link, channel.number, method, message, channel.frameMax);
  channel.vhost.firehose?.delivered(channel, message, queue, redelivered);
  if (!channel.trace.active) return;
  channel.emit({ type: 'get', ...channel.ref, queue, deliveryTag, redelivered, message: message.id, label: labelOf(message) });
}
