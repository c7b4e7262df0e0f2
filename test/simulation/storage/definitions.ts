/** The queues, exchange and bindings of the storage scenario, and whether those that were promised are there after a crash. */
import type { Broker } from '../../../lib/broker/broker';
import { BrokenPromise, QueueBook, type QueueSettings } from './promise-book';

export const FOREVER = Number.POSITIVE_INFINITY;
const PLAIN: QueueSettings = { durable: true, priorities: 0, maxLength: FOREVER, ttl: FOREVER, deadLetters: false };
export const QUEUES: Readonly<Record<string, QueueSettings>> = {
  plain: PLAIN,
  other: PLAIN,
  ranked: { ...PLAIN, priorities: 3 },
  short: { ...PLAIN, maxLength: 5 },
  brief: { ...PLAIN, ttl: 40 },
  passing: { ...PLAIN, durable: false },
  mortal: { ...PLAIN, ttl: 30, deadLetters: true },
};
export const NAMES = Object.keys(QUEUES);
export const EXCHANGE = 'fan';
/** Where dead letters go. Nobody takes anything out of it. */
export const GRAVE = 'grave';

/** Definitions that outlive a node, as they must be if all that was sent was done. */
export class Definitions {
  readonly queues = new Map<string, QueueBook>();
  exchange = false;
  /** Queues bound to the fanout exchange. */
  readonly bound = new Set<string>();
  /** The kind and name of what was: asked for or deleted and nobody has answered: it is there or not. */
  open: string | null = null;
  /** A queue that is being deleted: it may still be there. */
  leaving: QueueBook | null = null;
}

/** Compares the node's definitions with what was promised, and brings the book up to what is there. Throws `BrokenPromise`. */
export function checkDefinitions(book: Definitions, broker: Broker, cutOff: boolean): void {
  const { queues, exchanges, bindings } = broker.snapshot('/', 0);
  const open = (what: string): boolean => cutOff || book.open === what;
  const expect = (what: string, wanted: boolean, there: boolean): void => {
    if (wanted !== there && !open(what))
      throw new BrokenPromise(`${what} ${wanted ? 'was promised and is gone' : 'is there again'}`);
  };
  const namesThere = new Set(queues.map(({ name }) => name));
  for (const name of NAMES) {
    const known = book.queues.get(name);
    const there = namesThere.has(name);
    expect(`queue ${name}`, known?.settings.durable ?? false, there);
    if (!there) lost(known, cutOff);
    if (there && known === undefined) book.queues.set(name, book.leaving ?? new QueueBook(name, QUEUES[name] as QueueSettings));
    else if (!there) book.queues.delete(name);
  }
  const exchangeThere = exchanges.some(({ name }) => name === EXCHANGE);
  expect(`exchange ${EXCHANGE}`, book.exchange, exchangeThere);
  book.exchange = exchangeThere;
  const boundThere = new Set(bindings.filter(({ source }) => source === EXCHANGE).map(({ destination }) => destination));
  for (const name of NAMES) {
    const ofAnEnd = open(`exchange ${EXCHANGE}`) || open(`queue ${name}`);
    if (!ofAnEnd)
      expect(`binding ${name}`, book.bound.has(name) && (QUEUES[name] as QueueSettings).durable, boundThere.has(name));
    if (boundThere.has(name)) book.bound.add(name);
    else book.bound.delete(name);
  }
  book.open = null;
  book.leaving = null;
}

/** A queue that nobody had answered for may be gone, but not with messages that were confirmed. */
function lost(book: QueueBook | undefined, cutOff: boolean): void {
  if (book === undefined || !book.settings.durable || cutOff) return;
  for (const copy of book.copies.values()) {
    if (copy.confirmed && copy.persistent)
      throw new BrokenPromise(`queue ${book.name} is gone with message ${copy.id}, which was confirmed`);
  }
}

export function bodyOf(id: number, size: number): Buffer {
  const head = `${id}:`;
  return Buffer.alloc(Math.max(head.length, size), head);
}

export function idOf(body: Buffer): number {
  return Number(body.toString('latin1', 0, body.indexOf(0x3a)));
}

/** Octets of a message's body: mostly small, some larger than a segment, few larger than a block. */
export function sizeOf(id: number): number {
  const most = id % 1009 === 0 ? 300_000 : id % 37 === 0 ? 9_000 : 200;
  return ((id * 2654435761) >>> 0) % most;
}
