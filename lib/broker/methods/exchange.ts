/** Class exchange: declare, delete, bind, unbind, with the checks and their order as in RabbitMQ 3.10. */
import { REPLY } from '../../amqp/constants';
import type { FieldTable } from '../../amqp/field-table';
import type { Channel } from '../channel';
import { assertSame, assertSameArgument } from '../equivalence';
import { accessRefused, called, notFound, preconditionFailed, ProtocolError } from '../errors';
import { isExchangeKind, type Exchange, type Target } from '../exchange/exchange';
import type { Handlers } from './handlers';

export const exchangeHandlers: Handlers = {
  'exchange.declare': (channel, args) => {
    const { vhost } = channel;
    const name = withoutLineBreaks(args.exchange);
    if (args.passive) {
      notDefault(name);
      existing(channel, name);
    } else {
      if (!isExchangeKind(args.type)) throw new ProtocolError(REPLY.commandInvalid, `unknown exchange type '${args.type}'`);
      notDefault(name);
      channel.check('configure', 'exchange', name);
      const known = vhost.exchanges.get(name);
      const { durable, autoDelete, internal } = args;
      if (known !== undefined) assertEquivalent(known, args, vhost.name);
      else {
        notReserved('exchange', name);
        checkAlternate(channel, name, args.arguments);
        vhost.declareExchange({ name, kind: args.type, durable, autoDelete, internal, args: args.arguments });
      }
    }
    if (!args.nowait) channel.send('exchange.declare-ok', {});
  },

  'exchange.delete': (channel, args) => {
    const name = withoutLineBreaks(args.exchange);
    notDefault(name);
    if (name.startsWith('amq.')) {
      throw accessRefused(`deletion of system ${called('exchange', name, channel.vhost.name)} not allowed`);
    }
    channel.check('configure', 'exchange', name);
    const exchange = channel.vhost.exchanges.get(name);
    if (exchange !== undefined) {
      if (args.ifUnused && exchange.outgoing.size > 0)
        throw preconditionFailed(`${called('exchange', name, channel.vhost.name)} in use`);
      channel.vhost.deleteExchange(exchange);
    }
    if (!args.nowait) channel.send('exchange.delete-ok', {});
  },

  'exchange.bind': (channel, { source, destination, routingKey, arguments: args, nowait }) => {
    bind(channel, source, 'exchange', destination, routingKey, args);
    if (!nowait) channel.send('exchange.bind-ok', {});
  },

  'exchange.unbind': (channel, { source, destination, routingKey, arguments: args, nowait }) => {
    unbind(channel, source, 'exchange', destination, routingKey, args);
    if (!nowait) channel.send('exchange.unbind-ok', {});
  },
};

/** RabbitMQ strips them from the names of exchanges and queues. */
export function withoutLineBreaks(name: string): string {
  return name.replace(/[\r\n]/g, '');
}

export function notReserved(kind: 'queue' | 'exchange', name: string): void {
  if (name.startsWith('amq.')) throw accessRefused(`${kind} name '${name}' contains reserved prefix 'amq.*'`);
}

function notDefault(name: string): void {
  if (name === '') throw accessRefused('operation not permitted on the default exchange');
}

function existing(channel: Channel, name: string): Exchange {
  const exchange = channel.vhost.exchanges.get(name);
  if (exchange === undefined) throw notFound(`no ${called('exchange', name, channel.vhost.name)}`);
  return exchange;
}

interface Declared {
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

function assertEquivalent(known: Exchange, declared: Declared, vhost: string): void {
  const subject = called('exchange', known.name, vhost);
  assertSame(subject, 'type', declared.type, known.kind);
  assertSame(subject, 'durable', declared.durable, known.durable);
  assertSame(subject, 'auto_delete', declared.autoDelete, known.autoDelete);
  assertSame(subject, 'internal', declared.internal, known.internal);
  assertSameArgument(subject, 'alternate-exchange', declared.arguments, known.args);
}

function checkAlternate(channel: Channel, name: string, args: FieldTable): void {
  const alternate = args.get('alternate-exchange');
  if (alternate === undefined) return;
  if (alternate.kind !== 'longstr') {
    throw preconditionFailed(
      `invalid type '${alternate.kind}' for arg 'alternate-exchange' in ${called('exchange', name, channel.vhost.name)}`,
    );
  }
  channel.check('read', 'exchange', name);
  channel.check('write', 'exchange', alternate.value as string);
}

/** Shared with queue.bind: write on the destination, read on the source, then existence, the source first, then the arguments. */
export function bind(
  channel: Channel,
  sourceName: string,
  kind: 'queue' | 'exchange',
  targetName: string,
  key: string,
  args: FieldTable,
): void {
  const [source, target] = checkedEnds(channel, sourceName, kind, targetName, key);
  if (source === undefined) throw notFound(`no ${called('exchange', withoutLineBreaks(sourceName), channel.vhost.name)}`);
  if (target === undefined) throw notFound(`no ${called(kind, withoutLineBreaks(targetName), channel.vhost.name)}`);
  source.type.check(args);
  assertNotLocked(channel, kind, target);
  channel.vhost.bind(source, target, key, args);
}

/** What is not there needs no unbinding: no error, not even for a queue that belongs to another connection. */
export function unbind(
  channel: Channel,
  sourceName: string,
  kind: 'queue' | 'exchange',
  targetName: string,
  key: string,
  args: FieldTable,
): void {
  const [source, target] = checkedEnds(channel, sourceName, kind, targetName, key);
  if (source === undefined || target === undefined) return;
  const binding = channel.vhost.binding(source, target, key, args);
  if (binding === undefined) return;
  assertNotLocked(channel, kind, target);
  channel.vhost.unbind(binding);
}

function checkedEnds(
  channel: Channel,
  sourceName: string,
  kind: 'queue' | 'exchange',
  targetName: string,
  key: string,
): [Exchange | undefined, Target | undefined] {
  const { exchanges, queues } = channel.vhost;
  const from = withoutLineBreaks(sourceName);
  const to = withoutLineBreaks(targetName);
  channel.check('write', kind, to);
  if (kind === 'exchange') notDefault(to);
  notDefault(from);
  channel.check('read', 'exchange', from);
  const source = exchanges.get(from);
  if (source !== undefined) channel.checkTopic('read', source, key);
  return [source, kind === 'exchange' ? exchanges.get(to) : queues.get(to)];
}

/** Another connection's exclusive queue can be neither bound nor unbound. */
function assertNotLocked(channel: Channel, kind: 'queue' | 'exchange', target: Target): void {
  if (kind === 'queue') channel.queue(target.name);
}
