/**
 * A queue as the rest of the broker sees it. Kinds differ behind this: classic here, mirrored, quorum and remote ones in
 * cluster/.
 */
import type { FieldTable } from '../../amqp/field-table';
import type { DeathReason } from '../../trace/events';
import type { ProtocolError } from '../errors';
import type { Binding } from '../exchange/exchange';
import type { Message } from '../message';
import type { Ruling } from '../policies';
import type { Vhost } from '../vhost';
import type { Consumer } from './consumer';
import type { Receipt } from './receipt';
import type { QueueSettings } from './settings';

/** What became of a published message at one queue. */
export const ACCEPTED = 0;
/** Accepted, but the promise of the queue is not kept yet: the confirm waits for the storage's next sync. */
export const WAITING = 1;
/** Refused because the queue is full (x-overflow reject-publish): the confirm is a nack. */
export const REJECTED = 2;
/** Other nodes have a say in it: the queue's `receipt` tells, to whoever has asked for one. */
export const PENDING = 3;
export type Outcome = typeof ACCEPTED | typeof WAITING | typeof REJECTED | typeof PENDING;

/** Called once with a result or with what the channel is to be told; at once by a queue of this node, later by others. */
export type Answer<T> = (result: T | ProtocolError) => void;

/** What queue.declare says of a queue. */
export interface Counts {
  readonly messages: number;
  readonly consumers: number;
}

/** The members of a quorum queue, by their nodes. */
export interface Quorum {
  /** Null while none is known. */
  readonly leader: string | null;
  readonly members: ReadonlyArray<{ readonly node: string; readonly online: boolean }>;
}

/** Of queue.delete. */
export interface DeleteConditions {
  readonly ifUnused: boolean;
  readonly ifEmpty: boolean;
}

export const NO_CONDITIONS: DeleteConditions = { ifUnused: false, ifEmpty: false };

/** What a queue is declared with. */
export interface QueueAttributes {
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The connection that alone may use it; of another node's, some object that is no connection of this one. */
  readonly owner: object | null;
  readonly args: FieldTable;
  /** The node on which it lives, such as `rabbit1@localhost`. */
  readonly home: string;
  /** Tells it apart from queues that had its name before. */
  readonly id: string;
  /** Nodes that keep a copy, in the order in which they joined: the first is promoted first. Null or absent: none are wanted. */
  readonly mirrors?: readonly Mirror[] | null;
}

/** A node that keeps a copy of a queue. */
export interface Mirror {
  /** `rabbit1@localhost` */
  readonly node: string;
  /** It has all messages that the home has. */
  readonly synchronised: boolean;
}

/** A message that a channel holds unacknowledged, or that comes back from one. */
export interface Held {
  readonly message: Message;
  /** Place in the queue: requeued messages go back to it. */
  readonly position: number;
  /** Lab milliseconds at which it expires once it is ready again; Infinity for never. */
  readonly expiresAt: number;
}

/** What basic.get takes. */
export interface Taken extends Held {
  readonly redelivered: boolean;
  /** Ready messages that remain. */
  readonly remaining: number;
}

export type DeletionReason = 'deleted' | 'expired' | 'auto-delete' | 'exclusive' | 'node-down';

export interface Queue extends QueueAttributes {
  readonly vhost: Vhost;
  readonly kind: 'classic' | 'mirrored' | 'quorum';
  mirrors: readonly Mirror[] | null;
  /** False while no node that has the queue can be reached: nothing is routed to it. */
  readonly reachable: boolean;
  /** `down`: not reachable. `stopped`: it waits for its home, or for a mirror that takes its place. */
  readonly state: 'running' | 'down' | 'stopped';
  /** Of a quorum queue: who leads it, and who belongs to it. */
  readonly quorum?: Quorum;
  readonly settings: QueueSettings;
  /** Policies; null without any. */
  readonly ruling: Ruling | null;
  /** Bindings that end here. */
  readonly incoming: Set<Binding>;
  /** These three as far as this node knows; `count` asks. */
  readonly readyCount: number;
  readonly unackedCount: number;
  readonly consumerCount: number;
  /** True once the queue is deleted; whoever still holds it must not use it. */
  readonly gone: boolean;
  /** A long backlog waits for consumers whose sockets are full: publishers had better wait a moment (see pacing.ts). */
  readonly congested: boolean;
  /** Then they wait until it is over, however long that takes. */
  readonly untilOver?: boolean;

  /**
   * `confirm`: whoever publishes wants to know, and takes the `receipt` if the outcome is PENDING. `publisher`: the channel, if
   * it is one.
   */
  publish(message: Message, confirm: boolean, publisher?: object): Outcome;
  /** Of the message published last, if its outcome was PENDING. */
  readonly receipt: Receipt | null;
  count(answer: Answer<Counts>): void;
  /** `noAck`: it is settled at once. Null when nothing is ready. */
  get(noAck: boolean, answer: Answer<Taken | null>): void;
  /** 403 when the queue or the newcomer insists on being alone. */
  addConsumer(consumer: Consumer, answer: Answer<void>): void;
  /** basic.cancel: what was sent to it before the answer still reaches it. */
  cancelConsumer(consumer: Consumer, answer: Answer<void>): void;
  /** Its channel has ended. */
  removeConsumer(consumer: Consumer): void;
  /** The consumer may have room again. */
  consumerReady(consumer: Consumer): void;
  listConsumers(): readonly Consumer[];
  isActive(consumer: Consumer): boolean;

  readonly stock: Stock;
  /** The ready messages that memory holds, oldest first. */
  readyInMemory(): readonly Message[];

  /** Acknowledged: gone for good. */
  settle(held: Held): void;
  /** Rejected without requeue: gone, dead-lettered if the queue has where to. */
  reject(held: Held): void;
  /** What became of a dead letter from this position; `kept`: no queue has refused it. No effect if it is not here. */
  buried(position: number, kept: boolean): void;
  /** Back to their old places, redelivered. `ended`: the channel that held them has ended, nobody has rejected them. */
  requeue(held: readonly Held[], ended?: boolean): void;
  /** queue.delete: leaves its vhost, on all nodes. Answers how many ready messages went with it, or 406 by the conditions. */
  delete(conditions: DeleteConditions, answer: Answer<number>): void;
  /** Answers how many messages are gone. */
  purge(answer: Answer<number>): void;
  /** Calls `fn` once when the queue is not congested any more, or is deleted. */
  whenRelieved(fn: () => void): void;
  /** The policies that rule the queue have changed. */
  applyPolicy(ruling: Ruling | null): void;
  /** Renews x-expires (a non-passive declare, a get). */
  touch(): void;
  /** The node stops in order: last chance to note what only memory knows. */
  beforeStop(): void;
  /** Another object goes on as this queue, on another node or with another home: hands over what waits here. */
  leaveTo(next: Queue): void;
  /** Called by the vhost when the queue is taken out of it. Returns the ready messages thrown away. */
  destroy(reason: DeletionReason): number;
}

/** What a queue has and has done, for operators. */
export interface Stock {
  /** Body octets of ready messages. */
  readonly readyBytes: number;
  /** Ready messages that memory does not hold. */
  readonly shelved: number;
  /** Messages read from the disk and written to it since the node has started. */
  readonly diskReads: number;
  readonly diskWrites: number;
}

/** Where a queue sends what dies in it. */
export interface DeadLetters {
  /**
   * Takes the message over; routing happens later in the same turn, so that queues in a circle cannot recurse. Then the queue is
   * told that it is buried.
   */
  add(queue: Queue, message: Message, position: number, reason: DeathReason): void;
}
