/**
 * What a broker has promised so far, as its clients know it, and whether what is found after a crash keeps it. One connection
 * does all, so what was sent first was done first; only how much of it outlived the crash is open.
 */
export interface Copy {
  readonly id: number;
  /** Order of publishing. */
  readonly order: number;
  readonly priority: number;
  readonly persistent: boolean;
  /** Wall time at which it expires; Infinity for never. */
  readonly expiresAt: number;
  confirmed: boolean;
  /** It was acknowledged, rejected or purged: an orderly stop makes sure of it. */
  settled: boolean;
  /** It was rejected: where the queue has dead letters, it is one of them. */
  rejected: boolean;
  /** It may have been dropped, or deleted with its queue. */
  uncertain: boolean;
  /** It reached a client. */
  delivered: boolean;
  /** It may have been on its way to one. */
  mayBeDelivered: boolean;
}

export interface QueueSettings {
  readonly durable: boolean;
  /** Highest priority; 0 for a queue without. */
  readonly priorities: number;
  /** Longest backlog; Infinity for no limit. */
  readonly maxLength: number;
  /** Milliseconds; Infinity for never. */
  readonly ttl: number;
  /** What is rejected or expires goes to the grave. */
  readonly deadLetters: boolean;
}

export class QueueBook {
  /** In the order of publishing. */
  copies = new Map<number, Copy>();
  /** Somebody takes messages from it. */
  watched = false;
  /** Messages that may have gone to a client that need not acknowledge, unknown which. */
  takenUnseen = 0;
  /** False while nobody has said that the queue is there. */
  answered = false;

  constructor(
    readonly name: string,
    readonly settings: QueueSettings,
  ) {}
}

/** What a client found in a queue, in order. */
export interface Found {
  readonly id: number;
  readonly redelivered: boolean;
  /** Virtual wall time at which it was seen. */
  readonly at: number;
}

/** How the node went down, for what may be missing. */
export interface Ending {
  readonly orderly: boolean;
  /** It went down again while it was starting: everything may be called redelivered. */
  readonly startedTwice: boolean;
  /** A bit was turned over and the end of the log was cut off: anything may be missing, and what it took back is there again. */
  readonly cutOff: boolean;
  /** A damaged file was repaired: anything may be missing, and what was gone may be back. */
  readonly repaired: boolean;
  /** Wall time, when everything was found. */
  readonly at: number;
}

export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Milliseconds between what the broker's clock and the client's may say of one moment. */
const CLOCK_SLACK = 3;

/**
 * Compares a queue with what was promised of it, and brings the book up to what is there: what is missing now must stay away, but
 * for a dead letter, which a crash may leave in both places. `grave`: where those go. Throws `BrokenPromise`.
 */
export function checkQueue(
  book: QueueBook,
  found: readonly Found[],
  ending: Ending,
  gone: Set<string>,
  grave: ReadonlySet<number>,
): void {
  const here = new Map<number, Copy>();
  const broken = (text: string): never => {
    throw new BrokenPromise(`queue ${book.name}: ${text}`);
  };
  const marksKept = ending.orderly && !ending.startedTwice && !ending.cutOff && !ending.repaired;
  let last: Copy | null = null;
  for (const { id, redelivered, at } of found) {
    const copy = book.copies.get(id);
    if (copy === undefined && (ending.repaired || ending.cutOff)) continue;
    if (copy === undefined) {
      const was = gone.has(`${book.name} ${id}`) ? 'was seen to be gone and is there again' : 'was never published to it';
      throw new BrokenPromise(`queue ${book.name}: message ${id} ${was}`);
    }
    if (here.has(id)) broken(`message ${id} is there twice`);
    if (!copy.persistent) broken(`message ${id} is transient and outlived the node`);
    if (last !== null && isBefore(copy, last)) broken(`message ${id} comes behind ${last.id}`);
    if (at > copy.expiresAt + CLOCK_SLACK) broken(`message ${id} had expired ${at - copy.expiresAt} ms ago`);
    if (ending.orderly && !ending.cutOff && !ending.repaired && copy.settled)
      broken(`message ${id} was acknowledged or purged before an orderly stop, and came back`);
    if (!redelivered && !ending.repaired && (!ending.orderly || copy.delivered))
      broken(`message ${id} comes back without being called redelivered`);
    if (redelivered && marksKept && !copy.delivered && !copy.mayBeDelivered) {
      broken(`message ${id} is called redelivered, and never was delivered`);
    }
    here.set(id, copy);
    last = copy;
  }
  const { deadLetters } = book.settings;
  const buried = [...book.copies].filter(([id]) => deadLetters && grave.has(id));
  const missing = [...book.copies.values()].filter((copy) => {
    if (here.has(copy.id)) return false;
    return deadLetters ? !grave.has(copy.id) && mustBeSomewhere(copy, ending) : mustBeThere(copy, ending);
  });
  if (missing.length > book.takenUnseen) {
    broken(`message ${(missing[book.takenUnseen] as Copy).id} was confirmed and is lost`);
  }
  for (const id of book.copies.keys()) if (!here.has(id)) gone.add(`${book.name} ${id}`);
  for (const copy of here.values()) copy.delivered = true;
  const kept = new Map([...buried, ...here]);
  for (const copy of kept.values()) {
    copy.confirmed = true;
    copy.settled = false;
    copy.rejected = false;
  }
  book.copies = new Map([...kept].sort(([, a], [, b]) => a.order - b.order));
  book.takenUnseen = 0;
  book.watched = false;
}

function isBefore(copy: Copy, other: Copy): boolean {
  return copy.priority > other.priority || (copy.priority === other.priority && copy.order < other.order);
}

function mustBeThere(copy: Copy, ending: Ending): boolean {
  const expired = copy.expiresAt - CLOCK_SLACK <= ending.at;
  return !copy.settled && !expired && mustBeSomewhere(copy, ending);
}

/** Unless a client took it for good. */
function mustBeSomewhere(copy: Copy, { cutOff, repaired }: Ending): boolean {
  return copy.confirmed && copy.persistent && (!copy.settled || copy.rejected) && !copy.uncertain && !cutOff && !repaired;
}
