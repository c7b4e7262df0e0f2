/** What a queue tells of its messages. Whoever calls asks first whether anybody listens. */
import type { DeathReason } from '../../trace/events';
import { labelOf } from '../label';
import type { Message } from '../message';
import type { DefinedQueue } from './defined-queue';

type Happening =
  | { readonly type: 'enqueued'; readonly depth: number }
  | { readonly type: 'settled' | 'requeued' }
  | { readonly type: 'dropped'; readonly reason: DeathReason };

export function tellOf(happening: Happening, message: Message, { vhost, name }: DefinedQueue): void {
  vhost.host.emit({ ...happening, vhost: vhost.name, queue: name, message: message.id, label: labelOf(message) });
}
