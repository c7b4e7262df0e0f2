/**
 * Messages that one command brings into a queue, one behind the other: for each its own time to live (or none), the size of its
 * body, and its octets with their size. Nobody but who delivers a message looks into its octets: they lie in the log, and are
 * known by the log's entry and their place in it.
 */
import { OctetReader, OctetWriter } from './octets';

export interface BatchedMessage {
  /** Milliseconds; null for none of its own. */
  readonly ttl: number | null;
  readonly bodySize: number;
  readonly octets: Buffer;
}

export class MessageBatch {
  constructor(
    readonly count: number,
    /** The messages lie from `at` to the end of these. */
    readonly bytes: Buffer,
    readonly at: number,
  ) {}

  /** Of all messages together, with what tells of each. */
  get octets(): number {
    return this.bytes.length - this.at;
  }

  static of(...messages: readonly BatchedMessage[]): MessageBatch {
    const out = new OctetWriter();
    for (const { ttl, bodySize, octets } of messages) {
      out.optional(ttl);
      out.number(bodySize);
      out.octets(octets);
    }
    return new MessageBatch(messages.length, out.take(), 0);
  }

  write(out: OctetWriter): void {
    out.number(this.count);
    out.rest(this.at === 0 ? this.bytes : this.bytes.subarray(this.at));
  }

  static read(from: OctetReader): MessageBatch {
    const count = from.number();
    const { at, bytes } = from;
    from.rest();
    return new MessageBatch(count, bytes, at);
  }

  cursor(): BatchCursor {
    return new BatchCursor(new OctetReader(this.bytes, this.at));
  }
}

/** Goes from message to message; `next` comes before the first. */
export class BatchCursor {
  ttl: number | null = null;
  bodySize = 0;
  /** Where the octets with their size begin. */
  at = 0;

  constructor(private readonly reader: OctetReader) {}

  /** Throws RangeError where the octets end too soon. */
  next(): void {
    const { reader } = this;
    this.ttl = reader.optional();
    this.bodySize = reader.number();
    this.at = reader.at;
    reader.skip();
  }
}

/** The octets of a message whose place is known. They are shared. */
export function octetsAt(bytes: Buffer, at: number): Buffer {
  return new OctetReader(bytes, at).octets();
}
