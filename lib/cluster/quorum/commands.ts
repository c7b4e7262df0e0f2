/**
 * What can be asked of a quorum queue: the commands that stand in its Raft log.
 *
 * Who sends and receives is a *session*: what a channel is to one queue. It is opened by a command, and that command's log index
 * is its number from then on, so nobody has to hand out numbers. In the same way a consumer is known by the index of its
 * `subscribe` (or `get`), and a message by the index of its `enqueue` or `requeue`. A consumer's deliveries are numbered from 0
 * without a gap, so a receiver notices what it missed while the leader changed.
 */
import type { QuorumConfig } from './config';

/** Sender of messages that nobody sends again: they are not checked for having come before. */
export const NO_SESSION = 0;

export interface Commands {
  /** Sent again with the same key, it opens nothing new. `node`: where the channel lives. */
  open: { readonly key: string; readonly node: string };
  /** The channel has ended: what it held comes back to the front. */
  close: { readonly session: number };
  /**
   * `sequence`: 1 for the session's first message; one that was taken already is not taken twice. `ttl`: the message's own, in
   * milliseconds, or null. `bodySize` is counted against the limits. `message`: for whoever delivers it (message-octets.ts); the
   * machine never looks into it, nor keeps it.
   */
  enqueue: {
    readonly session: number;
    readonly sequence: number;
    readonly ttl: number | null;
    readonly bodySize: number;
    readonly message: Buffer;
  };
  /** `credit`: how many deliveries it may hold. Sent again with the same tag, it changes the consumer that is there. */
  subscribe: { readonly session: number; readonly tag: string; readonly credit: number; readonly priority: number };
  /** The consumer gets no more; what it holds it may still settle. */
  cancel: { readonly consumer: number };
  /** One message for a session, at once. `tag`: what the tools call who holds it. `noAck`: it is settled with that. */
  get: { readonly session: number; readonly tag: string; readonly noAck: boolean };
  /** Acknowledged. */
  settle: { readonly consumer: number; readonly deliveries: readonly number[] };
  /** Back to the front, behind what came back before. One delivery more counts against the limit. */
  return: { readonly consumer: number; readonly deliveries: readonly number[] };
  /** Back to the end, as a new entry of the log, so that the old one is needed no more. One delivery more is counted. */
  requeue: { readonly consumer: number; readonly delivery: number; readonly message: Buffer };
  /** Rejected: dead. */
  discard: { readonly consumer: number; readonly deliveries: readonly number[] };
  purge: Record<never, never>;
  /** Arguments and policies ask for something else than before. */
  configure: { readonly config: QuorumConfig };
  /** Nothing but the time that passed: what is due expires. */
  expire: Record<never, never>;
  /** The leader cannot reach a node. Its sessions may live: they get nothing, and what they held comes back. */
  nodeDown: { readonly node: string };
  nodeUp: { readonly node: string };
  /** The nodes are no members of the cluster any more. */
  forgetNodes: { readonly nodes: readonly string[] };
  /** The leader's worker takes over the dead letters, up to `credit` at a time; what an earlier one held comes again. */
  collectDead: { readonly credit: number };
  /** These dead letters are where they go. */
  settleDead: { readonly deliveries: readonly number[] };
}

export type CommandType = keyof Commands;
export type CommandOf<T extends CommandType> = { readonly type: T } & Commands[T];
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
