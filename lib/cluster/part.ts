/**
 * A part of a node's application that talks to its like on other nodes: definitions, queues, mirrors, Raft. It is made with the
 * broker when the application starts, and ends with it.
 */
import type { PeerMessage } from './links/peer-frames';

export interface ClusterPart {
  /** From the same part of another node. `body` is the part's own. */
  message(from: string, message: PeerMessage, body: Buffer): void;
  /** The application of another member runs, and can be reached. */
  nodeUp(name: string): void;
  /** It was stopped or killed, or cannot be reached any more; what was on the way to it is lost. */
  nodeDown(name: string): void;
  /** The application begins to stop, in order. */
  leaving?(): void;
  /** The application has ended: nothing more is to be done, or sent. */
  stop?(): void;
}

/** What a part is handed. */
export interface PartHost {
  /** `rabbit1@localhost` */
  readonly self: string;
  /** Members whose application runs, this one among them, in the order of the member list. */
  readonly running: readonly string[];
  /** Messages to one node arrive in order, or not at all. The part's name and a dot begin `message.type`. */
  send(to: string, message: PeerMessage, body?: Buffer): void;
}
