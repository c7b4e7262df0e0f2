/**
 * What the engine is handed instead of a file system: the files of one node, by name, in one folder. Live it is a folder, in
 * simulation a list of writes with all that can go wrong (lib/world/sim-disk.ts).
 *
 * What a disk promises, and nothing more: after `sync` of a file said null, what was written to it before stays there; after
 * `syncNames` said null, so do creations and removals made before. Everything else may be lost at a crash, in parts and in any
 * order. After a failed `write` or `sync` nothing is known about the file any more: asking again would prove nothing
 * (a kernel reports a lost page once), so the caller must give up.
 */
export interface Disk {
  /** Names of the files, sorted. Throws `DiskError`. */
  list(): string[];
  /** Octets. Throws `DiskError`. */
  size(name: string): number;
  /** Up to `length` octets from `at` on; fewer at the end of the file. Throws `DiskError`. */
  read(name: string, at: number, length: number): Buffer;
  /** A new, empty file for appending. Throws `DiskError`, also when the name is taken. */
  create(name: string): DiskFile;
  /** Cuts a file to `length` octets and makes that stay. Throws `DiskError`. */
  truncate(name: string, length: number): void;
  /** Overwrites octets of a file in place, or beyond its end, and makes that stay. For repairs. Throws `DiskError`. */
  patch(name: string, at: number, bytes: Uint8Array): void;
  /** Throws `DiskError`. */
  remove(name: string): void;
  /** Makes the names stay as they are now. */
  syncNames(done: (error: DiskError | null) => void): void;
  /** CRC-32 (IEEE 802.3) of `bytes`, continued from `seed`; native code where there is some. */
  crc32(bytes: Uint8Array, seed: number): number;
  /** Octets that the file system has left for us; Infinity if nobody knows. */
  free(): number;
}

/** One file that grows at its end. At most one `write` or `sync` may be under way. */
export interface DiskFile {
  /** Appends. The buffers must not change before `done`, which may be called at once. */
  write(buffers: readonly Uint8Array[], done: (error: DiskError | null) => void): void;
  sync(done: (error: DiskError | null) => void): void;
  /** Whatever is under way ends first; afterwards the file is only read. */
  close(): void;
}

/** `code` is the system's word for it (ENOSPC, EIO, ENOENT ...). */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  constructor(
    readonly code: string,
    readonly file: string,
    message: string,
  ) {
    super(message);
  }
}
