/**
 * What a topology picture shows, as plain items and links, before anything has a place. Items carry how many real things
 * they stand for, so that folded pictures can be checked: the counts always add up to the snapshot.
 */
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import { type FollowedPath, followMessage } from './follow';
import { foldTopology } from './topology-fold';
import { rawTopology } from './topology-raw';

export interface TopologyOptions {
  readonly title?: string;
  /** The message to follow, by its label; its way is read from `recent`. */
  readonly follow?: string;
  /**
   * Recent trace events, oldest first: they tell which queues are reached through the default exchange, and the way of the
   * followed message.
   */
  readonly recent?: readonly TraceEvent[];
  /** Also shows predeclared exchanges (`amq.*` and the default one) that nothing uses. Default false. */
  readonly predeclared?: boolean;
  /**
   * When what stands on nodes that do not run was last seen there, lab milliseconds: it is drawn as it was then. Default: nothing
   * is known of it but names.
   */
  readonly lastSeen?: number;
}

/** A channel that publishes or does nothing yet, a connection without channels, or several of them folded. */
export interface ClientItem {
  readonly kind: 'client';
  readonly id: string;
  readonly count: number;
  readonly name: string;
  readonly lines: readonly string[];
  readonly sends: boolean;
  /** What stands above the box: the followed message, and its key ('' when that says nothing new). */
  readonly publishes?: { readonly label: string; readonly key: string };
}

export interface ExchangeItem {
  readonly kind: 'exchange';
  readonly id: string;
  readonly count: number;
  readonly name: string;
  readonly type: string;
  /** Unusual properties: transient, internal, auto-delete. */
  readonly flags: string;
  /** `dead`: only dead letters come here. `missing`: named as dead-letter or alternate exchange, but not declared. */
  readonly look: 'plain' | 'dead' | 'missing';
  /** Dead-letter exchanges stand right of the queues they serve, so that the way of a dead letter can be seen turning back. */
  readonly right: boolean;
}

export interface QueueItem {
  readonly kind: 'queue';
  readonly id: string;
  readonly count: number;
  readonly name: string;
  readonly flags: readonly string[];
  readonly ready: number;
  readonly unacked: number;
  readonly consumers: number;
  /** It collects dead letters and nothing else. */
  readonly dead: boolean;
  /** Its node does not run: what it holds is unknown, or as it was last seen. */
  readonly down: boolean;
  /** Messages in the deepest of the folded queues. */
  readonly deepest: number;
  /** In rows: who consumes, or why the row is shown. */
  readonly remark: string;
}

export interface ConsumerItem {
  readonly kind: 'consumer';
  readonly id: string;
  readonly count: number;
  readonly name: string;
  readonly lines: readonly string[];
  /** Limit and messages held in one line, for pictures with many consumers. */
  readonly brief: string;
  /** Prefetch slots to draw; 0 for none. */
  readonly slots: number;
  readonly unacked: number;
}

/** Two lines of text in the consumers' column beside a queue that nobody consumes. */
export interface NoteItem {
  readonly kind: 'note';
  readonly id: string;
  readonly lines: readonly string[];
}

export type Item = ClientItem | ExchangeItem | QueueItem | ConsumerItem | NoteItem;

/** `collect`: from a dead-letter exchange back to a queue. `absent`: the dotted line to a note. */
export type LinkKind = 'publish' | 'bind' | 'alternate' | 'deliver' | 'dead' | 'collect' | 'absent';

export interface Link {
  readonly kind: LinkKind;
  readonly from: string;
  readonly to: string;
  /** Bindings, publishers or consumers it stands for. */
  readonly count: number;
  readonly label: string;
  /** The label can be typed or is on the wire. */
  readonly mono: boolean;
  readonly followed: boolean;
  /** The binding does not match the followed message. */
  readonly faded: boolean;
  /** The followed message is on this line now. */
  readonly carries: boolean;
  /** One end is folded. */
  readonly folded: boolean;
}

export interface Topology {
  readonly clients: readonly ClientItem[];
  readonly exchanges: readonly ExchangeItem[];
  readonly queues: readonly QueueItem[];
  readonly consumers: readonly ConsumerItem[];
  readonly notes: readonly NoteItem[];
  readonly links: readonly Link[];
  /** Queues are rows of 24 px instead of boxes, consumers a column of words. */
  readonly rows: boolean;
  /** Rows stand for a choice of the queues; each says why it is shown. */
  readonly chosen: boolean;
  readonly path: FollowedPath | undefined;
  /** When queues on nodes that do not run were last seen; undefined: what they hold is unknown. */
  readonly lastSeen: number | undefined;
  /** Queue names by the exchange their dead letters go to, for rows, where those lines are not drawn. */
  readonly deadLetters: ReadonlyArray<{ readonly queue: string; readonly exchange: string }>;
}

/** The broker as it will be drawn: everything, or folded where there is too much for one picture. */
export function topologyOf(snapshot: Snapshot, options: TopologyOptions): Topology {
  const recent = options.recent ?? [];
  const path = options.follow === undefined ? undefined : followMessage(snapshot, options.follow, recent);
  const folded = foldTopology(rawTopology(snapshot, recent, path, options.predeclared ?? false), path);
  return { ...folded, lastSeen: options.lastSeen };
}

/** Whether this node is known not to run. */
export function isDown(snapshot: Snapshot, node: string): boolean {
  const found = snapshot.nodes.find((candidate) => candidate.name === node);
  return found !== undefined && (found.state === 'killed' || found.state === 'stopped');
}
