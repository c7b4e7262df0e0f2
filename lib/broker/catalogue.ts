/**
 * What of a node's definitions outlives it: durable exchanges and queues, bindings between durable ends, vhosts, users,
 * permissions and parameters (policies, limits ...), each under a key of its own in the node's storage. restore.ts reads them
 * back.
 *
 * A key is the JSON of a list: the kind, then names. A value is JSON; arguments are an AMQP table in base64, so that they come
 * back with the types they had on the wire.
 */
import { encodeTable, readTable, type FieldTable } from '../amqp/field-table';
import type { Storage } from '../storage/storage';
import type { Binding, Exchange, ExchangeAttributes, ExchangeKind } from './exchange/exchange';
import type { Queue } from './queue/queue';
import { sha256 } from './sha256';

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
}

export interface StoredQueue {
  readonly autoDelete: boolean;
  readonly args: string;
}

export interface StoredBinding {
  readonly source: string;
  readonly toQueue: boolean;
  readonly target: string;
  readonly routingKey: string;
  readonly args: string;
}

export class Catalogue {
  /** While a node reads its definitions back, they are there already. */
  private muted = false;

  constructor(private readonly storage: Storage) {}

  /** Runs `work` without writing down what it defines. */
  silently(work: () => void): void {
    this.muted = true;
    try {
      work();
    } finally {
      this.muted = false;
    }
  }

  put(kind: Kind, names: readonly string[], value: object): void {
    if (this.storage.durable && !this.muted) this.storage.put(keyOf(kind, names), JSON.stringify(value));
  }

  delete(kind: Kind, names: readonly string[]): void {
    if (this.storage.durable) this.storage.delete(keyOf(kind, names));
  }

  exchangeDeclared(vhost: string, exchange: ExchangeAttributes): void {
    if (!exchange.durable) return;
    const { kind, autoDelete, internal, args } = exchange;
    const stored: StoredExchange = { kind, autoDelete, internal, args: textOf(args) };
    this.put('exchange', [vhost, exchange.name], stored);
  }

  exchangeDeleted(vhost: string, exchange: Exchange): void {
    if (exchange.durable) this.delete('exchange', [vhost, exchange.name]);
  }

  queueDeclared({ vhost, name, durable, autoDelete, args }: Queue): void {
    if (!durable) return;
    const stored: StoredQueue = { autoDelete, args: textOf(args) };
    this.put('queue', [vhost.name, name], stored);
  }

  queueDeleted({ vhost, name, durable }: Queue): void {
    if (durable) this.delete('queue', [vhost.name, name]);
  }

  bound(vhost: string, binding: Binding): void {
    if (!isDurable(binding)) return;
    const { source, target, routingKey, args } = binding;
    const toQueue = 'consumerCount' in target;
    const stored: StoredBinding = { source: source.name, toQueue, target: target.name, routingKey, args: textOf(args) };
    this.put('binding', [vhost, digest(source.name + binding.id)], stored);
  }

  unbound(vhost: string, binding: Binding): void {
    if (isDurable(binding)) this.delete('binding', [vhost, digest(binding.source.name + binding.id)]);
  }
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
