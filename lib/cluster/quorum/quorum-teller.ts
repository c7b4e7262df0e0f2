/** Tells the trace what happens to the messages of a quorum queue, as its leader sees it. */
import { labelOf } from '../../broker/label';
import type { Vhost } from '../../broker/vhost';
import type { DeathReason, EventBody } from '../../trace/events';
import { refOf, tellForwarded, tellReplicated } from '../remote/message-teller';
import { MessageReader, readMessage } from '../remote/message-octets';
import { decodeCommand } from './machine/command-codec';
import { type MessageBatch, octetsAt } from './machine/message-batch';
import { ENTRY } from '../raft/log';
import type { RaftGroup } from '../raft/host/raft-group';

export interface TellerHost {
  readonly self: string;
  readonly name: string;
  readonly vhost: Vhost;
  readonly ref: { readonly vhost: string; readonly queue: string };
  /** Somebody listens; without that nothing is told. */
  readonly tracing: boolean;
  emit(event: EventBody): void;
}

export class QuorumTeller {
  /** By node, up to where it was told that it has what the log says. */
  private readonly toldCopied = new Map<string, number>();
  /** The log's end when the term began. */
  private readonly beganAt: number;

  constructor(
    private readonly host: TellerHost,
    private readonly group: RaftGroup,
  ) {
    this.beganAt = group.lastIndex;
  }

  /** `depth`: ready messages after the last of these. */
  enqueued(messages: MessageBatch, depth: number): void {
    const { host } = this;
    if (!host.tracing) return;
    const reader = new MessageReader();
    const cursor = messages.cursor();
    for (let behind = messages.count - 1; behind >= 0; behind--) {
      cursor.next();
      const message = reader.read(octetsAt(messages.bytes, cursor.at));
      const before = Math.max(0, depth - behind);
      host.emit({ type: 'enqueued', ...host.ref, message: message.id, label: labelOf(message), depth: before });
    }
  }

  /** To a consumer of that node. */
  delivered(node: string, octets: Buffer): void {
    if (this.host.tracing && node !== this.host.self) tellForwarded(this.host, node, readMessage(octets));
  }

  dropped(octets: () => Buffer, reason: DeathReason): void {
    const { host } = this;
    if (!host.tracing) return;
    const message = readMessage(octets());
    host.emit({ type: 'dropped', ...host.ref, message: message.id, label: labelOf(message), reason });
  }

  /** That node has the log up to there, on its disk. */
  copied(node: string, index: number): void {
    const { host, group, toldCopied, beganAt } = this;
    const before = Math.max(toldCopied.get(node) ?? beganAt, group.snapshotIndex);
    if (!host.tracing || index <= before) return;
    toldCopied.set(node, index);
    for (let at = before + 1; at <= index; at++) {
      const { kind, data } = group.entry(at);
      const command = kind === ENTRY.command ? decodeCommand(data).command : null;
      if (command?.type !== 'enqueue') continue;
      const { messages } = command;
      const cursor = messages.cursor();
      for (let left = messages.count; left > 0; left--) {
        cursor.next();
        tellReplicated(host, node, refOf(readMessage(octetsAt(messages.bytes, cursor.at))));
      }
    }
  }
}
