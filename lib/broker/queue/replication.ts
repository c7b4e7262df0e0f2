/** What the home of a mirrored queue does besides: others keep copies, and are told of each message that comes and goes. */
import type { Message } from '../message';
import type { Held, Outcome } from './queue';
import type { Receipt } from './receipt';

export interface Replication {
  /** Of the message appended last, if its outcome was PENDING. */
  readonly receipt: Receipt | null;
  /** Copies lag behind: publishers had better wait. */
  readonly congested: boolean;
  /** Copies are being brought up to date: nothing is handed out meanwhile (RabbitMQ). */
  readonly still: boolean;
  whenRelieved(fn: () => void): void;
  /** `own`: what this node promises of it. Returns what all promise together. */
  appended(message: Message, position: number, expiresAt: number, own: Outcome, confirm: boolean): Outcome;
  /** Unacknowledged from now on, until it is `removed` or `returned`. */
  delivered(held: Held): void;
  returned(held: readonly Held[]): void;
  removed(position: number): void;
  /** The queue is deleted. */
  ended(): void;
}
