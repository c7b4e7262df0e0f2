/**
 * What the picture of a cluster shows, as plain items before anything has a place: a room for each node, a row for each queue
 * with its copies in the rooms where they are, clients and consumers at the node they are connected to.
 */
import type { NodeSnapshot, QueueSnapshot } from '../trace/snapshot';
import type { FollowedPath } from './follow';
import type { Loss } from './loss';

/** How a copy is drawn. `only`: a queue without copies. `apart`: it is there and may not serve. */
export type CopyLook = 'only' | 'leader' | 'sync' | 'unsync' | 'apart' | 'down';

/** One copy of a queue, in the room of its node. */
export interface Copy {
  readonly node: string;
  readonly look: CopyLook;
  /** What it is, in words: `leader, promoted`, `mirror, not in sync`. */
  readonly words: string;
  /** The same in one or two words, where there is little room. */
  readonly brief: string;
  /** Messages in it; undefined where nobody knows. */
  readonly ready: number | undefined;
  readonly unacked: number;
  /** Messages that it should have but need not: of a copy that is not in sync. */
  readonly of: number | undefined;
  readonly loss: Loss | undefined;
  /** The followed message is in it. */
  readonly followed: boolean;
}

/** From the home to a copy elsewhere. */
export interface Replication {
  readonly from: string;
  readonly to: string;
  readonly synchronised: boolean;
}

export interface QueueRow {
  readonly queue: string;
  readonly kind: QueueSnapshot['kind'];
  readonly copies: readonly Copy[];
  readonly replications: readonly Replication[];
}

export interface Room {
  readonly node: NodeSnapshot;
  /** Its state in words: `killed (kill -9)`, and shorter. */
  readonly state: string;
  readonly brief: string;
  /** Nodes with the same number reach each other, and stand together. */
  readonly side: number;
  /** Nodes that it does not reach though they run. */
  readonly apart: readonly string[];
  /** Nodes of one cluster have the same. */
  readonly cluster: string;
  /** Of another cluster than its left neighbour. */
  readonly stranger: boolean;
}

export interface ClusterPicture {
  readonly rooms: readonly Room[];
  readonly rows: readonly QueueRow[];
  readonly clients: ClusterClients;
  readonly path: FollowedPath | undefined;
  readonly partitioned: boolean;
  /** Queues that are gone with their messages. */
  readonly lostQueues: ReadonlyMap<string, Loss>;
}

export interface ClientBox {
  readonly id: string;
  readonly node: string;
  readonly name: string;
  readonly lines: readonly string[];
  /** How many it stands for. */
  readonly count: number;
  /** Names of the queues its messages go to, or, of a consumer, come from. */
  readonly queues: readonly string[];
  readonly followed: boolean;
  /** Its node does not run any more. */
  readonly lost: boolean;
}

export interface ClusterClients {
  readonly publishers: readonly ClientBox[];
  readonly consumers: readonly ClientBox[];
  /** All of them, none folded, for the table. */
  readonly unfolded: { readonly publishers: readonly ClientBox[]; readonly consumers: readonly ClientBox[] };
}

export function isDownState(state: NodeSnapshot['state']): boolean {
  return state === 'killed' || state === 'stopped' || state === 'app stopped';
}
