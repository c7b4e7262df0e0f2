/**
 * A file of the simulated disk: what a reader sees, and what of it a crash of the machine cannot take away. The two differ by
 * what was written since the last sync.
 */
import type { SeededRandom } from './random';

/** What a machine's crash leaves of the writes that were not synced. */
export const CRASH_WAYS = ['lost', 'kept', 'torn', 'torn at sectors', 'reordered writes', 'reordered sectors'] as const;
export type CrashWay = (typeof CRASH_WAYS)[number];

/** Octets that a disk writes whole. */
const SECTOR = 512;

interface Write {
  readonly at: number;
  readonly size: number;
}

export class SimFile {
  private content = Buffer.alloc(0);
  /** Octets that a reader sees. */
  size = 0;
  /** Octets from the start that stay whatever happens. */
  synced = 0;
  /** After the last sync, in order. */
  private writes: Write[] = [];
  /** A sync failed: the kernel has forgotten which octets were not on disk. */
  doubtful = false;

  append(bytes: Uint8Array): void {
    const end = this.size + bytes.length;
    if (end > this.content.length) {
      const larger = Buffer.alloc(Math.max(end, this.content.length * 2, 4096));
      this.content.copy(larger, 0, 0, this.size);
      this.content = larger;
    }
    this.content.set(bytes, this.size);
    if (bytes.length > 0) this.writes.push({ at: this.size, size: bytes.length });
    this.size = end;
  }

  /** A copy of up to `length` octets. */
  read(at: number, length: number): Buffer {
    return Buffer.from(this.content.subarray(Math.min(at, this.size), Math.min(at + length, this.size)));
  }

  /** Everything below `end` is on disk. */
  syncedTo(end: number): void {
    this.synced = Math.max(this.synced, Math.min(end, this.size));
    this.writes = this.writes.filter(({ at, size }) => at + size > this.synced);
  }

  truncate(length: number): void {
    this.size = Math.min(this.size, length);
    this.synced = this.size;
    this.writes = [];
  }

  /** In place, and on disk at once; a file that is too short grows. */
  patch(at: number, bytes: Uint8Array): void {
    if (at + bytes.length > this.size) {
      this.append(new Uint8Array(at + bytes.length - this.size));
      this.truncate(this.size);
    }
    this.content.set(bytes, at);
  }

  /** The machine goes down. Returns true if that took anything away. */
  crash(way: CrashWay, random: SeededRandom): boolean {
    const { synced, size } = this;
    if (size === synced) return false;
    const before = this.read(synced, size);
    this.doubtful = false;
    if (way === 'lost') this.size = synced;
    else if (way === 'torn') this.size = synced + random.int(size - synced + 1);
    else if (way === 'torn at sectors') this.size = Math.max(synced, random.int(size + 1) & -SECTOR);
    else if (way !== 'kept') this.loseParts(way === 'reordered writes' ? this.writes : sectors(synced, size), random);
    this.truncate(this.size);
    return this.size < size || !this.read(synced, size).equals(before);
  }

  /** Each part is lost or kept on its own; what is lost in front of something kept reads as zeros. */
  private loseParts(parts: readonly Write[], random: SeededRandom): void {
    let end = this.synced;
    for (const { at, size } of parts) {
      if (random.int(2) === 0) this.content.fill(0, at, at + size);
      else end = at + size;
    }
    this.size = end;
  }

  copy(): SimFile {
    const file = new SimFile();
    file.append(this.content.subarray(0, this.size));
    file.truncate(this.size);
    return file;
  }
}

function sectors(from: number, to: number): Write[] {
  const parts: Write[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, (at & -SECTOR) + SECTOR);
    parts.push({ at, size: end - at });
    at = end;
  }
  return parts;
}
