/**
 * From an exchange and a routing key to queues: follows exchange-to-exchange bindings (each exchange once, so cycles end) and
 * alternate exchanges (asked when an exchange itself finds nothing). A queue gets one copy however many ways lead to it.
 *
 * Results are cached by (exchange, key) and dropped when anything about bindings changes: `epoch` of the vhost counts that.
 */
import type { Queue } from './queue/queue';
import { Exchange, type Target } from './exchange/exchange';
import { TRANSIENT, type Traits } from './traits';
import type { Vhost } from './vhost';

const NOWHERE: readonly Queue[] = [];

/** The keys in CC and BCC count as the routing key does: the exchange looks at all of them before it asks its alternate. */
export function route(vhost: Vhost, exchange: Exchange, key: string, traits: Traits): readonly Queue[] {
  const { copies } = traits;
  if (exchange.name === '') return byNames(vhost, key, copies);
  if (copies.length > 0) return walk(vhost, exchange, key, traits).queues.list;
  return remembered(vhost, exchange, key) ?? find(vhost, exchange, key, traits).queues.list;
}

/**
 * The queues of every message with this key and no copies, for publishers that send it again and again. Null if they depend on
 * more than the key: a headers exchange stands on the way.
 */
export function routeOfKey(vhost: Vhost, exchange: Exchange, key: string): readonly Queue[] | null {
  if (exchange.name === '') return byNames(vhost, key, TRANSIENT.copies);
  if (!exchange.type.byKeyOnly) return null;
  const known = remembered(vhost, exchange, key);
  if (known !== undefined) return known;
  const { queues, byKeyOnly } = find(vhost, exchange, key, TRANSIENT);
  return byKeyOnly ? queues.list : null;
}

function remembered(vhost: Vhost, exchange: Exchange, key: string): readonly Queue[] | undefined {
  if (exchange.cache.epoch !== vhost.epoch) exchange.cache.clear(vhost.epoch);
  return exchange.cache.get(key);
}

function find(vhost: Vhost, exchange: Exchange, key: string, traits: Traits): Found {
  const found = walk(vhost, exchange, key, traits);
  if (found.byKeyOnly) exchange.cache.set(key, found.queues.list);
  return found;
}

function byNames(vhost: Vhost, name: string, more: readonly string[]): readonly Queue[] {
  const queue = vhost.queues.get(name);
  if (more.length === 0) return queue === undefined || !queue.reachable ? NOWHERE : [queue];
  const found = new Set([queue, ...more.map((other) => vhost.queues.get(other))]);
  return [...found].filter((one) => one?.reachable === true) as Queue[];
}

/** In the order of adding, each once. A plain list while it is short, as nearly all are. */
class Distinct<T> {
  readonly list: T[] = [];
  private set: Set<T> | null = null;

  add(item: T): void {
    if (this.list.length < 8) {
      if (!this.list.includes(item)) this.list.push(item);
      return;
    }
    this.set ??= new Set(this.list);
    if (this.set.has(item)) return;
    this.set.add(item);
    this.list.push(item);
  }
}

/** What a walk has met so far. One object serves all walks: none begins before the one before has ended. */
class Found {
  queues = new Distinct<Queue>();
  exchanges = new Distinct<Exchange>();
  byKeyOnly = true;
  /** Targets that the exchange at hand found. */
  hits = 0;

  begin(start: Exchange): void {
    this.queues = new Distinct();
    this.exchanges = new Distinct();
    this.exchanges.add(start);
    this.byKeyOnly = true;
  }

  readonly add = (target: Target): void => {
    this.hits++;
    if (target instanceof Exchange) this.exchanges.add(target);
    // A queue whose node is away counts as found, so no alternate exchange is asked, but gets nothing (RabbitMQ).
    else if (target.reachable) this.queues.add(target);
  };
}

const FOUND = new Found();

/** The result is valid until the next walk; the list of queues in it stays. */
function walk(vhost: Vhost, start: Exchange, key: string, traits: Traits): Found {
  const found = FOUND;
  found.begin(start);
  for (const exchange of found.exchanges.list) {
    found.byKeyOnly &&= exchange.type.byKeyOnly;
    found.hits = 0;
    exchange.type.route(key, traits, found.add);
    for (const copy of traits.copies) exchange.type.route(copy, traits, found.add);
    if (found.hits > 0 || exchange.alternate === null) continue;
    const alternate = vhost.exchanges.get(exchange.alternate);
    if (alternate !== undefined) found.exchanges.add(alternate);
  }
  return found;
}
