/**
 * What the broker itself acts on in a message's properties. Most publishers send the same property list again and again, so
 * one `Traits` object serves many messages; the two commonest cost nothing at all.
 */
import type { Field, FieldTable } from '../amqp/field-table';
import { FLAG, type Properties } from '../amqp/properties';
import { preconditionFailed } from './errors';

export interface Traits {
  /** delivery-mode 2. */
  readonly persistent: boolean;
  /** The `expiration` property in milliseconds, -1 without one. */
  readonly expirationMs: number;
  /** The `priority` property, 0 without one. */
  readonly priority: number;
  /** The `headers` property. */
  readonly headers: FieldTable | null;
  /** Further routing keys: CC and BCC headers. */
  readonly copies: readonly string[];
  readonly hasBcc: boolean;
  readonly userId: string | null;
  readonly replyTo: string | null;
}

const PLAIN: Omit<Traits, 'persistent'> = {
  expirationMs: -1,
  priority: 0,
  headers: null,
  copies: [],
  hasBcc: false,
  userId: null,
  replyTo: null,
};
export const TRANSIENT: Traits = { persistent: false, ...PLAIN };
export const PERSISTENT: Traits = { persistent: true, ...PLAIN };

/** With none of these flags set, delivery-mode decides alone. */
export const ACTED_ON = FLAG.headers | FLAG.priority | FLAG.replyTo | FLAG.expiration | FLAG.userId;

/** RabbitMQ's largest timer, ten years: a TTL above is refused ({value_too_large,N}). */
export const TTL_MAX = 315360000000;

/** Throws 406 on a delivery mode that RabbitMQ refuses. */
export function isPersistent(deliveryMode: number | undefined): boolean {
  if (deliveryMode === undefined || deliveryMode === 1) return false;
  if (deliveryMode === 2) return true;
  throw preconditionFailed(`invalid message: {delivery_mode_unknown,${deliveryMode}}`);
}

/** Throws 406 on an expiration, a delivery mode or CC/BCC headers that RabbitMQ refuses, in its order. */
export function traitsOf(properties: Properties): Traits {
  const headers = properties.headers ?? null;
  const expirationMs = properties.expiration === undefined ? -1 : parseExpiration(properties.expiration);
  const persistent = isPersistent(properties.deliveryMode);
  return {
    persistent,
    expirationMs,
    priority: properties.priority ?? 0,
    headers,
    copies: [...headerKeys(headers, 'CC'), ...headerKeys(headers, 'BCC')],
    hasBcc: headers?.has('BCC') ?? false,
    userId: properties.userId ?? null,
    replyTo: properties.replyTo ?? null,
  };
}

function parseExpiration(text: string): number {
  // As Erlang's string:to_integer: an optional sign, digits, and nothing behind them.
  const match = /^([+-]?\d+)(.*)$/s.exec(text);
  if (match === null) throw preconditionFailed(`invalid expiration '${text}': no_integer`);
  if (match[2] !== '') throw preconditionFailed(`invalid expiration '${text}': {leftover_string,${JSON.stringify(match[2])}}`);
  const value = Number(match[1]);
  if (value < 0) throw preconditionFailed(`invalid expiration '${text}': {value_negative,${value}}`);
  if (value > TTL_MAX) throw preconditionFailed(`invalid expiration '${text}': {value_too_large,${match[1]}}`);
  return value;
}

function headerKeys(headers: FieldTable | null, name: 'CC' | 'BCC'): string[] {
  const value = headers?.get(name);
  if (value === undefined) return [];
  if (value.kind !== 'array') {
    throw preconditionFailed(`invalid message: {unacceptable_type_in_header,"${name}",${value.kind}}`);
  }
  return (value.value as readonly Field[]).flatMap((key) => (key.kind === 'longstr' ? [key.value as string] : []));
}
