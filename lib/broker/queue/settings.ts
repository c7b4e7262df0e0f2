/** What a classic queue's arguments ask of it, read once at declaration. */
import type { FieldTable } from '../../amqp/field-table';

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

export function settingsOf(args: FieldTable): QueueSettings {
  return args.size === 0 ? PLAIN : read(args);
}

function read(args: FieldTable): QueueSettings {
  const number = (key: string): number | null => {
    const value = args.get(key)?.value;
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
  };
  const text = (key: string): string | null => {
    const value = args.get(key)?.value;
    return typeof value === 'string' ? value : null;
  };
  return {
    messageTtl: number('x-message-ttl'),
    expires: number('x-expires'),
    maxLength: number('x-max-length'),
    maxLengthBytes: number('x-max-length-bytes'),
    overflow: (text('x-overflow') ?? 'drop-head') as QueueSettings['overflow'],
    deadLetterExchange: text('x-dead-letter-exchange'),
    deadLetterRoutingKey: text('x-dead-letter-routing-key'),
    maxPriority: number('x-max-priority') ?? 0,
    singleActiveConsumer: args.get('x-single-active-consumer')?.value === true,
  };
}

/** Most queues have no arguments and share these. */
const PLAIN: QueueSettings = read(new Map());
