/**
 * A disk with the faults that disks have: slow, full, one whose sync fails. It stands between a node of the lab and its folder
 * for one run of the node, and counts how often each fault mattered. It also knows whether the disk is at work, which a clock
 * that is being wound must wait for.
 */
import { DiskError, type Disk, type DiskFile } from '../world/disk';
import type { DiskFaultCounts } from './api';

type Done = (error: DiskError | null) => void;

/** What is wrong with the disk of a node. It outlasts the runs of the node. */
export class DiskFaults {
  /** Milliseconds of lab time that every write and sync takes longer. */
  delayMs = 0;
  full = false;
  failingSync = false;
  readonly counts: { -readonly [Fault in keyof DiskFaultCounts]: number } = { slow: 0, full: 0, 'failing sync': 0 };

  /** The error of a write that finds no room; null while there is some. */
  noRoom(file: string): DiskError | null {
    if (!this.full) return null;
    this.counts.full++;
    return new DiskError('ENOSPC', file, `${file}: no space left on device`);
  }

  syncFailure(file: string): DiskError | null {
    if (!this.failingSync) return null;
    this.counts['failing sync']++;
    return new DiskError('EIO', file, `${file}: the sync failed with an input/output error`);
  }
}

export class FaultyDisk implements Disk {
  private underWay = 0;
  private delayed = 0;
  private gone = false;
  private whenIdle: Array<() => void> = [];

  /** `after` calls back in so many milliseconds of lab time. */
  constructor(
    private readonly disk: Disk,
    readonly faults: DiskFaults,
    private readonly after: (delayMs: number, fn: () => void) => void,
  ) {}

  /** A write or sync has begun and has not ended; those that a slow disk holds back do not count. */
  get atWork(): boolean {
    return this.underWay > 0;
  }

  /** Writes and syncs that a slow disk holds back. */
  get waiting(): number {
    return this.delayed;
  }

  /** kill -9: what the disk has begun it ends, nobody hears of it, and nothing more is begun. Resolves when it is at rest. */
  leave(): Promise<void> {
    this.gone = true;
    return new Promise((resolve) => {
      if (this.underWay === 0) resolve();
      else this.whenIdle.push(resolve);
    });
  }

  list(): string[] {
    return this.disk.list();
  }

  size(name: string): number {
    return this.disk.size(name);
  }

  read(name: string, at: number, length: number): Buffer {
    return this.disk.read(name, at, length);
  }

  create(name: string): DiskFile {
    const error = this.faults.noRoom(name);
    if (error !== null) throw error;
    const file = this.disk.create(name);
    return {
      write: (buffers, done) => this.act((ended) => this.write(file, name, buffers, ended), done),
      sync: (done) => this.act((ended) => this.sync(file, name, ended), done),
      close: () => file.close(),
    };
  }

  truncate(name: string, length: number): void {
    this.disk.truncate(name, length);
  }

  patch(name: string, at: number, bytes: Uint8Array): void {
    this.disk.patch(name, at, bytes);
  }

  remove(name: string): void {
    this.disk.remove(name);
  }

  syncNames(done: Done): void {
    this.act((ended) => this.disk.syncNames(ended), done);
  }

  crc32(bytes: Uint8Array, seed: number): number {
    return this.disk.crc32(bytes, seed);
  }

  free(): number {
    return this.faults.full ? 0 : this.disk.free();
  }

  private write(file: DiskFile, name: string, buffers: readonly Uint8Array[], ended: Done): void {
    const error = this.faults.noRoom(name);
    if (error === null) file.write(buffers, ended);
    else setImmediate(ended, error);
  }

  private sync(file: DiskFile, name: string, ended: Done): void {
    const error = this.faults.syncFailure(name);
    if (error === null) file.sync(ended);
    else setImmediate(ended, error);
  }

  private act(begin: (ended: Done) => void, done: Done): void {
    if (this.gone) return;
    const { delayMs } = this.faults;
    const work = (): void => {
      if (this.gone) return;
      this.underWay++;
      begin((error) => {
        this.underWay--;
        if (!this.gone) done(error);
        else if (this.underWay === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
      });
    };
    if (delayMs === 0) {
      work();
      return;
    }
    this.faults.counts.slow++;
    this.delayed++;
    this.after(delayMs, () => {
      this.delayed--;
      work();
    });
  }
}
