/**
 * The octets behind the items of a batch: numbers and messages, read in the order in which they were written. A message is its
 * size (four octets), its number in the trace (six), exchange and routing key as two short strings, and its frames.
 */
import type { Destination } from '../../broker/destination';
import { Message } from '../../broker/message';
import { destinationIn, traitsIn } from '../../broker/written-message';
import { copyOctets } from '../../world/copy-octets';

const LEAST = 1024;
const NUMBER = 6;
const SIZE = 4;
const TIME = 8;

export class BatchWriter {
  private bytes: Buffer;
  private used = 0;

  /** `expected`: octets for which it need not grow. */
  constructor(expected = 0) {
    this.bytes = Buffer.allocUnsafe(Math.max(LEAST, expected));
  }

  get written(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  /** Whole, from 0 to 2^48 - 1. */
  number(value: number): void {
    const at = this.reserve(NUMBER);
    this.bytes.writeUIntBE(value, at, NUMBER);
  }

  /** Any number. */
  time(value: number): void {
    const at = this.reserve(TIME);
    this.bytes.writeDoubleBE(value, at);
  }

  flag(value: boolean): void {
    const at = this.reserve(1);
    this.bytes[at] = value ? 1 : 0;
  }

  /** Returns how many octets it takes. */
  message({ content, at, size, destination, id }: Message): number {
    const all = NUMBER + destination.size + size;
    const start = this.reserve(SIZE + all);
    const { bytes } = this;
    bytes.writeUInt32BE(all, start);
    bytes.writeUIntBE(id, start + SIZE, NUMBER);
    const destinationAt = start + SIZE + NUMBER;
    destination.write(bytes, destinationAt);
    copyOctets(content, at, bytes, destinationAt + destination.size, size);
    return SIZE + all;
  }

  private reserve(count: number): number {
    const at = this.used;
    this.used = at + count;
    if (this.used > this.bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(this.used, this.bytes.length * 2));
      this.bytes.copy(bytes, 0, 0, at);
      this.bytes = bytes;
    }
    return at;
  }
}

/** Messages share the octets. */
export class BatchReader {
  /** Octets that were read. */
  at = 0;
  /** Of the message before: most go to the same place. */
  private destination: Destination | null = null;

  constructor(private readonly bytes: Buffer) {}

  number(): number {
    const { at } = this;
    this.at = at + NUMBER;
    return this.bytes.readUIntBE(at, NUMBER);
  }

  time(): number {
    const { at } = this;
    this.at = at + TIME;
    return this.bytes.readDoubleBE(at);
  }

  flag(): boolean {
    return this.bytes[this.at++] === 1;
  }

  message(): Message {
    const { bytes, at } = this;
    const idAt = at + SIZE;
    const end = idAt + bytes.readUInt32BE(at);
    this.at = end;
    const destination = this.destinationAt(idAt + NUMBER);
    const framesAt = idAt + NUMBER + destination.size;
    return new Message(bytes, framesAt, end - framesAt, destination, traitsIn(bytes, framesAt), bytes.readUIntBE(idAt, NUMBER));
  }

  private destinationAt(at: number): Destination {
    if (this.destination === null || !this.destination.isWrittenAt(this.bytes, at)) {
      this.destination = destinationIn(this.bytes, at);
    }
    return this.destination;
  }
}
