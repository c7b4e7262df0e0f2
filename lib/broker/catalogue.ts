/**
 * A node's definitions as keys and values: exchanges, queues, bindings, vhosts, users, permissions and parameters (policies,
 * limits ...). What outlives the node (durable exchanges and queues, bindings between durable ends, and all the rest) is written
 * to its storage; everything is told to whoever keeps other nodes alike (`onChange`). restore.ts builds them from that again.
 *
 * A key is the JSON of a list: the kind, then names. A value is JSON; arguments are an AMQP table in base64, so that they come
 * back with the types they had on the wire.
 */
import { encodeTable, readTable, type FieldTable } from '../amqp/field-table';
import type { Storage } from '../storage/storage';
import type { Binding, Exchange, ExchangeAttributes, ExchangeKind } from './exchange/exchange';
import type { Mirror, Queue } from './queue/queue';
import { sha256 } from './sha256';
import type { Vhost } from './vhost';

/** In the order in which they are restored: each kind needs the ones before it. */
export const KINDS = [
  'vhost',
  'user',
  'permission',
  'topic-permission',
  'parameter',
  'global-parameter',
  'exchange',
  'queue',
  'binding',
] as const;
export type Kind = (typeof KINDS)[number];

export interface StoredExchange {
  readonly kind: ExchangeKind;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly args: string;
  /** Not durable: never in a storage. */
  readonly transient?: true;
}

export interface StoredQueue {
  readonly autoDelete: boolean;
  readonly args: string;
  /** Absent where an earlier version has written it: this node. */
  readonly home?: string;
  readonly id?: string;
  readonly transient?: true;
  readonly exclusive?: true;
  /** Absent unless the queue is mirrored. */
  readonly mirrors?: readonly Mirror[];
}

export interface StoredBinding {
  readonly source: string;
  readonly toQueue: boolean;
  readonly target: string;
  readonly routingKey: string;
  readonly args: string;
}

/** A definition that has come, changed, or gone. */
export interface DefinitionChange {
  readonly key: string;
  /** Null: it is gone. */
  readonly value: string | null;
  /** Of a queue or binding that is gone: what it was, for the key does not say which of them it was. */
  readonly was?: string;
  /** It belongs into the storage. */
  readonly lasting: boolean;
}

export class Catalogue {
  /** Hears of every change that this node makes. */
  onChange: ((change: DefinitionChange) => void) | null = null;
  /** While a node takes over definitions, from its storage or from another node, they are written down already. */
  private muted = false;

  constructor(private readonly storage: Storage) {}

  /** Runs `work` without writing down or telling what it defines. */
  silently(work: () => void): void {
    this.muted = true;
    try {
      work();
    } finally {
      this.muted = false;
    }
  }

  put(kind: Kind, names: readonly string[], value: object, lasting = true): void {
    if (this.wanted(lasting)) this.tell({ key: keyOf(kind, names), value: JSON.stringify(value), lasting });
  }

  delete(kind: Kind, names: readonly string[], lasting = true): void {
    if (this.wanted(lasting)) this.tell({ key: keyOf(kind, names), value: null, lasting });
  }

  private wanted(lasting: boolean): boolean {
    return !this.muted && ((lasting && this.storage.durable) || this.onChange !== null);
  }

  private tell(change: DefinitionChange): void {
    if (change.lasting) store(this.storage, change);
    this.onChange?.(change);
  }

  exchangeDeclared(vhost: string, exchange: ExchangeAttributes): void {
    this.put('exchange', [vhost, exchange.name], storedExchange(exchange), exchange.durable);
  }

  exchangeDeleted(vhost: string, { name, durable }: Exchange): void {
    this.delete('exchange', [vhost, name], durable);
  }

  queueDeclared(queue: Queue): void {
    const { vhost, name, durable } = queue;
    if (this.wanted(durable)) this.put('queue', [vhost.name, name], storedQueue(queue), durable);
  }

  /** It lives elsewhere now, or others mirror it. */
  queueRelocated(queue: Queue): void {
    this.queueDeclared(queue);
  }

  queueDeleted(queue: Queue): void {
    const { vhost, name, durable } = queue;
    if (!this.wanted(durable)) return;
    const key = keyOf('queue', [vhost.name, name]);
    this.tell({ key, value: null, was: JSON.stringify(storedQueue(queue)), lasting: durable });
  }

