/** What was delivered and is not settled yet, while the steps of a sequence diagram are read: which message an ack is about. */
import type { EventOf } from '../trace/events';
import { clientEnd, queueEnd, REPLY_TO, type Step } from './sequence-step';
import { commas, visible } from './words';

interface Delivery {
  readonly tag: number;
  readonly key: string;
  readonly queue: string;
  readonly label: string;
  readonly message: number;
}

export interface Reading {
  readonly steps: Step[];
  /** Open deliveries by channel. */
  readonly open: Map<string, Map<number, Delivery>>;
  /** Latest step that may still learn where its message went. */
  readonly routing: Map<number, Step>;
  readonly published: Set<number>;
  /** Message and queue of each delivery so far. */
  readonly delivered: Set<string>;
  /** Consumers that acknowledge by receiving, as `connection#channel#tag`. */
  readonly automatic: Set<string>;
  commands: number;
  /** Node to which each message was published. */
  readonly entered: Map<number, string>;
  /** Messages that were sent to a node, as message and node. */
  readonly passed: Set<string>;
  /** Exchanges and queues, and whether they are there. */
  readonly definitions: Map<string, boolean>;
  /** The node that told of each binding first. */
  readonly tellers: Map<string, string>;
  /** Nodes that do not run. */
  readonly down: Set<string>;
  /** Home of each queue that was promoted, and the one before. */
  readonly homes: Map<string, { readonly node: string; readonly before: string }>;
}

export function channelKey(event: { readonly connection: string; readonly channel: number }): string {
  return `${event.connection}#${event.channel}`;
}

/** Takes the deliveries out of the open ones that an ack or reject settles. */
function settle(event: EventOf<'ack'> | EventOf<'reject'>, reading: Reading): Delivery[] {
  const channel = reading.open.get(channelKey(event)) ?? new Map<number, Delivery>();
  const settled: Delivery[] = [];
  for (const delivery of [...channel.values()]) {
    const named = delivery.tag === event.deliveryTag;
    const below = event.multiple && (event.deliveryTag === 0 || delivery.tag < event.deliveryTag);
    if (!named && !below) continue;
    settled.push(delivery);
    channel.delete(delivery.tag);
  }
  return settled;
}

export function settlement(
  event: EventOf<'ack'> | EventOf<'reject'>,
  verb: string,
  reading: Reading,
  weight: number,
): Partial<Step> {
  const settled = settle(event, reading);
  const last = settled.at(-1);
  const one = settled.length === 1 && last !== undefined;
  const several = settled.length > 1 ? `${verb} all ${commas(settled.length)}` : `${verb} ${commas(event.deliveryTag)}`;
  return {
    shape: 'control',
    verb,
    from: clientEnd(event),
    to: queueEnd(last?.queue ?? ''),
    label: one ? `${verb} ` : several,
    strong: one ? visible(last.label) : '',
    message: one ? last.message : 0,
    messageLabel: one ? last.label : '',
    settles: settled.map((delivery) => delivery.key),
    weight,
  };
}

export function delivered(event: EventOf<'deliver'> | EventOf<'get'>, verb: string, reading: Reading): Partial<Step> {
  const key = `${channelKey(event)}#${event.deliveryTag}`;
  const channel = reading.open.get(channelKey(event)) ?? new Map<number, Delivery>();
  reading.open.set(channelKey(event), channel);
  // Direct replies are never acknowledged.
  const automatic =
    event.queue === REPLY_TO || (event.type === 'deliver' && reading.automatic.has(`${channelKey(event)}#${event.consumerTag}`));
  const delivery = { tag: event.deliveryTag, key, queue: event.queue, label: event.label, message: event.message };
  if (!automatic) channel.set(event.deliveryTag, delivery);
  const copy = JSON.stringify([event.message, event.queue]);
  const again = event.redelivered || (event.message !== 0 && reading.delivered.has(copy));
  reading.delivered.add(copy);
  return {
    shape: 'message',
    verb,
    from: queueEnd(event.queue),
    to: clientEnd(event),
    ink: 'd',
    label: `${verb} `,
    strong: visible(event.label),
    note: event.redelivered ? 'redelivered=true' : again ? 'redelivered=false' : '',
    mono: true,
    message: event.message,
    messageLabel: event.label,
    again,
    delivery: automatic ? '' : key,
    weight: event.redelivered ? 60 : 30,
  };
}
