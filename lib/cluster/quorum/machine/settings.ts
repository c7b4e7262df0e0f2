/**
 * What the state machine of a quorum queue is told, from the queue's arguments and the policies that rule it, by RabbitMQ's
 * rules: of most limits the smaller one holds, of overflow and expiry what the policy says, of dead letters what the argument
 * says.
 */
import type { FieldTable } from '../../../amqp/field-table';
import type { JsonObject } from '../../../broker/api';
import type { DeadLettering, QuorumConfig } from './config';

/** Deliveries that a consumer without a prefetch of its own may hold. */
export const UNLIMITED_PREFETCH = 2000;

/** `policy`: the definition of the effective policy, or null. */
export function quorumConfigOf(args: FieldTable, policy: JsonObject | null): QuorumConfig {
  const argument = (key: string): unknown => {
    const value = args.get(`x-${key}`)?.value;
    return typeof value === 'bigint' ? Number(value) : value;
  };
  const ruled = (key: string): unknown => policy?.[key];
  const overflow = ruled('overflow') ?? argument('overflow');
  const refuses = overflow === 'reject-publish';
  return {
    deliveryLimit: deliveryLimit(smaller(argument('delivery-limit'), ruled('delivery-limit'))),
    maxLength: smaller(argument('max-length'), ruled('max-length')),
    maxBytes: smaller(argument('max-length-bytes'), ruled('max-length-bytes')),
    overflow: refuses ? 'reject-publish' : 'drop-head',
    messageTtl: smaller(argument('message-ttl'), ruled('message-ttl')),
    expires: numberOf(ruled('expires')) ?? numberOf(argument('expires')),
    singleActive: argument('single-active-consumer') === true,
    deadLettering: deadLettering(
      argument('dead-letter-exchange') ?? ruled('dead-letter-exchange'),
      argument('dead-letter-strategy') ?? ruled('dead-letter-strategy'),
      refuses,
    ),
  };
}

/** A limit of less than nothing is not refused, and is reached by the first return. */
function deliveryLimit(limit: number | null): number | null {
  return limit === null ? null : Math.max(0, limit);
}

/** What is dropped for lack of room cannot wait for a confirm: a queue that drops promises less than it was asked for. */
function deadLettering(exchange: unknown, strategy: unknown, refuses: boolean): DeadLettering {
  if (typeof exchange !== 'string') return 'none';
  return strategy === 'at-least-once' && refuses ? 'at-least-once' : 'at-most-once';
}

function smaller(one: unknown, other: unknown): number | null {
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** RabbitMQ does not look at the type of a delivery limit: a text is no limit. */
function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
