/** What the claims about quorum queues share: queues, messages that are waited for, graves. */
import { strict as assert } from 'node:assert';
import type { Channel, ConfirmChannel, Message } from 'amqplib';
import type { ClaimContext } from './harness/context';
import type { Arguments } from './routing-probe';

export const ON = { notebook: '13' } as const;
export const OWN = { notebook: '13', vhost: 'own' } as const;
export const QUORUM = { 'x-queue-type': 'quorum' };

/** Declares quorum queue `q` (or another) with these arguments. */
export async function quorum(t: ClaimContext, ch: Channel, args: Arguments = {}, base = 'q'): Promise<string> {
  const { queue } = await ch.assertQueue(t.name(base), { durable: true, arguments: { ...QUORUM, ...args } });
  return queue;
}

/** A channel in confirm mode, quorum queue `q`, and so many messages in it: `1`, `2` ... */
export async function filled(t: ClaimContext, count: number, args: Arguments = {}): Promise<{ ch: ConfirmChannel; q: string }> {
  const ch = await t.confirmChannel();
  const q = await quorum(t, ch, args);
  for (let i = 1; i <= count; i++) assert.equal(await t.publish(ch, '', q, String(i)), 'ack');
  return { ch, q };
}

export async function take(ch: Channel, q: string): Promise<Message> {
  const message = await ch.get(q);
  assert.ok(message !== false, 'a message is ready');
  return message;
}

/** The next ready message, when it comes. */
export async function awaited(t: ClaimContext, ch: Channel, q: string): Promise<Message> {
  let message: Message | false = false;
  await t.eventually(async () => {
    message = await ch.get(q);
    assert.ok(message !== false, `nothing came to ${q}`);
  });
  return message as unknown as Message;
}

/** Body, how often it came back, and whether it is called redelivered. */
export function told(message: Message): readonly [string, unknown, boolean] {
  return [message.content.toString(), message.properties.headers?.['x-delivery-count'], message.fields.redelivered];
}

/** Exchange `dlx`, and a classic queue `dead` behind it. */
export async function cemetery(t: ClaimContext, ch: Channel): Promise<{ dead: string; mortal: Arguments }> {
  const dlx = t.name('dlx');
  await ch.assertExchange(dlx, 'fanout', { durable: false });
  const { queue: dead } = await ch.assertQueue(t.name('dead'), { durable: true });
  await ch.bindQueue(dead, dlx, '');
  return { dead, mortal: { 'x-dead-letter-exchange': dlx } };
}

/** The newest death. */
export function deathOf({ properties }: Message): Record<string, unknown> {
  const deaths = properties.headers?.['x-death'] as unknown as Record<string, unknown>[] | undefined;
  return deaths?.[0] ?? assert.fail('there is no x-death');
}
