/**
 * What RabbitMQ refuses of a quorum queue, in its order and words. Values of arguments that every kind of queue knows are checked
 * before this, by the broker.
 */
import type { Field, FieldTable } from '../../../amqp/field-table';
import { called, notImplemented, preconditionFailed, ProtocolError } from '../../../broker/errors';
import { REPLY } from '../../../amqp/constants';

export interface QuorumDeclaration {
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly args: FieldTable;
}

/** Arguments that only other kinds of queue have. */
const REFUSED_ARGUMENTS = new Set([
  'x-max-priority',
  'x-queue-mode',
  'x-queue-version',
  'x-queue-master-locator',
  'x-max-age',
  'x-stream-max-segment-size-bytes',
  'x-initial-cluster-size',
]);

/** Arguments of basic.consume that only consumers of other kinds have. */
const REFUSED_CONSUMER_ARGUMENTS = new Set(['x-stream-offset', 'x-cancel-on-ha-failover']);

const PROPERTIES: ReadonlyArray<readonly [name: string, refused: (declaration: QuorumDeclaration) => boolean]> = [
  ['auto-delete', ({ autoDelete }) => autoDelete],
  ['exclusive-owner', ({ exclusive }) => exclusive],
  ['non-durable', ({ durable }) => !durable],
];

type Check = (value: Field) => string | null;

const INTEGERS = new Set(['byte', 'unsignedbyte', 'short', 'unsignedshort', 'signedint', 'unsignedint', 'long']);

const notNegative: Check = ({ kind, value }) => {
  if (!INTEGERS.has(kind)) return `"expected integer, got ${kind}"`;
  return Number(value) < 0 ? `{value_negative,${String(value)}}` : null;
};

const positive: Check = (field) => notNegative(field) ?? (Number(field.value) === 0 ? '{value_zero,0}' : null);

const oneOf =
  (wrong: string, ...allowed: readonly string[]): Check =>
  ({ kind, value }) => {
    if (kind !== 'longstr') return `{unacceptable_type,${kind}}`;
    return allowed.includes(value as string) ? null : wrong;
  };

/** Those that the broker does not know. `x-delivery-limit` is not looked at. */
const ARGUMENTS: ReadonlyArray<readonly [name: string, check: Check]> = [
  ['x-dead-letter-strategy', oneOf('invalid_dlx_strategy', 'at-most-once', 'at-least-once')],
  ['x-max-in-memory-length', notNegative],
  ['x-max-in-memory-bytes', notNegative],
  ['x-quorum-initial-group-size', positive],
  ['x-queue-leader-locator', oneOf('invalid_queue_locator_arg', 'client-local', 'balanced', 'random', 'least-leaders')],
];

/** Throws 406. */
export function checkQuorumDeclaration(declaration: QuorumDeclaration): void {
  const { name, vhost, args } = declaration;
  const queue = called('queue', name, vhost);
  for (const [key, check] of ARGUMENTS) {
    const value = args.get(key);
    const wrong = value === undefined ? null : check(value);
    if (wrong !== null) throw preconditionFailed(`invalid arg '${key}' for ${queue}: ${wrong}`);
  }
  refuseArguments(args, REFUSED_ARGUMENTS, queue);
  for (const [property, refused] of PROPERTIES) {
    if (refused(declaration)) throw preconditionFailed(`invalid property '${property}' for ${queue}`);
  }
}

/** Throws 406, or 540 for a channel whose prefetch is shared by its consumers. `exclusive` is not heeded. */
export function checkQuorumConsumer(name: string, vhost: string, args: FieldTable, sharedPrefetch: boolean): void {
  const queue = called('queue', name, vhost);
  refuseArguments(args, REFUSED_CONSUMER_ARGUMENTS, queue);
  if (sharedPrefetch) throw notImplemented(`${queue} does not support global qos`);
}

function refuseArguments(args: FieldTable, refused: ReadonlySet<string>, queue: string): void {
  for (const key of args.keys()) {
    if (refused.has(key)) throw preconditionFailed(`invalid arg '${key}' for ${queue} of queue type rabbit_quorum_queue`);
  }
}

/** Throws 540. */
export function checkQuorumDeletion(
  name: string,
  vhost: string,
  { ifUnused, ifEmpty }: Record<'ifUnused' | 'ifEmpty', boolean>,
): void {
  const flag = ifUnused ? 'if-unused' : ifEmpty ? 'if-empty' : null;
  if (flag === null) return;
  const why = `queue.delete operations with ${flag} flag set are not supported by quorum queues`;
  throw notImplemented(`cannot delete ${called('queue', name, vhost)}. ${why}`);
}

/** What basic.get meets where there is a single active consumer: 405. */
export function noGetBesideActiveConsumer(name: string, vhost: string): ProtocolError {
  return new ProtocolError(
    REPLY.resourceLocked,
    `cannot obtain access to locked ${called('queue', name, vhost)}. basic.get operations are not supported by quorum queues ` +
      'with single active consumer',
  );
}
