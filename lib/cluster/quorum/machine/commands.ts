/**
 * What can be asked of a quorum queue: the commands that stand in its Raft log.
 *
 * Who sends and receives is a *session*: what a channel is to one queue. It is opened by a command, and that command's log index
 * is its number from then on, so nobody has to hand out numbers. In the same way a consumer is known by the index of its
 * `subscribe` (or `get`), and a message by the index of its `enqueue` or `requeue` and its place in there. A consumer's
 * deliveries are numbered from 0 without a gap, so a receiver notices what it missed while the leader changed.
 */
import type { QuorumConfig } from './config';
import type { MessageBatch } from './message-batch';

/** Sender of messages that nobody sends again: they are not checked for having come before. */
export const NO_SESSION = 0;

export interface Commands {
  /** Sent again with the same key, it opens nothing new. `node`: where the channel lives. */
  open: { readonly key: string; readonly node: string };
  /** The session has ended: its consumers are gone, and what they held comes back to the front. */
  close: { readonly session: number };
  /**
   * `sequence`: of the first of the messages, 1 for the session's first; what was taken already is not taken twice. The octets
   * are for whoever delivers them (../message-octets.ts); the machine never looks into them, nor keeps them.
   */
  enqueue: { readonly session: number; readonly sequence: number; readonly messages: MessageBatch };
  /** `credit`: how many deliveries it may hold. Sent again with the same tag, it changes the consumer that is there. */
  subscribe: { readonly session: number; readonly tag: string; readonly credit: number; readonly priority: number };
  /** The consumer gets no more; what it holds it may still settle. */
  cancel: { readonly consumer: number };
  /**
   * The channels of these consumers have ended: they are gone, and what they held comes back to the front. One step for all of
   * it, so that whoever gets messages after them (a single active consumer's successor) first gets these.
   */
  leave: { readonly consumers: readonly number[] };
  /**
   * One message for a session, at once. `tag`: tells it from the session's others; sent again, it gets what it got before, if
   * that is not settled yet. `noAck`: it is settled with that.
   */
  get: { readonly session: number; readonly tag: string; readonly noAck: boolean };
  /** Acknowledged. */
  settle: { readonly consumer: number; readonly deliveries: readonly number[] };
  /** Back to the front, behind what came back before. One delivery more counts against the limit. */
  return: { readonly consumer: number; readonly deliveries: readonly number[] };
  /**
   * Back to the end, as a new entry of the log, so that the old one is needed no more. One delivery more is counted. `message`:
   * it alone; it keeps the time to live that it has.
   */
  requeue: { readonly consumer: number; readonly delivery: number; readonly message: MessageBatch };
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
