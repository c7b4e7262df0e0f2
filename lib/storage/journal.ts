/**
 * A journal: the place of a replicated log's records. They are numbered in a row; the end may be written anew, and the beginning
 * may be given up for one record that stands for all of it, the *base*.
 *
 * On disk each record is an entry of the node's log, and says by itself what it makes void (`keepRecord`). So whatever part of
 * the log a crash leaves, it tells the journal as it was at some moment. The bases stand in a stream of their own, behind that of
 * the records.
 */
import { FLAG_ALONE, FLAG_BASE, FLAG_COPIED } from './format';
import { type JournalFacts, journalKey, journalOf, journalValue } from './journal-key';
import type { LogReader, StoredRecord } from './log-reader';
import type { LogWriter } from './log-writer';
import type { Metadata } from './metadata';
import type { Journal, JournalContents, JournalRecord } from './storage';
import type { Streams } from './streams';

export interface JournalParts {
  readonly streams: Streams;
  readonly metadata: Metadata;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly figures: { given: number };
  /** Writes a key of the metadata. */
  put(key: string, value: string): void;
  delete(key: string): void;
}

/**
 * What a record changes, while it is written and while the log is read again. `stream`: as it stands in the entry. A record makes
 * void what has its number or a higher one; a base what has its number or a lower one.
 */
export function keepRecord(streams: Streams, stream: number, seq: number, lsn: number, size: number, flags: number): void {
  if ((flags & FLAG_BASE) !== 0) {
    streams.cutBefore(stream - 1, seq + 1);
    if ((flags & FLAG_ALONE) !== 0) streams.cut(stream - 1, seq + 1);
    streams.cut(stream, 0);
  } else if ((flags & FLAG_COPIED) === 0) {
    streams.cut(stream, seq);
  }
  streams.add(stream, seq, lsn, size);
}

export class LogJournal implements Journal {
  private facts: JournalFacts;

  constructor(
    readonly id: string,
    private readonly parts: JournalParts,
  ) {
    const known = parts.metadata.get(journalKey(id));
    this.facts = known === undefined ? { stream: parts.streams.allot(2), state: '', damaged: false } : journalOf(known);
  }

  contents(): JournalContents {
    const { stream, state } = this.facts;
    const bases = this.records(stream + 1, 0);
    const base = bases[0] ?? null;
    const found = this.records(stream, base === null ? 0 : base.number + 1);
    const from = base === null ? 0 : base.number + 1;
    let count = 0;
    while (count < found.length && (found[count] as JournalRecord).number === from + count) count++;
    const holes = count < found.length || (base === null && found.length > 0);
    if (holes || this.parts.streams.lossy) this.noteDamage();
    return { state, base, records: found.slice(0, count), damaged: this.facts.damaged };
  }

  /** It stays damaged, though what tells of it may be cleaned away. */
  private noteDamage(): void {
    if (this.facts.damaged || this.parts.metadata.get(journalKey(this.id)) === undefined) return;
    this.facts = { ...this.facts, damaged: true };
    this.write();
  }

  private records(stream: number, from: number): JournalRecord[] {
    const { streams, reader } = this.parts;
    const index = streams.index(stream);
    const found: JournalRecord[] = [];
    for (let number = index.next(from); number >= 0; number = index.next(number + 1)) {
      const { tag, data }: StoredRecord = reader.record(index.lsn(number));
      found.push({ number, tag, data: Buffer.from(data) });
    }
    return found;
  }

  keepState(state: string): void {
    this.facts = { ...this.facts, state };
    this.write();
  }

  private write(): void {
    this.parts.put(journalKey(this.id), journalValue(this.facts));
  }

  keepBase(number: number, tag: number, data: Uint8Array, alone: boolean): void {
    this.keep(this.facts.stream + 1, number, tag, data, alone ? FLAG_BASE | FLAG_ALONE : FLAG_BASE);
  }

  append(number: number, tag: number, data: Uint8Array): void {
    this.keep(this.facts.stream, number, tag, data, 0);
  }

  private keep(stream: number, number: number, tag: number, data: Uint8Array, flags: number): void {
    const { streams, writer, figures } = this.parts;
    const lsn = writer.record(stream, number, flags, tag, data);
    figures.given += data.length;
    keepRecord(streams, stream, number, lsn, data.length, flags);
  }

  destroy(): void {
    const { streams } = this.parts;
    streams.drop(this.facts.stream);
    streams.drop(this.facts.stream + 1);
    this.parts.delete(journalKey(this.id));
  }
}
