/**
 * What waits until a queue whose home is gone has another: publishes and questions. Publishers to it are not read on while much
 * waits, so that it does not fill the memory however long that takes.
 */
import type { ProtocolError } from '../../broker/errors';
import type { Message } from '../../broker/message';
import type { Queue } from '../../broker/queue/queue';

/** Publishes that wait: as many as for a quorum queue that nobody leads. */
const FULL = 400;
const FULL_OCTETS = 4 << 20;

export interface Waiting {
  readonly goOn: (next: Queue) => void;
  /** The queue gets no home. */
  readonly refuse: (error: ProtocolError) => void;
  /** What is published; null for a question. */
  readonly message: Message | null;
}

export class RemoteWaiting {
  private readonly list: Waiting[] = [];
  private publishes = 0;
  private octets = 0;
  private relieved: Array<() => void> = [];

  add(one: Waiting): void {
    this.list.push(one);
    if (one.message === null) return;
    this.publishes++;
    this.octets += one.message.bodySize;
  }

  /** A question is not asked any more. Returns whether it still waited. */
  withdraw(question: Waiting): boolean {
    const at = this.list.indexOf(question);
    if (at >= 0) this.list.splice(at, 1);
    return at >= 0;
  }

  /** Publishers had better wait. */
  get full(): boolean {
    return this.publishes > FULL || this.octets > FULL_OCTETS;
  }

  whenRelieved(fn: () => void): void {
    this.relieved.push(fn);
  }

  /** In order. `keep`: what goes on waiting, of the questions. */
  release(done: (one: Waiting) => void, keep: (one: Waiting) => boolean = () => false): void {
    const all = this.list.splice(0);
    this.list.push(...all.filter(keep));
    this.publishes = 0;
    this.octets = 0;
    for (const one of all) if (!keep(one)) done(one);
    for (const fn of this.relieved.splice(0)) fn();
  }
}
