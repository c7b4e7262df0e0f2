/**
 * The blocks of the log that were read last, for all queues of a node: queues whose messages lie in the same blocks, and that are
 * drained together, read each block about once.
 */

/** Octets of blocks, and blocks, that are kept at most; the newest is kept whatever its size. */
const OCTETS_MAX = 8 << 20;
const BLOCKS_MAX = 1024;

export interface ReadBlock {
  readonly lsn: number;
  readonly bytes: Buffer;
}

export class BlockCache {
  /** By LSN, the one used last at the end. */
  private readonly byUse = new Map<number, ReadBlock>();
  /** The same blocks in order of LSN. */
  private readonly byLsn: ReadBlock[] = [];
  private octets = 0;
  /** The one asked for last: who reads a queue asks for it again and again. */
  private recent: ReadBlock | null = null;

  /** The block that holds an LSN, if it is kept. */
  find(lsn: number): ReadBlock | null {
    const { recent } = this;
    if (recent !== null && holds(recent, lsn)) return recent;
    const block = this.byLsn[this.place(lsn) - 1];
    if (block === undefined || !holds(block, lsn)) return null;
    this.byUse.delete(block.lsn);
    this.byUse.set(block.lsn, block);
    this.recent = block;
    return block;
  }

  /** It is not kept yet. */
  add(block: ReadBlock): void {
    this.byUse.set(block.lsn, block);
    this.byLsn.splice(this.place(block.lsn), 0, block);
    this.octets += block.bytes.length;
    this.recent = block;
    for (const old of this.byUse.values()) {
      if (old === block || (this.octets <= OCTETS_MAX && this.byUse.size <= BLOCKS_MAX)) break;
      this.drop(old);
    }
  }

  /** Forgets what lies below this LSN. */
  forgetBelow(lsn: number): void {
    for (const block of [...this.byUse.values()]) if (block.lsn < lsn) this.drop(block);
  }

  private drop(block: ReadBlock): void {
    this.byUse.delete(block.lsn);
    this.byLsn.splice(this.place(block.lsn) - 1, 1);
    this.octets -= block.bytes.length;
    if (this.recent === block) this.recent = null;
  }

  /** How many blocks begin at this LSN or before. */
  private place(lsn: number): number {
    let low = 0;
    let high = this.byLsn.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.byLsn[middle] as ReadBlock).lsn <= lsn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function holds({ lsn, bytes }: ReadBlock, wanted: number): boolean {
  return wanted >= lsn && wanted < lsn + bytes.length;
}
