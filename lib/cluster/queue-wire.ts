/**
 * What nodes say to each other about queues. Whatever a turn has to say to one node leaves as one message: a list of items in
 * order, and behind it the octets of all messages in them.
 *
 *   node of the channel                        home of the queue
 *   publish, settle, consume, credit ...  ──▶
 *                                         ◀──  receipts, deliver, answer, cancelled ...
 */
import { REPLY } from '../amqp/constants';
import { ProtocolError } from '../broker/errors';
import type { Message } from '../broker/message';
import type { Turn } from '../world/world';
import { readMessage, writeMessage } from './quorum/message-octets';
import type { PartHost } from './part';
import type { PeerMessage } from './peer-frames';

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
  /** `sizes`: octets of each message. `first`: number of the receipt of the first; 0: nobody waits for receipts. */
  | { readonly do: 'publish'; readonly queue: QueueKey; readonly first: number; readonly sizes: number[] }
  | { readonly do: Settling; readonly queue: QueueKey; readonly positions: number[] }
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
  | { readonly do: 'receipts'; readonly numbers: number[]; readonly kept: boolean }
  | {
      readonly do: 'deliver';
      readonly consumer: number;
      readonly positions: number[];
      readonly redelivered: boolean[];
      readonly sizes: number[];
    }
  | { readonly do: 'cancelled'; readonly consumer: number }
  /** Publishes that have been taken in: octets. */
  | { readonly do: 'taken'; readonly octets: number }
  | { readonly do: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly do: 'error'; readonly call: number; readonly code: number; readonly detail: string }
  /** Answer to `get`. */
  | {
      readonly do: 'got';
      readonly call: number;
      readonly position: number;
      readonly redelivered: boolean;
      readonly remaining: number;
      readonly sizes: number[];
    };

export type Item = Request | Reply;

/** Items for one node, gathered during a turn. */
class Batch {
  readonly items: Item[] = [];
  readonly octets: Buffer[] = [];
}

export class QueueWire {
  private readonly batches = new Map<string, Batch>();

  constructor(
    private readonly host: PartHost,
    private readonly turn: Turn,
    /** For what this node says to itself. */
    private readonly loopBack: (message: PeerMessage, body: Buffer) => void,
  ) {}

  add(to: string, item: Item): void {
    this.batch(to).items.push(item);
  }

  /** The item that was added last for this node, if nothing came behind it: it may be lengthened. */
  last(to: string): Item | undefined {
    return this.batches.get(to)?.items.at(-1);
  }

  /** Octets of a message of the item that is being added or lengthened; returns how many. */
  octets(to: string, message: Message): number {
    const bytes = writeMessage(message);
    this.batch(to).octets.push(bytes);
    return bytes.length;
  }

  private batch(to: string): Batch {
    const known = this.batches.get(to);
    if (known !== undefined) return known;
    const batch = new Batch();
    this.batches.set(to, batch);
    if (this.batches.size === 1) this.turn.atEnd(this.flush);
    return batch;
  }

  /** The node is gone: nothing of what it was to be told is worth telling. */
  forget(to: string): void {
    this.batches.delete(to);
  }

  private readonly flush = (): void => {
    const batches = [...this.batches];
    this.batches.clear();
    for (const [to, { items, octets }] of batches) {
      const message: PeerMessage = { type: 'queue.batch', items };
      const body = Buffer.concat(octets);
      if (to === this.host.self) this.loopBack(message, body);
      else this.host.send(to, message, body);
    }
  };
}

/** The messages behind the items, one after the other. */
export class Octets {
  private at = 0;

  constructor(private readonly body: Buffer) {}

  next(size: number): Message {
    const message = readMessage(this.body.subarray(this.at, this.at + size));
    this.at += size;
    return message;
  }
}

const REPLIES = new Map(Object.values(REPLY).map((reply) => [reply.code, reply]));

export function errorOf({ code, detail }: { readonly code: number; readonly detail: string }): ProtocolError {
  return new ProtocolError(REPLIES.get(code) ?? REPLY.internalError, detail);
}
