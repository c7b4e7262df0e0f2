/**
 * A running fingerprint of everything that happened in a simulation. Promise: it depends on the sequence of values mixed in
 * and on nothing else, so two runs with equal fingerprints took the same way. Not meant against malice.
 */
export class EventHash {
  private low = 0x9e3779b9;
  private high = 0x85ebca6b;
  private readonly float = new Float64Array(1);
  private readonly words = new Uint32Array(this.float.buffer);

  mixInt(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193);
    this.low ^= this.low >>> 15;
    this.high = Math.imul((this.high + value) ^ (this.high >>> 13), 0x2c1b3c6d);
  }

  mixFloat(value: number): void {
    this.float[0] = value;
    this.mixInt(this.words[0] as number);
    this.mixInt(this.words[1] as number);
  }

  mixText(text: string): void {
    this.mixInt(text.length);
    for (let i = 0; i < text.length; i++) this.mixInt(text.charCodeAt(i));
  }

  mixBytes(bytes: Buffer): void {
    const length = bytes.length;
    this.mixInt(length);
    let at = 0;
    for (; at + 4 <= length; at += 4) this.mixInt(bytes.readInt32LE(at));
    for (; at < length; at++) this.mixInt(bytes[at] as number);
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return hex(this.low) + hex(this.high);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
