/** Where most claims about messages begin: a raw client, its channels, and one queue. */
import { strict as assert } from 'node:assert';
import type { Field } from '../../lib/amqp/field-table';
import type { ClaimContext } from './harness/context';
import type { WireClient } from './harness/wire-client';

export interface Setting {
  readonly wire: WireClient;
  readonly queue: string;
}

export interface SettingOptions {
  /** Arguments of the queue. */
  readonly args?: Readonly<Record<string, Field>>;
  /** Channels that are opened; default: 1. The last of them declares the queue and publishes. */
  readonly channels?: readonly number[];
  /** Bodies of the messages in the queue, or how many: m1, m2, ... */
  readonly messages?: readonly string[] | number;
}

/** Waits until the queue has so many ready messages, asked on this channel: those of a channel that ended come back later. */
export async function untilReady(t: ClaimContext, { wire, queue }: Setting, count: number, channel = 2): Promise<void> {
  await t.eventually(async () => {
    const { args } = await wire.call('queue.declare', channel, { queue, passive: true }, 'queue.declare-ok');
    assert.equal(args.messageCount, count);
  });
}

/** An exclusive queue, declared and filled; all of it has happened when this resolves. */
export async function setting(
  t: ClaimContext,
  { args = {}, channels = [1], messages = [] }: SettingOptions = {},
): Promise<Setting> {
  const wire = await t.wire();
  for (const channel of channels) await wire.openChannel(channel);
  const channel = channels[channels.length - 1] as number;
  const queue = t.name('q');
  await wire.call(
    'queue.declare',
    channel,
    { queue, exclusive: true, arguments: new Map(Object.entries(args)) },
    'queue.declare-ok',
  );
  const bodies = typeof messages === 'number' ? Array.from({ length: messages }, (_, i) => `m${i + 1}`) : messages;
  for (const body of bodies) wire.publish(channel, { routingKey: queue, body });
  if (bodies.length > 0) await wire.call('basic.qos', channel, {}, 'basic.qos-ok');
  return { wire, queue };
}
