/**
 * The disk of a simulated host: takes its time, and does all that a disk may do at a crash or on a bad day. Promise: what
 * `Disk` (disk.ts) promises, and nothing beyond that is certain. It outlives the crash of the process that uses it.
 *
 * A `process` crash is kill -9: the kernel still has what was written, and finishes or not what was under way. A `machine` crash
 * is a power cut: of what was not synced, files and names alike, parts may be lost in any order.
 */
import { crc32 } from './crc32';
import { DiskError, type Disk, type DiskFile } from './disk';
import { SeededRandom } from './random';
import type { SimHost } from './sim';
import { CRASH_WAYS, SimFile, type CrashWay } from './sim-disk-file';

type Done = (error: DiskError | null) => void;

/** Operations that can be told to fail, or to be the last before a crash. */
export type DiskOperation = 'write' | 'sync' | 'syncNames' | 'create';

export type DiskFaultKind = CrashWay | 'names lost' | 'full' | 'failing' | 'slow' | 'bit rot' | 'file lost' | 'cut short';

/** Thrown out of an operation in the middle of which the power goes: nothing after it happens. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

export interface SimDiskOptions {
  /** Milliseconds that a write takes, at most; default 0.3. */
  readonly writeMs?: number;
  /** Milliseconds that a sync takes, at most; default 2. */
  readonly syncMs?: number;
  /** Writes of up to so many octets are over when the call returns; default: none are. */
  readonly atOnceBytes?: number;
}

interface Order {
  left: number;
  readonly code: 'ENOSPC' | 'EIO';
}

export class SimDisk {
  /** How often each fault made a difference. */
  readonly bites = new Map<DiskFaultKind, number>();
  /** Everything takes so many times as long. */
  slowness = 1;
  private names = new Map<string, SimFile>();
  /** What the folder is sure to hold. */
  private syncedNames = new Map<string, SimFile>();
  /** What each name stood for since the names were synced. */
  private readonly nameHistory = new Map<string, (SimFile | undefined)[]>();
  private readonly orders = new Map<DiskOperation, Order>();
  private operationsLeft = Number.POSITIVE_INFINITY;
  private underWay: { readonly file: SimFile; readonly bytes: Uint8Array } | null = null;
  private readonly random: SeededRandom;
  readonly writeMs: number;
  readonly syncMs: number;
  readonly atOnceBytes: number;

  constructor(
    private readonly seed: number,
    private readonly options: SimDiskOptions = {},
  ) {
    this.random = new SeededRandom(seed).stream('disk');
    this.writeMs = options.writeMs ?? 0.3;
    this.syncMs = options.syncMs ?? 2;
    this.atOnceBytes = options.atOnceBytes ?? -1;
  }

  /** The disk as a process of this host uses it. */
  mount(host: SimHost): Disk {
    return new MountedDisk(this, host);
  }

  // --- faults ---

  /** The `count`-th operation of this kind from now on, and every later one, fails with this code. */
  fail(operation: DiskOperation, count: number, code: 'ENOSPC' | 'EIO'): void {
    this.orders.set(operation, { left: count, code });
  }

  /** The `count`-th change from now on is cut off by `PowerCut`. */
  cutShort(count: number): void {
    this.operationsLeft = count;
  }

  /** Undoes `fail` and `cutShort`. */
  mend(): void {
    this.orders.clear();
    this.operationsLeft = Number.POSITIVE_INFINITY;
  }

  /** Somebody removes a file. */
  lose(name: string): void {
    this.file(name);
    this.names.delete(name);
    this.namesSynced();
    this.bite('file lost');
  }

  /** Turns over one bit of an octet. */
  flipBit(name: string, at: number, bit: number): void {
    const file = this.file(name);
    file.patch(at, Uint8Array.of((file.read(at, 1)[0] as number) ^ (1 << bit)));
    this.bite('bit rot');
  }

  /** The process that uses the disk is gone, or the whole machine. Call it when the process is dead. */
  crash(what: 'process' | 'machine'): void {
    const { underWay, random } = this;
    this.underWay = null;
    underWay?.file.append(underWay.bytes.subarray(0, random.int(underWay.bytes.length + 1)));
    if (what === 'machine') this.loseNames();
    for (const file of new Set(this.names.values())) {
      if (what !== 'machine' && !file.doubtful) continue;
      const way = CRASH_WAYS[random.int(CRASH_WAYS.length)] as CrashWay;
      if (file.crash(way, random) || (way === 'kept' && file.size > file.synced)) this.bite(way);
    }
  }

  private loseNames(): void {
    for (const [name, states] of this.nameHistory) {
      const state = [this.syncedNames.get(name), ...states][this.random.int(states.length + 1)];
      if (state !== this.names.get(name)) this.bite('names lost');
      if (state === undefined) this.names.delete(name);
      else this.names.set(name, state);
    }
    this.namesSynced();
  }

  private bite(kind: DiskFaultKind): void {
    this.bites.set(kind, (this.bites.get(kind) ?? 0) + 1);
  }

  // --- for scenarios that take disks away and bring them back ---

  /** Everything is gone. */
  empty(): void {
    this.names.clear();
    this.namesSynced();
  }

  /** Another disk with the same files, all of it safe. */
  copy(): SimDisk {
    const disk = new SimDisk(this.seed, this.options);
    for (const [name, file] of this.names) disk.names.set(name, file.copy());
    disk.namesSynced();
    return disk;
  }

