/** A step of a sequence diagram: who, to whom, what. It knows nothing of lanes on the paper. */
import type { MessageRef } from '../trace/events';
import type { Ink } from './scene';

/** One end of a step. Clients are channels, or whole connections (channel 0). */
export interface End {
  readonly kind: 'client' | 'exchange' | 'queue' | 'node' | 'broker';
  /** Connection, exchange, queue or node name; '' for the broker as such. */
  readonly name: string;
  readonly channel: number;
}

/** Message arrows carry an envelope; control arrows are thin; marks stand on lanes; banners cross all of them. */
export type StepShape = 'message' | 'control' | 'dead' | 'cross' | 'box' | 'banner';

export interface Step {
  /** Sequence number of the first event. */
  readonly seq: number;
  readonly at: number;
  readonly shape: StepShape;
  /** What it is called when it is counted: `publish`, `ack`. */
  readonly verb: string;
  readonly from: End;
  readonly to: End | undefined;
  /** Further ends of the same arrow: the queues behind an exchange. */
  queues: readonly string[];
  readonly ink: Ink;
  /** Bold part of the label, after the verb. */
  readonly strong: string;
  /** After it, left out where there is no room. */
  readonly extra: string;
  label: string;
  /** Small, on a second segment or below the line; `mono` when it is on the wire. */
  note: string;
  readonly mono: boolean;
  readonly message: number;
  readonly messageLabel: string;
  /** Delivered or published before. */
  readonly again: boolean;
  /** The message ends here. */
  lost: boolean;
  /** Messages that end here, of a step that is about several. */
  readonly died: readonly MessageRef[];
  /** 0 to 100; what counts less is folded first. */
  readonly weight: number;
  /** Preparation: connections, channels, declarations. */
  readonly setup: boolean;
  /** Ends a delivery: `connection#channel#tag` keys, or begins one. */
  readonly settles: readonly string[];
  delivery: string;
  /** The lane of `from` (or of the whole broker) is gone after this, or back. */
  readonly ends: boolean;
  readonly begins: boolean;
}

export const BROKER: End = { kind: 'broker', name: '', channel: 0 };

/** The pseudo-queue of direct replies: there is no such queue, the broker hands a reply from its exchange to the channel. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

export function clientEnd(event: { readonly connection: string; readonly channel?: number }): End {
  return { kind: 'client', name: event.connection, channel: event.channel ?? 0 };
}

export function exchangeEnd(name: string): End {
  return { kind: 'exchange', name, channel: 0 };
}

export function nodeEnd(name: string): End {
  return { kind: 'node', name, channel: 0 };
}

/** Where a queue stands; '' is one whose name is not known. */
export function queueEnd(name: string): End {
  if (name === REPLY_TO) return exchangeEnd('');
  return name === '' ? BROKER : { kind: 'queue', name, channel: 0 };
}
