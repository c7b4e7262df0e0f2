/** What a handler of a channel method is, and the table of all of them. Handlers throw ProtocolError; the connection answers. */
import type { ArgsOf, Method, MethodName } from '../../amqp/methods';
import type { Channel } from '../channel';
import { basicHandlers } from './basic';
import { exchangeHandlers } from './exchange';
import { queueHandlers } from './queue';
import { sessionHandlers } from './session';

export type Handlers = { readonly [N in MethodName]?: (channel: Channel, args: ArgsOf<N>) => void };

const HANDLERS: Handlers = { ...sessionHandlers, ...exchangeHandlers, ...queueHandlers, ...basicHandlers };

/** Methods that change definitions, and when they do: in a cluster they wait for this node's turn. (A queue deletes itself.) */
const CHANGES: { readonly [N in MethodName]?: (channel: Channel, args: ArgsOf<N>) => boolean } = {
  'exchange.declare': ({ vhost }, { passive, exchange }) => !passive && !vhost.exchanges.has(exchange),
  'exchange.delete': ({ vhost }, { exchange }) => vhost.exchanges.has(exchange),
  'exchange.bind': () => true,
  'exchange.unbind': () => true,
  'queue.declare': ({ vhost }, { passive, queue }) => !passive && !vhost.queues.has(queue),
  'queue.bind': () => true,
  'queue.unbind': () => true,
};

export function changesDefinitions(channel: Channel, { name, args }: Method): boolean {
  return CHANGES[name]?.(channel, args as never) ?? false;
}

/** The handler of a method that clients may send on an open channel, or undefined. */
export function handlerOf<N extends MethodName>(name: N): ((channel: Channel, args: ArgsOf<N>) => void) | undefined {
  return HANDLERS[name] as ((channel: Channel, args: ArgsOf<N>) => void) | undefined;
}
