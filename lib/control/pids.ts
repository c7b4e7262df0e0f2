/**
 * Erlang's process identifiers, which RabbitMQ prints for connections, channels and queues and takes back in
 * close_connection. Ours stand for names; the same thing has the same pid as long as its node runs.
 */
import type { BrokerApi } from '../broker/api';

/** Process numbers begin where those of a node that has just started do. */
const FIRST = 1000;

class PidBook {
  private readonly numbers = new Map<string, number>();

  number(key: string): number {
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = FIRST + this.numbers.size;
      this.numbers.set(key, number);
    }
    return number;
  }
}

const books = new WeakMap<BrokerApi, PidBook>();
/** Told apart by creation: a node that was started again gives out other pids. */
const creations = new WeakMap<BrokerApi, number>();
let lastCreation = 1_700_000_000;

/** `<rabbit1@localhost.1700000001.1000.0>` for a connection, channel or queue of this node. */
export function pidOf(broker: BrokerApi, nodename: string, kind: 'connection' | 'channel' | 'queue', name: string): string {
  let book = books.get(broker);
  if (book === undefined) {
    book = new PidBook();
    books.set(broker, book);
    creations.set(broker, ++lastCreation);
  }
  return `<${nodename}.${creations.get(broker)}.${book.number(`${kind} ${name}`)}.0>`;
}

/** What `close_connection` accepts as a pid at all. */
export const PID_FORM = /^<[^<>]+(\.\d+){3}>$/;
