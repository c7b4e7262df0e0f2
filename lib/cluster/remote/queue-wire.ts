/**
 * What nodes say to each other about queues. Whatever a turn has to say to one node leaves as one message: a list of items in
 * order, and behind it the octets of all messages in them.
 *
 *   node of the channel                        home of the queue
 *   publish, settle, consume, credit ...  ──▶
 *                                         ◀──  receipts, deliver, answer, cancelled ...
 */
import { REPLY } from '../../amqp/constants';
import { ProtocolError } from '../../broker/errors';
import type { Turn } from '../../world/world';
import { BatchWire } from './batch-wire';
import type { PartHost } from '../part';
import type { PeerMessage } from '../links/peer-frames';

/** A vhost and the name of a queue in it. */
export type QueueKey = string;

export function keyOf(vhost: string, name: string): QueueKey {
  return JSON.stringify([vhost, name]);
}

export function partsOf(key: QueueKey): readonly [vhost: string, name: string] {
  return JSON.parse(key) as [string, string];
}

/** From the node of a channel to the home of a queue. Consumers, calls and receipts are numbered by who sends them first. */
export type Request =
  /**
   * So many messages, which stand behind the items. `first`: number of the receipt of the first; 0: nobody waits for receipts.
   * `again`: it was sent to a home that is gone, and may be there already.
   */
  | {
      readonly do: 'publish';
      readonly queue: QueueKey;
      readonly first: number;
      readonly again: boolean;
      count: number;
    }
  /** So many, whose positions stand behind the items. */
  | { readonly do: Settling; readonly queue: QueueKey; count: number }
  | {
      readonly do: 'consume';
      readonly queue: QueueKey;
      readonly call: number;
      readonly consumer: number;
      readonly tag: string;
      readonly noAck: boolean;
      readonly exclusive: boolean;
      readonly priority: number;
      readonly credit: number;
    }
  /** So many deliveries more. */
  | { readonly do: 'credit'; readonly consumer: number; readonly more: number }
  | { readonly do: 'cancel'; readonly consumer: number }
  | { readonly do: 'count' | 'purge'; readonly queue: QueueKey; readonly call: number }
  | { readonly do: 'get'; readonly queue: QueueKey; readonly call: number; readonly noAck: boolean }
  | {
      readonly do: 'delete';
      readonly queue: QueueKey;
      readonly call: number;
      readonly ifUnused: boolean;
      readonly ifEmpty: boolean;
    }
  | { readonly do: 'touch'; readonly queue: QueueKey };

export type Settling = 'settle' | 'reject' | 'requeue';

/** From the home of a queue to the node of a channel. */
export type Reply =
  /** So many, whose numbers stand behind the items. */
  | { readonly do: 'receipts'; count: number; readonly kept: boolean }
  /** So many messages; of each stands behind the items: its position, whether it is redelivered, the message. */
  | { readonly do: 'deliver'; readonly consumer: number; count: number }
  | { readonly do: 'cancelled'; readonly consumer: number }
  /** Publishes that have been taken in: octets. */
  | { readonly do: 'taken'; readonly octets: number }
  /** Publishers to a queue wait, or need not wait any more. */
  | { readonly do: 'full'; readonly queue: QueueKey; readonly full: boolean }
  | { readonly do: 'answer'; readonly call: number; readonly value: unknown }
  /** Not here: the queue has moved, or is about to. */
  | { readonly do: 'moved'; readonly call: number }
  | { readonly do: 'error'; readonly call: number; readonly code: number; readonly detail: string }
  /** Answer to `get`. `found`: the message stands behind the items. */
  | {
      readonly do: 'got';
      readonly call: number;
      readonly position: number;
      readonly redelivered: boolean;
      readonly remaining: number;
      readonly found: boolean;
    };

export type Item = Request | Reply;

export class QueueWire extends BatchWire<Item> {
  constructor(host: PartHost, turn: Turn, loopBack: (message: PeerMessage, body: Buffer) => void) {
    super('queue.batch', host, turn, loopBack);
  }
}

const REPLIES = new Map(Object.values(REPLY).map((reply) => [reply.code, reply]));

export function errorOf({ code, detail }: { readonly code: number; readonly detail: string }): ProtocolError {
  return new ProtocolError(REPLIES.get(code) ?? REPLY.internalError, detail);
}
