/**
 * Publisher confirms of one channel. Outcomes gather during a turn and leave at its end, coalesced as RabbitMQ does it: all
 * below the oldest sequence number still unconfirmed (and below any refused one) in one basic.ack multiple, the rest singly.
 */
import { methodId } from '../amqp/methods';
import type { Storage } from '../storage/storage';
import type { Turn } from '../world/world';

export interface ConfirmWriter {
  writeConfirm(method: number, tag: number, multiple: boolean): void;
}

const ACK = methodId('basic.ack');
const NACK = methodId('basic.nack');

export class Confirms {
  /** Sequence number of the last publish in confirm mode. */
  private last = 0;
  /** Published, outcome not known yet. */
  private readonly waiting = new Set<number>();
  private acked: number[] = [];
  private nacked: number[] = [];
  private armed = false;
  /** Those that became safe with the storage's batch of this number are confirmed together. */
  private batch = -1;
  private inBatch: number[] = [];

  constructor(
    private readonly turn: Turn,
    private readonly writer: ConfirmWriter,
    private readonly storage: Storage,
  ) {}

  next(): number {
    return ++this.last;
  }

  /** The number that the next publish gets. */
  get upcoming(): number {
    return this.last + 1;
  }

  get unconfirmed(): number {
    return this.waiting.size;
  }

  /** Acknowledged once everything that the storage was given so far is safe. */
  ackAfterSync(seq: number): void {
    this.waiting.add(seq);
    if (this.storage.batch !== this.batch) {
      this.batch = this.storage.batch;
      const seqs: number[] = [];
      this.inBatch = seqs;
      this.storage.afterSync(() => {
        for (const one of seqs) this.ack(one);
      });
    }
    this.inBatch.push(seq);
  }

  ack(seq: number): void {
    this.waiting.delete(seq);
    this.acked.push(seq);
    this.arm();
  }

  nack(seq: number): void {
    this.waiting.delete(seq);
    this.nacked.push(seq);
    this.arm();
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    this.turn.atEnd(this.send);
  }

  private readonly send = (): void => {
    this.armed = false;
    const { acked, nacked } = this;
    this.acked = [];
    this.nacked = [];
    this.sendRun(ACK, acked, lowest(nacked));
    this.sendRun(NACK, nacked, lowest(acked));
  };

  private sendRun(method: number, seqs: number[], lowestOther: number): void {
    if (seqs.length === 0) return;
    // A sole ack is never multiple; a sole nack is, where it can be (RabbitMQ).
    if (seqs.length === 1 && method === ACK) {
      this.writer.writeConfirm(method, seqs[0] as number, false);
      return;
    }
    seqs.sort((a, b) => a - b);
    // The oldest waiting one is the first of the set: sequence numbers are added in order.
    const oldest = this.waiting.values().next();
    const cutoff = Math.min(lowestOther, oldest.done ? Number.POSITIVE_INFINITY : oldest.value);
    let below = 0;
    while (below < seqs.length && (seqs[below] as number) < cutoff) below++;
    if (below > 0) this.writer.writeConfirm(method, seqs[below - 1] as number, true);
    for (let i = below; i < seqs.length; i++) this.writer.writeConfirm(method, seqs[i] as number, false);
  }
}

function lowest(seqs: readonly number[]): number {
  let min = Number.POSITIVE_INFINITY;
  for (const seq of seqs) if (seq < min) min = seq;
  return min;
}
