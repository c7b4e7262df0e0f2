/** What the simulated group's user keeps: how many commands were applied, and a hash of all of them in order. */
import type { Snapshot } from '../../../lib/cluster/raft/log';

/** Octets of a snapshot's data besides the padding. */
const FIXED = 12;

export class Machine {
  index = 0;
  private count = 0;
  private hash = 0;
  /** States by index, as far back as a snapshot may be made of them. */
  private readonly states = new Map<number, readonly [count: number, hash: number]>();

  /** `data` is null for entries that are not commands. */
  apply(index: number, data: Buffer | null): void {
    if (data !== null) {
      this.count++;
      for (const octet of data) this.hash = Math.imul(this.hash ^ octet, 0x01000193) >>> 0;
    }
    this.index = index;
    this.states.set(index, [this.count, this.hash]);
  }

  /** The state after an entry that was applied here, as a snapshot's data. */
  dataAt(index: number, padding: number): Buffer {
    const [count, hash] = this.states.get(index) as readonly [number, number];
    const data = Buffer.alloc(FIXED + padding);
    data.writeUInt32BE(index, 0);
    data.writeUInt32BE(count, 4);
    data.writeUInt32BE(hash, 8);
    return data;
  }

  restore({ index, data }: Snapshot): void {
    this.index = index;
    if (index > 0 && data.readUInt32BE(0) !== index) throw new Error(`The snapshot of ${index} holds the state of another.`);
    this.count = index === 0 ? 0 : data.readUInt32BE(4);
    this.hash = index === 0 ? 0 : data.readUInt32BE(8);
    this.states.clear();
    this.states.set(index, [this.count, this.hash]);
  }

  get digest(): string {
    return `${this.index}:${this.count}:${this.hash}`;
  }
}
