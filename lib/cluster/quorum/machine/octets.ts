/**
 * Numbers, texts and octets in a row, as commands in the log and snapshots are written. Numbers take seven bits an octet, the
 * lowest first; the high bit says that more follow.
 */

const FIRST_SIZE = 256;
/** A writer that was longer is not worth keeping its buffer. */
const KEEP_MAX = 65536;
/** 2^53 - 1 takes eight octets of seven bits. */
const NUMBER_MAX = 8;
/** Up to here shifts will do. */
const INT_MAX = 0x7fffffff;

export class OctetWriter {
  private out = Buffer.allocUnsafe(FIRST_SIZE);
  private used = 0;

  private reserve(size: number): void {
    const needed = this.used + size;
    if (needed <= this.out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.out.length * 2));
    this.out.copy(larger, 0, 0, this.used);
    this.out = larger;
  }

  /** 0 to 2^53 - 1. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written as a number`);
    this.reserve(NUMBER_MAX);
    let rest = value;
    for (; rest > INT_MAX; rest = Math.floor(rest / 0x80)) this.out[this.used++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>= 7) this.out[this.used++] = (rest & 0x7f) | 0x80;
    this.out[this.used++] = rest;
  }

  /** A whole number that may be negative: its sign is the lowest bit. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A number, or `none`. */
  optional(value: number | null): void {
    this.number(value === null ? 0 : value + 1);
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  text(value: string): void {
    const size = Buffer.byteLength(value, 'utf8');
    this.number(size);
    this.reserve(size);
    this.out.write(value, this.used, 'utf8');
    this.used += size;
  }

  /** Octets without their size: nothing may follow but what the reader knows to be there. */
  rest(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.out, this.used);
    this.used += bytes.length;
  }

  /** The size of octets, and room for them: where they begin in `bytes`, which is another one when more was written. */
  room(size: number): number {
    this.number(size);
    this.reserve(size);
    this.used += size;
    return this.used - size;
  }

  get bytes(): Buffer {
    return this.out;
  }

  /** Octets written so far. */
  get size(): number {
    return this.used;
  }

  /** Octets with their size. */
  octets(bytes: Buffer): void {
    this.number(bytes.length);
    this.rest(bytes);
  }

  /** Nothing was written yet. */
  get empty(): boolean {
    return this.used === 0;
  }

  list<T>(values: Iterable<T>, count: number, write: (value: T) => void): void {
    this.number(count);
    for (const value of values) write(value);
  }

  /** What was written; the writer is empty again. */
  take(): Buffer {
    const { used } = this;
    this.used = 0;
    // What nearly fills its buffer takes it along.
    if (used > KEEP_MAX && used * 2 > this.out.length) {
      const bytes = this.out.subarray(0, used);
      this.out = Buffer.allocUnsafe(FIRST_SIZE);
      return bytes;
    }
    const bytes = Buffer.allocUnsafe(used);
    this.out.copy(bytes, 0, 0, used);
    return bytes;
  }
}

/** Reads what `OctetWriter` wrote. Throws RangeError where the octets end too soon. */
export class OctetReader {
  constructor(
    readonly bytes: Buffer,
    /** Where it goes on. */
    public at = 0,
  ) {}

  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < NUMBER_MAX; i++) {
      const octet = this.bytes[this.at++];
      if (octet === undefined) throw new RangeError('the octets end within a number');
      if (octet < 0x80) return value + octet * scale;
      value += (octet - 0x80) * scale;
      scale *= 0x80;
    }
    throw new RangeError('a number that is too long');
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  optional(): number | null {
    const value = this.number();
    return value === 0 ? null : value - 1;
  }

  flag(): boolean {
    return this.number() !== 0;
  }

  text(): string {
    const size = this.number();
    const end = this.at + size;
    if (end > this.bytes.length) throw new RangeError('the octets end within a text');
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** Shares the octets. */
  rest(): Buffer {
    const bytes = this.bytes.subarray(this.at);
    this.at = this.bytes.length;
    return bytes;
  }

  /** Shares them. */
  octets(): Buffer {
    const size = this.number();
    const end = this.at + size;
    if (end > this.bytes.length) throw new RangeError('the octets end too soon');
    const octets = this.bytes.subarray(this.at, end);
    this.at = end;
    return octets;
  }

  /** Passes over octets with their size. */
  skip(): void {
    const size = this.number();
    this.at += size;
    if (this.at > this.bytes.length) throw new RangeError('the octets end too soon');
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  list<T>(read: () => T): T[] {
    const values: T[] = [];
    for (let left = this.number(); left > 0; left--) values.push(read());
    return values;
  }
}
