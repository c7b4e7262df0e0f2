/** The arguments of queue.declare: what RabbitMQ 3.10 checks, in its order and words. A table: argument, check. */
import type { Field, FieldTable } from '../amqp/field-table';
import { called, notImplemented, preconditionFailed, type ProtocolError } from './errors';
import { assertSameArgument } from './equivalence';
import { TTL_MAX } from './traits';

/** Returns what is wrong (as RabbitMQ prints the Erlang term) or null. */
type Check = (value: Field, all: FieldTable) => string | null;

const INTEGERS = new Set(['byte', 'unsignedbyte', 'short', 'unsignedshort', 'signedint', 'unsignedint', 'long']);

const integer: Check = ({ kind }) => (INTEGERS.has(kind) ? null : `"expected integer, got ${kind}"`);

const notNegative: Check = (value, all) =>
  integer(value, all) ?? (Number(value.value) < 0 ? `{value_negative,${String(value.value)}}` : null);

const ttl: Check = (value, all) =>
  notNegative(value, all) ?? (Number(value.value) > TTL_MAX ? `{value_too_large,${String(value.value)}}` : null);

const expires: Check = (value, all) => integer(value, all) ?? (Number(value.value) === 0 ? '{value_zero,0}' : ttl(value, all));

const maxPriority: Check = (value, all) =>
  notNegative(value, all) ?? (Number(value.value) > 255 ? `{max_value_exceeded,${String(value.value)}}` : null);

const boolean: Check = ({ kind }) => (kind === 'bool' ? null : `{unacceptable_type,${kind}}`);

const text: Check = ({ kind }) => (kind === 'longstr' ? null : `{unacceptable_type,${kind}}`);

const oneOf =
  (what: string, allowed: readonly string[]): Check =>
  (value, all) =>
    text(value, all) ?? (allowed.includes(value.value as string) ? null : `"unsupported ${what} '${String(value.value)}'"`);

const overflow: Check = (value, all) =>
  text(value, all) ??
  (['drop-head', 'reject-publish', 'reject-publish-dlx'].includes(value.value as string) ? null : 'invalid_overflow');

const deadLetterRoutingKey: Check = (value, all) =>
  text(value, all) ?? (all.has('x-dead-letter-exchange') ? null : 'routing_key_but_no_dlx_defined');

const queueVersion: Check = (value, all) =>
  notNegative(value, all) ??
  ([1, 2].includes(Number(value.value)) ? null : `"unsupported queue version '${String(value.value)}'"`);

const queueType = oneOf('queue type', ['classic', 'quorum', 'stream']);

/** In RabbitMQ's order of checking, which is also the order of comparing when a queue is declared again. */
const ARGUMENTS: ReadonlyArray<readonly [string, Check]> = [
  ['x-expires', expires],
  ['x-message-ttl', ttl],
  ['x-dead-letter-exchange', text],
  ['x-dead-letter-routing-key', deadLetterRoutingKey],
  ['x-max-length', notNegative],
  ['x-max-length-bytes', notNegative],
  ['x-max-priority', maxPriority],
  ['x-overflow', overflow],
  ['x-queue-mode', oneOf('queue mode', ['default', 'lazy'])],
  ['x-queue-version', queueVersion],
  ['x-single-active-consumer', boolean],
  ['x-queue-type', queueType],
  // RabbitMQ has no check here: its channel dies of a strategy that it does not know (541).
  ['x-queue-master-locator', oneOf('queue master locator', ['client-local', 'min-masters', 'random'])],
];

const CLASSIC_ARGUMENTS = ARGUMENTS.map(([key]) => key);

/** Accepted by other kinds of queue only, whatever their values. */
const OTHER_KINDS = new Set([
  'x-delivery-limit',
  'x-quorum-initial-group-size',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-dead-letter-strategy',
  'x-max-age',
  'x-stream-max-segment-size-bytes',
  'x-initial-cluster-size',
  'x-queue-leader-locator',
]);

function invalid(key: string, name: string, vhost: string, reason: string): ProtocolError {
  return preconditionFailed(`invalid arg '${key}' for ${called('queue', name, vhost)}: ${reason}`);
}

/** In this order they are compared when a quorum queue is declared again. */
const QUORUM_ARGUMENTS: readonly string[] = [
  'x-queue-type',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-expires',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-overflow',
  'x-single-active-consumer',
  'x-quorum-initial-group-size',
  'x-delivery-limit',
  'x-message-ttl',
  'x-queue-leader-locator',
];

export function isQuorum(args: FieldTable): boolean {
  return args.get('x-queue-type')?.value === 'quorum';
}

/** Before anything else is checked. Throws 406. */
export function checkQueueName(asked: string, args: FieldTable): void {
  if (asked !== '' || !isQuorum(args)) return;
  throw preconditionFailed('Cannot declare a server-named queue for type rabbit_quorum_queue');
}

/**
 * The type of queue comes first, then the table above, then what the type does not have, in the client's order. `quorum`: the
 * node can have quorum queues, and whoever makes them checks what they do not have.
 */
export function checkQueueArguments(name: string, vhost: string, args: FieldTable, quorum: boolean): void {
  const type = args.get('x-queue-type');
  if (type !== undefined) checkQueueType(type, name, vhost, args, quorum);
  for (const [key, check] of ARGUMENTS) {
    const value = args.get(key);
    const wrong = value === undefined ? null : check(value, args);
    if (wrong !== null) throw invalid(key, name, vhost, wrong);
  }
  if (isQuorum(args)) return;
  for (const key of args.keys()) {
    if (!OTHER_KINDS.has(key)) continue;
    throw preconditionFailed(`invalid arg '${key}' for ${called('queue', name, vhost)} of queue type rabbit_classic_queue`);
  }
}

function checkQueueType(type: Field, name: string, vhost: string, args: FieldTable, quorum: boolean): void {
  const wrong = queueType(type, args);
  if (wrong !== null) throw invalid('x-queue-type', name, vhost, wrong);
  if (type.value !== 'classic' && !(quorum && isQuorum(args))) {
    throw notImplemented(`${type.value as string} queues need a cluster engine; this node has classic queues only`);
  }
}

export function assertSameArguments(subject: string, received: FieldTable, current: FieldTable): void {
  const keys = isQuorum(current) ? QUORUM_ARGUMENTS : CLASSIC_ARGUMENTS;
  for (const key of keys) {
    if (key === 'x-queue-type' && isClassic(received.get(key)) && isClassic(current.get(key))) continue;
    assertSameArgument(subject, key, received, current);
  }
}

/** None is the same as classic. */
function isClassic(type: Field | undefined): boolean {
  return type === undefined || type.value === 'classic';
}
