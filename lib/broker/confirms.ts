/**
 * Publisher confirms of one channel. Outcomes gather during a turn and leave at its end, coalesced as RabbitMQ does it: all
 * below the oldest sequence number still unconfirmed (and below any refused one) in one basic.ack multiple, the rest singly.
 */
import { methodId } from '../amqp/methods';
import type { Storage } from '../storage/storage';
import type { Turn } from '../world/world';
import { OpenSequence } from './open-sequence';
import type { Receipt } from './queue/receipt';
import { SequenceRuns, type Run } from './sequence-runs';

export interface ConfirmWriter {
  writeConfirm(method: number, tag: number, multiple: boolean): void;
}

const ACK = methodId('basic.ack');
const NACK = methodId('basic.nack');

export class Confirms {
  private readonly sequence = new OpenSequence();
  private acked = new SequenceRuns();
  private nacked = new SequenceRuns();
  private armed = false;
  /** Those that became safe with the storage's batch of this number are confirmed together. */
  private batch = -1;
  private inBatch = new SequenceRuns();
  /** Those that are settled with this receipt, as the one before was. */
  private receipt: Receipt | null = null;
  private withReceipt = new SequenceRuns();

  constructor(
    private readonly turn: Turn,
    private readonly writer: ConfirmWriter,
    private readonly storage: Storage,
  ) {}

  next(): number {
    return this.sequence.next();
  }

  /** The number that the next publish gets. */
  get upcoming(): number {
    return this.sequence.last + 1;
  }

  get unconfirmed(): number {
    return this.sequence.open;
  }

  /** Acknowledged once everything that the storage was given so far is safe. */
  ackAfterSync(seq: number): void {
    if (this.storage.batch !== this.batch) {
      this.batch = this.storage.batch;
      const batch = new SequenceRuns();
      this.inBatch = batch;
      this.storage.afterSync(() => {
        for (const { from, to } of batch.runs) this.ackRun(from, to);
      });
    }
    this.inBatch.add(seq);
  }

  ack(seq: number): void {
    this.ackRun(seq, seq);
  }

  /** Settled with the receipt, which it may share with others. */
  settleWith(receipt: Receipt, seq: number): void {
    if (receipt.kept !== null) {
      this.settle(seq, receipt.kept, false);
      return;
    }
    if (receipt !== this.receipt) {
      this.receipt = receipt;
      const settled = new SequenceRuns();
      this.withReceipt = settled;
      receipt.whenSettled((kept) => {
        for (const { from, to } of settled.runs) {
          if (kept) this.ackRun(from, to);
          else for (let one = from; one <= to; one++) this.nack(one);
        }
      });
    }
    this.withReceipt.add(seq);
  }

  /** What other nodes have said of it; `afterSync`: this node's disk is to be waited for too. */
  settle(seq: number, kept: boolean, afterSync: boolean): void {
    if (!kept) this.nack(seq);
    else if (afterSync) this.ackAfterSync(seq);
    else this.ack(seq);
  }

  nack(seq: number): void {
    this.sequence.settle(seq);
    this.nacked.add(seq);
    this.arm();
  }

  private ackRun(from: number, to: number): void {
    for (let seq = from; seq <= to; seq++) this.sequence.settle(seq);
    this.acked.addRun(from, to);
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
    this.acked = new SequenceRuns();
    this.nacked = new SequenceRuns();
    this.sendRuns(ACK, acked, nacked.lowest);
    this.sendRuns(NACK, nacked, acked.lowest);
  };

  private sendRuns(method: number, outcomes: SequenceRuns, lowestOther: number): void {
    if (outcomes.empty) return;
    const runs = outcomes.sort();
    const [first] = runs as [Run];
    // A sole ack is never multiple; a sole nack is, where it can be (RabbitMQ).
    if (runs.length === 1 && first.from === first.to && method === ACK) {
      this.writer.writeConfirm(method, first.from, false);
      return;
    }
    const cutoff = Math.min(lowestOther, this.sequence.oldest);
    let below = 0;
    for (const { from, to } of runs) if (from < cutoff) below = Math.min(to, cutoff - 1);
    if (below > 0) this.writer.writeConfirm(method, below, true);
    for (const { from, to } of runs) {
      for (let seq = Math.max(from, below + 1); seq <= to; seq++) this.writer.writeConfirm(method, seq, false);
    }
  }
}
