/** An exchange and what all types share: attributes, bindings by identity, the cache of routing results. */
import type { FieldTable } from '../../amqp/field-table';
import type { Ruling } from '../policies';
import type { Queue } from '../queue/queue';
import type { Traits } from '../traits';
import { DirectType } from './direct';
import { FanoutType } from './fanout';
import { HeadersType } from './headers';
import { RouteCache } from './route-cache';
import { TopicType } from './topic';

/** Where a binding leads. */
export type Target = Queue | Exchange;

export interface Binding {
  readonly source: Exchange;
  readonly target: Target;
  readonly routingKey: string;
  readonly args: FieldTable;
  /** Identity within the source: target, key and arguments. */
  readonly id: string;
}

/** What the types of exchange differ in. Each type is a file with these methods in this order. */
export interface ExchangeType {
  /** Routing depends on the key alone, so that results may be cached by key. */
  readonly byKeyOnly: boolean;
  /** Throws 406 for arguments that the type refuses. */
  check(args: FieldTable): void;
  add(binding: Binding): void;
  remove(binding: Binding): void;
  /** Calls `found` for each target that the message goes to; the same target may come more than once. */
  route(key: string, traits: Traits, found: (target: Target) => void): void;
}

export type ExchangeKind = 'direct' | 'fanout' | 'topic' | 'headers';

const TYPES: Readonly<Record<ExchangeKind, () => ExchangeType>> = {
  direct: () => new DirectType(),
  fanout: () => new FanoutType(),
  topic: () => new TopicType(),
  headers: () => new HeadersType(),
};

export function isExchangeKind(kind: string): kind is ExchangeKind {
  return Object.hasOwn(TYPES, kind);
}

export interface ExchangeAttributes {
  readonly name: string;
  readonly kind: ExchangeKind;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly args: FieldTable;
}

export class Exchange implements ExchangeAttributes {
  readonly name: string;
  readonly kind: ExchangeKind;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly args: FieldTable;
  readonly type: ExchangeType;
  /** Where messages go that find no queue here. */
  alternate: string | null = null;
  /** Policies; null without any. */
  ruling: Ruling | null = null;
  /** Bindings that start here, by identity. */
  readonly outgoing = new Map<string, Binding>();
  /** Bindings that end here. */
  readonly incoming = new Set<Binding>();
  readonly cache = new RouteCache();

  /** `type` is given for the default exchange only. */
  constructor(attributes: ExchangeAttributes, type?: ExchangeType) {
    this.name = attributes.name;
    this.kind = attributes.kind;
    this.durable = attributes.durable;
    this.autoDelete = attributes.autoDelete;
    this.internal = attributes.internal;
    this.args = attributes.args;
    this.type = type ?? TYPES[attributes.kind]();
    this.applyPolicy(null);
  }

  /** An argument counts before a policy. */
  applyPolicy(ruling: Ruling | null): void {
    this.ruling = ruling;
    const argument = this.args.get('alternate-exchange');
    const ruled = ruling?.definition['alternate-exchange'];
    this.alternate = argument?.kind === 'longstr' ? (argument.value as string) : typeof ruled === 'string' ? ruled : null;
  }
}
