/** Tells of messages that pass between nodes: to the home of a queue, from it to a consumer's node, and to its copies. */
import { labelOf } from '../../broker/label';
import type { Message } from '../../broker/message';
import type { Vhost } from '../../broker/vhost';
import type { MessageRef } from '../../trace/events';
import { shownLike } from '../teller';

/** A queue of this node, or its stand-in here. */
interface Told {
  readonly name: string;
  readonly vhost: Vhost;
}

/** This node sends a message of the queue to node `to`. */
export function tellForwarded({ name: queue, vhost }: Told, to: string, message: Message): void {
  const { host, name } = vhost;
  if (!host.trace.active) return;
  host.emit({ type: 'forwarded', vhost: name, queue, to: shownLike(host.nodeName, to), ...refOf(message) });
}

/** Node `to` has a copy of a message of the queue. */
export function tellReplicated({ name: queue, vhost }: Told, to: string, message: MessageRef): void {
  const { host, name } = vhost;
  host.emit({ type: 'replicated', vhost: name, queue, to: shownLike(host.nodeName, to), ...message });
}

export function refOf(message: Message): MessageRef {
  return { message: message.id, label: labelOf(message) };
}

interface Sent {
  readonly number: number;
  readonly message: MessageRef;
}

/** What the mirrors of a queue were sent: told once their nodes say that they have it. Keeps nothing while nobody listens. */
export class CopyTeller {
  /** By node, the oldest first. */
  private readonly underWay = new Map<string, Sent[]>();

  constructor(private readonly queue: Told) {}

  sent(node: string, number: number, message: Message): void {
    if (!this.queue.vhost.host.trace.active) return;
    const sent: Sent = { number, message: refOf(message) };
    const own = this.underWay.get(node);
    if (own === undefined) this.underWay.set(node, [sent]);
    else own.push(sent);
  }

  /** It has everything up to this number. */
  kept(node: string, number: number): void {
    const own = this.underWay.get(node);
    while (own !== undefined && own.length > 0 && (own[0] as Sent).number <= number) {
      tellReplicated(this.queue, node, (own.shift() as Sent).message);
    }
  }

  forget(node: string): void {
    this.underWay.delete(node);
  }
}
