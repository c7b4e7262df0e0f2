/** What a handler of a channel method is, and the table of all of them. Handlers throw ProtocolError; the connection answers. */
import type { ArgsOf, MethodName } from '../../amqp/methods';
import type { Channel } from '../channel';
import { basicHandlers } from './basic';
import { exchangeHandlers } from './exchange';
import { queueHandlers } from './queue';
import { sessionHandlers } from './session';

export type Handlers = { readonly [N in MethodName]?: (channel: Channel, args: ArgsOf<N>) => void };

const HANDLERS: Handlers = { ...sessionHandlers, ...exchangeHandlers, ...queueHandlers, ...basicHandlers };

/** The handler of a method that clients may send on an open channel, or undefined. */
export function handlerOf<N extends MethodName>(name: N): ((channel: Channel, args: ArgsOf<N>) => void) | undefined {
  return HANDLERS[name] as ((channel: Channel, args: ArgsOf<N>) => void) | undefined;
}
