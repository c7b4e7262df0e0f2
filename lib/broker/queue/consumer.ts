/** What a queue knows of a consumer. The channel fills it; the queue picks one and hands it messages. */
import type { Message } from '../message';
import type { Queue } from './queue';

export interface Consumer {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** x-priority; higher goes first. Default 0. */
  readonly priority: number;
  /** True while it can take another message: window open, socket not full. */
  readonly ready: boolean;
  /** How many more its prefetch and that of its channel let through; Infinity without a limit. */
  readonly room: number;
  /** False while its socket has more waiting than it can take. */
  readonly socketReady: boolean;
  /** Kept by the consumer's group: it was found not ready and waits for `consumerReady`. */
  parked: boolean;
  deliver(message: Message, position: number, redelivered: boolean, expiresAt: number): void;
  /** The queue is gone: tell the client, forget the consumer. */
  cancelledByServer(): void;
  /** Another object goes on as its queue: it subscribes there, or is cancelled. What it holds comes again. */
  follow(next: Queue): void;
}
