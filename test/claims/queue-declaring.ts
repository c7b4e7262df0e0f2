/** For claims about the arguments of queue.declare. */
import { strict as assert } from 'node:assert';
import type { Options } from 'amqplib';
import type { ClaimContext } from './harness/context';
import type { Arguments } from './routing-probe';

/** Declares queue `q`, on a channel of its own, since a refusal closes it. */
export async function declare(t: ClaimContext, args: Arguments = {}, options: Options.AssertQueue = {}): Promise<unknown> {
  return (await t.channel()).assertQueue(t.name('q'), { durable: false, ...options, arguments: args });
}

/** Gives the argument that the refusal of this declaration tells of. */
export async function refusedArgument(t: ClaimContext, args: Arguments): Promise<string | undefined> {
  const { code, text } = await t.closure(declare(t, args));
  assert.equal(code, 406, text);
  return /arg '([^']+)'/.exec(text)?.[1];
}

/** A number with this type on the wire. */
export const typed = (type: string, value: number): unknown => ({ '!': type, value });

/** In which the server looks at the arguments of a queue. */
export const ARGUMENT_ORDER = [
  'x-expires',
  'x-message-ttl',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-overflow',
  'x-queue-mode',
  'x-queue-version',
  'x-single-active-consumer',
];
