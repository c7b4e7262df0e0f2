/**
 * What a part of a node says to its like on other nodes during a turn leaves as one message for each of them: a list of items in
 * order, and behind it the octets of all messages of queues in them.
 */
import type { Turn } from '../../world/world';
import { BatchWriter } from './batch-octets';
import type { PartHost } from '../part';
import type { PeerMessage } from '../links/peer-frames';

/** A batch is not taken to be larger than this before it is. */
const EXPECTED_MAX = 65536;

/** Items for one node, gathered during a turn, and what stands behind them. */
class Batch<Item> {
  readonly items: Item[] = [];

  constructor(readonly octets: BatchWriter) {}
}

export class BatchWire<Item> {
  private readonly batches = new Map<string, Batch<Item>>();
  /** Octets of the batch before. */
  private expected = 0;

  constructor(
    /** Of the messages. */
    private readonly type: string,
    private readonly host: PartHost,
    private readonly turn: Turn,
    /** For what this node says to itself. */
    private readonly loopBack: (message: PeerMessage, body: Buffer) => void = () => undefined,
  ) {}

  add(to: string, item: Item): void {
    this.batch(to).items.push(item);
  }

  /** The item that was added last for this node, if nothing came behind it: it may be lengthened. */
  last(to: string): Item | undefined {
    return this.batches.get(to)?.items.at(-1);
  }

  /** Where what belongs to the item is written that is being added or lengthened. */
  octets(to: string): BatchWriter {
    return this.batch(to).octets;
  }

  private batch(to: string): Batch<Item> {
    const known = this.batches.get(to);
    if (known !== undefined) return known;
    const batch = new Batch<Item>(new BatchWriter(this.expected));
    this.batches.set(to, batch);
    if (this.batches.size === 1) this.turn.atEnd(this.flush);
    return batch;
  }

  /** The node is gone: nothing of what it was to be told is worth telling. */
  forget(to: string): void {
    this.batches.delete(to);
  }

  /** At the end of the turn, unless somebody wants it sooner. */
  readonly flush = (): void => {
    const batches = [...this.batches];
    this.batches.clear();
    for (const [to, { items, octets }] of batches) {
      const message: PeerMessage = { type: this.type, items };
      const body = octets.written;
      this.expected = Math.min(body.length, EXPECTED_MAX);
      if (to === this.host.self) this.loopBack(message, body);
      else this.host.send(to, message, body);
    }
  };
}