  // --- what a mounted disk asks for ---

  list(): string[] {
    return [...this.names.keys()].sort();
  }

  /** Throws `DiskError` ENOENT. */
  file(name: string): SimFile {
    const file = this.names.get(name);
    if (file === undefined) throw new DiskError('ENOENT', name, `${name}: no such file`);
    return file;
  }

  set(name: string, file: SimFile | undefined): void {
    if (file === undefined) this.names.delete(name);
    else this.names.set(name, file);
    const states = this.nameHistory.get(name);
    if (states === undefined) this.nameHistory.set(name, [file]);
    else states.push(file);
  }

  namesSynced(): void {
    this.syncedNames = new Map(this.names);
    this.nameHistory.clear();
  }

  /** Null, or the error with which this operation has to end. Throws `PowerCut`. */
  ordered(operation: DiskOperation | null, name: string): DiskError | null {
    if (--this.operationsLeft < 0) {
      this.bite('cut short');
      throw new PowerCut(`the power goes at ${operation ?? 'a change'} of ${name}`);
    }
    const order = operation === null ? undefined : this.orders.get(operation);
    if (order === undefined || --order.left > 0) return null;
    return new DiskError(order.code, name, `${name}: ${order.code} in the simulation`);
  }

  /** The program learns of the error. */
  told(error: DiskError): DiskError {
    this.bite(error.code === 'ENOSPC' ? 'full' : 'failing');
    return error;
  }

  began(file: SimFile, bytes: Uint8Array): void {
    this.underWay = { file, bytes };
  }

  ended(): void {
    this.underWay = null;
  }

  /** Milliseconds. */
  delay(most: number): number {
    if (this.slowness > 1) this.bite('slow');
    return this.slowness * most * (0.1 + 0.9 * this.random.float());
  }

  /** How much of a write that fails gets through. */
  part(length: number): number {
    return this.random.int(length + 1);
  }
}

class MountedDisk implements Disk {
  constructor(
    private readonly disk: SimDisk,
    private readonly host: SimHost,
  ) {}

  list(): string[] {
    return this.disk.list();
  }

  size(name: string): number {
    return this.disk.file(name).size;
  }

  read(name: string, at: number, length: number): Buffer {
    return this.disk.file(name).read(at, length);
  }

  create(name: string): DiskFile {
    const error = this.disk.ordered('create', name);
    if (error !== null) throw this.disk.told(error);
    if (this.disk.list().includes(name)) throw new DiskError('EEXIST', name, `${name}: there is such a file`);
    const file = new SimFile();
    this.disk.set(name, file);
    return new MountedFile(this.disk, this.host, name, file);
  }

  truncate(name: string, length: number): void {
    this.disk.ordered(null, name);
    const file = this.disk.file(name);
    file.truncate(length);
  }

  patch(name: string, at: number, bytes: Uint8Array): void {
    this.disk.ordered(null, name);
    this.disk.file(name).patch(at, bytes);
  }

  remove(name: string): void {
    this.disk.ordered(null, name);
    this.disk.file(name);
    this.disk.set(name, undefined);
  }

  syncNames(done: Done): void {
    const error = this.disk.ordered('syncNames', 'the folder');
    this.host.clock.after(this.disk.delay(this.disk.syncMs), () => {
      if (error === null) this.disk.namesSynced();
      done(error === null ? null : this.disk.told(error));
    });
  }

  crc32(bytes: Uint8Array, seed: number): number {
    return crc32(bytes, seed);
  }

  free(): number {
    return Number.POSITIVE_INFINITY;
  }
}

class MountedFile implements DiskFile {
  private busy = false;
  private closed = false;

  constructor(
    private readonly disk: SimDisk,
    private readonly host: SimHost,
    private readonly name: string,
    private readonly file: SimFile,
  ) {}

  write(buffers: readonly Uint8Array[], done: Done): void {
    this.begin();
    const error = this.disk.ordered('write', this.name);
    const bytes = Buffer.concat(buffers);
    this.disk.began(this.file, bytes);
    const ended = (): void => {
      this.busy = false;
      this.disk.ended();
      this.file.append(error === null ? bytes : bytes.subarray(0, this.disk.part(bytes.length)));
      done(error === null ? null : this.disk.told(error));
    };
    if (bytes.length <= this.disk.atOnceBytes) {
      ended();
      return;
    }
    this.host.clock.after(this.disk.delay(this.disk.writeMs), () => {
      if (!Buffer.concat(buffers).equals(bytes)) throw new Error(`${this.name}: the buffers changed while they were written`);
      ended();
    });
  }

  sync(done: Done): void {
    this.begin();
    const error = this.disk.ordered('sync', this.name);
    const end = this.file.size;
    this.host.clock.after(this.disk.delay(this.disk.syncMs), () => {
      this.busy = false;
      if (error === null) this.file.syncedTo(end);
      else this.file.doubtful = true;
      done(error === null ? null : this.disk.told(error));
    });
  }

  /** Holds the caller to the contract of `DiskFile`. */
  private begin(): void {
    if (this.busy) throw new Error(`${this.name}: something is under way already`);
    if (this.closed) throw new Error(`${this.name}: it was closed`);
    this.busy = true;
  }

  close(): void {
    this.closed = true;
  }
}
