/** The limits on a queue's length: when it is full, and whether it then refuses the newest message or drops the oldest. */
import type { QueueSettings } from './settings';

const NONE = Number.POSITIVE_INFINITY;

interface Length {
  readonly length: number;
  /** Octets of bodies. */
  readonly bytes: number;
}

export class LengthLimit {
  readonly drops: boolean;
  readonly refuses: boolean;
  private readonly length: number;
  private readonly bytes: number;

  constructor({ maxLength, maxLengthBytes, overflow }: QueueSettings) {
    this.length = maxLength ?? NONE;
    this.bytes = maxLengthBytes ?? NONE;
    const bounded = maxLength !== null || maxLengthBytes !== null;
    this.drops = bounded && overflow === 'drop-head';
    this.refuses = bounded && !this.drops;
  }

  isExceeded({ length, bytes }: Length): boolean {
    return length > this.length || bytes > this.bytes;
  }

  /** For one message more, with a body of `size` octets. */
  hasRoom({ length, bytes }: Length, size: number): boolean {
    return length + 1 <= this.length && bytes + size <= this.bytes;
  }
}
