/**
 * What a node knows besides messages (users, vhosts, exchanges, queues, bindings, policies ...): keys and values. The present
 * value of each key is in memory and in the log.
 */
import type { LogWriter } from './log-writer';
import type { Segments } from './segments';

interface Entry {
  readonly value: Buffer;
  /** Where the log has it. */
  lsn: number;
}

export class Metadata {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly segments: Segments) {}

  /** In the order in which the keys first came. */
  *[Symbol.iterator](): Iterator<readonly [string, Buffer]> {
    for (const [key, { value }] of this.entries) yield [key, value];
  }

  get(key: string): Buffer | undefined {
    return this.entries.get(key)?.value;
  }

  /** The log has this value at `lsn`; used while reading it, too. */
  set(key: string, value: Uint8Array, lsn: number): void {
    const old = this.entries.get(key);
    if (old !== undefined) this.segments.keyGone(old.lsn, key.length + old.value.length);
    this.entries.set(key, { value: Buffer.from(value), lsn });
    this.segments.keyAdded(lsn, key.length + value.length);
  }

  /** False if there was no such key. */
  remove(key: string): boolean {
    const old = this.entries.get(key);
    if (old === undefined) return false;
    this.segments.keyGone(old.lsn, key.length + old.value.length);
    return this.entries.delete(key);
  }

  /** Writes anew what the log has at `lsn`, if that is the present value of the key. */
  writeAgain(key: string, lsn: number, writer: LogWriter): void {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.lsn !== lsn) return;
    const size = key.length + entry.value.length;
    this.segments.keyGone(lsn, size);
    entry.lsn = writer.put(key, entry.value);
    this.segments.keyAdded(entry.lsn, size);
  }
}
