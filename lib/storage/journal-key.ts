/** The key under which the log knows a journal. Like that of a queue's streams it is the storage's own. */
const PREFIX = 'journal ';

export interface JournalFacts {
  /** Of the records; the next one is that of the bases. */
  readonly stream: number;
  readonly state: string;
  readonly damaged: boolean;
}

export function journalKey(id: string): string {
  return PREFIX + id;
}

/** Null for any other key. */
export function journalIdOf(key: string): string | null {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

export function journalOf(value: Buffer): JournalFacts {
  return JSON.parse(value.toString()) as JournalFacts;
}

export function journalValue(facts: JournalFacts): string {
  return JSON.stringify(facts);
}