  bound(vhost: string, binding: Binding): void {
    const lasting = isDurable(binding);
    if (this.wanted(lasting)) this.put('binding', bindingNames(vhost, binding), storedBinding(binding), lasting);
  }

  unbound(vhost: string, binding: Binding): void {
    const lasting = isDurable(binding);
    if (!this.wanted(lasting)) return;
    const key = keyOf('binding', bindingNames(vhost, binding));
    this.tell({ key, value: null, was: JSON.stringify(storedBinding(binding)), lasting });
  }
}

/** Every definition as a change that makes it, in an order in which they can be made. */
export function allDefinitions(storage: Storage, vhosts: Iterable<Vhost>): DefinitionChange[] {
  const all: DefinitionChange[] = [];
  for (const [key, value] of storage.entries()) {
    if (keyParts(key) !== null) all.push({ key, value: value.toString(), lasting: true });
  }
  for (const { name, exchanges, queues } of vhosts) all.push(...transientIn(name, exchanges.values(), queues.values()));
  const rank = ({ key }: DefinitionChange): number => KINDS.indexOf((keyParts(key) as { kind: Kind }).kind);
  return all.sort((a, b) => rank(a) - rank(b));
}

function transientIn(vhost: string, exchanges: Iterable<Exchange>, queues: Iterable<Queue>): DefinitionChange[] {
  const found: DefinitionChange[] = [];
  const add = (kind: Kind, names: readonly string[], value: object): void => {
    found.push({ key: keyOf(kind, names), value: JSON.stringify(value), lasting: false });
  };
  for (const queue of queues) if (!queue.durable) add('queue', [vhost, queue.name], storedQueue(queue));
  for (const exchange of exchanges) {
    if (!exchange.durable) add('exchange', [vhost, exchange.name], storedExchange(exchange));
    for (const binding of exchange.outgoing.values()) {
      if (!isDurable(binding)) add('binding', bindingNames(vhost, binding), storedBinding(binding));
    }
  }
  return found;
}

export function store(storage: Storage, { key, value }: DefinitionChange): void {
  if (value === null) storage.delete(key);
  else storage.put(key, value);
}

function transient(durable: boolean): { readonly transient?: true } {
  return durable ? {} : { transient: true };
}

function storedExchange({ kind, autoDelete, internal, durable, args }: ExchangeAttributes): StoredExchange {
  return { kind, autoDelete, internal, args: textOf(args), ...transient(durable) };
}

function storedQueue({ durable, autoDelete, owner, args, home, id, mirrors }: Queue): StoredQueue {
  const exclusive = owner === null ? {} : { exclusive: true as const };
  const mirrored = mirrors === null ? {} : { mirrors };
  return { autoDelete, args: textOf(args), home, id, ...transient(durable), ...exclusive, ...mirrored };
}

function bindingNames(vhost: string, { source, id }: Binding): readonly string[] {
  return [vhost, digest(source.name + id)];
}

function storedBinding({ source, target, routingKey, args }: Binding): StoredBinding {
  return { source: source.name, toQueue: 'consumerCount' in target, target: target.name, routingKey, args: textOf(args) };
}

function isDurable({ source, target }: Binding): boolean {
  return source.durable && target.durable;
}

/** Arguments may be longer than a key may be. */
function digest(text: string): string {
  return Buffer.from(sha256(Buffer.from(text, 'utf8'))).toString('base64');
}

function textOf(args: FieldTable): string {
  return encodeTable(args).toString('base64');
}

export function argsOf(text: string): FieldTable {
  const bytes = Buffer.from(text, 'base64');
  return readTable(bytes, 0, bytes.length);
}

function keyOf(kind: Kind, names: readonly string[]): string {
  return JSON.stringify([kind, ...names]);
}

/** Kind and names of a key; null if it is none of ours. */
export function keyParts(key: string): { readonly kind: Kind; readonly names: readonly string[] } | null {
  const [kind, ...names] = JSON.parse(key) as [string, ...string[]];
  return (KINDS as readonly string[]).includes(kind) ? { kind: kind as Kind, names } : null;
}
