/** Class queue: declare, bind, unbind, purge, delete, with the checks and their order as in RabbitMQ 3.10. */
import type { ArgsOf } from '../../amqp/methods';
import type { Channel } from '../channel';
import { assertSame } from '../equivalence';
import { called, homeDown, lockedQueue, preconditionFailed } from '../errors';
import { generatedName } from '../generated-name';
import { assertSameArguments, checkQueueArguments, checkQueueName } from '../queue-arguments';
import type { Counts, Queue } from '../queue/queue';
import { bind, notReserved, unbind, withoutLineBreaks } from './exchange';
import type { Handlers } from './handlers';

export const queueHandlers: Handlers = {
  'queue.declare': (channel, args) => {
    const name = withoutLineBreaks(args.queue);
    if (channel.connection.host.replies.exists(name)) {
      // Clients that check the reply address find a queue with one consumer.
      channel.lastQueue = name;
      if (!args.nowait) channel.send('queue.declare-ok', { queue: name, messageCount: 0, consumerCount: 1 });
      return;
    }
    const queue = args.passive ? channel.queue(name) : declare(channel, name, args);
    queue.touch();
    channel.lastQueue = queue.name;
    if (args.nowait) return;
    channel.wait.ask<Counts>(
      (answer) => queue.count(answer),
      ({ messages, consumers }) =>
        channel.send('queue.declare-ok', { queue: queue.name, messageCount: messages, consumerCount: consumers }),
    );
  },

  'queue.bind': (channel, { queue, exchange, routingKey, arguments: args, nowait }) => {
    const name = channel.queueName(queue);
    bind(channel, exchange, 'queue', name, queue === '' && routingKey === '' ? name : routingKey, args);
    if (!nowait) channel.send('queue.bind-ok', {});
  },

  'queue.unbind': (channel, { queue, exchange, routingKey, arguments: args }) => {
    const name = channel.queueName(queue);
    unbind(channel, exchange, 'queue', name, queue === '' && routingKey === '' ? name : routingKey, args);
    channel.send('queue.unbind-ok', {});
  },

  'queue.purge': (channel, { queue, nowait }) => {
    const name = channel.queueName(queue);
    channel.check('read', 'queue', name);
    channel.wait.ask<number>(
      (answer) => channel.queue(name).purge(answer),
      (messageCount) => {
        if (!nowait) channel.send('queue.purge-ok', { messageCount });
      },
    );
  },

  'queue.delete': (channel, { queue, ifUnused, ifEmpty, nowait }) => {
    const name = withoutLineBreaks(channel.queueName(queue));
    channel.check('configure', 'queue', name);
    channel.wait.ask<number>(
      (answer) => (channel.vhost.queues.has(name) ? channel.queue(name).delete({ ifUnused, ifEmpty }, answer) : answer(0)),
      (messageCount) => {
        if (!nowait) channel.send('queue.delete-ok', { messageCount });
      },
    );
  },
};

function declare(channel: Channel, asked: string, args: ArgsOf<'queue.declare'>): Queue {
  const { vhost, connection } = channel;
  const owner = args.exclusive ? connection : null;
  checkQueueName(asked, args.arguments);
  if (asked !== '') notReserved('queue', asked);
  const name = asked === '' ? generatedName('amq.gen', connection.host.world.random) : asked;
  channel.check('configure', 'queue', name);
  // An exclusive queue goes with its connection, so durable means nothing for it (RabbitMQ).
  const durable = args.durable && !args.exclusive;
  const known = vhost.queues.get(name);
  if (known !== undefined) {
    if (!known.reachable) throw homeDown(known);
    assertEquivalent(known, owner, durable, args);
    return known;
  }
  connection.host.quotas.admitQueue(vhost.name, name);
  checkDeadLetterExchange(channel, name, args);
  checkQueueArguments(name, vhost.name, args.arguments, vhost.host.cluster !== null);
  const queue = vhost.newQueue({ name, durable, autoDelete: args.autoDelete, owner, args: args.arguments });
  if (owner !== null) connection.exclusiveQueues.add(queue);
  return queue;
}

function assertEquivalent(known: Queue, owner: object | null, durable: boolean, args: ArgsOf<'queue.declare'>): void {
  if (known.owner !== owner) throw lockedQueue(known.name, known.vhost.name);
  const subject = called('queue', known.name, known.vhost.name);
  assertSame(subject, 'durable', durable, known.durable);
  assertSame(subject, 'auto_delete', args.autoDelete, known.autoDelete);
  assertSameArguments(subject, args.arguments, known.args);
}

/** Dead lettering reads from the queue and writes to the exchange, so whoever declares it must be allowed both. */
function checkDeadLetterExchange(channel: Channel, name: string, args: ArgsOf<'queue.declare'>): void {
  const exchange = args.arguments.get('x-dead-letter-exchange');
  if (exchange === undefined) return;
  if (exchange.kind !== 'longstr') {
    throw preconditionFailed(
      `invalid type '${exchange.kind}' for arg 'x-dead-letter-exchange' in ${called('queue', name, channel.vhost.name)}`,
    );
  }
  channel.check('read', 'queue', name);
  channel.check('write', 'exchange', exchange.value as string);
}
