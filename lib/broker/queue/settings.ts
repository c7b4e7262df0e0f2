/**
 * What its arguments and the policies that rule it ask of a classic queue. Where both say something, the smaller of two limits
 * holds, and of anything else what the argument says (RabbitMQ).
 */
import type { FieldTable } from '../../amqp/field-table';
import type { JsonObject } from '../api';

export interface QueueSettings {
  /** Milliseconds; null for none. */
  readonly messageTtl: number | null;
  readonly expires: number | null;
  readonly maxLength: number | null;
  readonly maxLengthBytes: number | null;
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
  readonly deadLetterExchange: string | null;
  readonly deadLetterRoutingKey: string | null;
  /** 0 for an ordinary queue. */
  readonly maxPriority: number;
  readonly singleActiveConsumer: boolean;
}

/** `policy`: the definition of the effective policy. */
export function settingsOf(args: FieldTable, policy: JsonObject | null): QueueSettings {
  return args.size === 0 && policy === null ? PLAIN : read(args, policy ?? {});
}

function read(args: FieldTable, policy: JsonObject): QueueSettings {
  const number = (key: string): number | null => {
    const value = args.get(key)?.value;
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
  };
  const limit = (key: string): number | null => {
    const argument = number(`x-${key}`);
    const ruled = policy[key];
    if (typeof ruled !== 'number') return argument;
    return argument === null ? ruled : Math.min(argument, ruled);
  };
  const text = (key: string): string | null => {
    const value = args.get(`x-${key}`)?.value ?? policy[key];
    return typeof value === 'string' ? value : null;
  };
  return {
    messageTtl: limit('message-ttl'),
    expires: limit('expires'),
    maxLength: limit('max-length'),
    maxLengthBytes: limit('max-length-bytes'),
    overflow: (text('overflow') ?? 'drop-head') as QueueSettings['overflow'],
    deadLetterExchange: text('dead-letter-exchange'),
    deadLetterRoutingKey: text('dead-letter-routing-key'),
    maxPriority: number('x-max-priority') ?? 0,
    singleActiveConsumer: args.get('x-single-active-consumer')?.value === true,
  };
}

/** Most queues have no arguments and share these. */
const PLAIN: QueueSettings = read(new Map(), {});
