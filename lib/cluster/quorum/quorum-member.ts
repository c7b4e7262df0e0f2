/** A member of a quorum queue: applies its log to the state machine, and leads when it is elected. */
import type { FieldTable } from '../../amqp/field-table';
import type { Message } from '../../broker/message';
import { readMessage } from '../remote/message-octets';
import { decodeCommand } from './machine/command-codec';
import { withDeliveryCount } from './machine/delivered';
import type { Effect } from './machine/effects';
import { octetsAt } from './machine/message-batch';
import { QuorumMachine } from './machine/quorum-machine';
import { ReleaseCursor } from './machine/release-cursor';
import { quorumConfigOf } from './machine/settings';
import type { QuorumAdmin } from './quorum-admin';
import { type LeaderHost, QuorumLeader } from './quorum-leader';
import type { GroupUser, RaftGroup } from '../raft/host/raft-group';
import type { Refusal, Request, RoleName } from '../raft/effects';
import { ENTRY, type Entry, type Snapshot } from '../raft/log';

export interface MemberHost extends LeaderHost {
  readonly args: FieldTable;
  /** Whoever changes the group's members. */
  readonly admin: Pick<QuorumAdmin, 'agreed' | 'refused' | 'transferAborted'>;
  /** It does not lead any more. */
  deposed(): void;
}

export class QuorumMember implements GroupUser {
  /** Set before anything can happen. */
  group!: RaftGroup;
  machine: QuorumMachine;
  leader: QuorumLeader | null = null;
  private cursor = new ReleaseCursor();
  private readonly effects: Effect[] = [];

  constructor(private readonly host: MemberHost) {
    this.machine = this.begun();
  }

  /** All members begin by the arguments, which are the same everywhere; policies come through the log. */
  private begun(): QuorumMachine {
    return QuorumMachine.create(quorumConfigOf(this.host.args, null));
  }

  restore({ data }: Snapshot): void {
    this.machine = data.length === 0 ? this.begun() : QuorumMachine.restore(data);
    this.cursor = new ReleaseCursor();
  }

  apply(index: number, { term, kind, data }: Entry): void {
    const { leader } = this;
    const own = leader !== null && term === leader.term;
    if (kind === ENTRY.noop && own) leader.begin();
    if (kind === ENTRY.members) this.host.admin.agreed();
    if (kind !== ENTRY.command) return;
    const { time, command } = decodeCommand(data);
    const { effects, machine } = this;
    machine.apply(command, { index, time }, effects);
    if (own) leader.applied(command, effects);
    effects.length = 0;
    const messages = command.type === 'enqueue' ? command.messages.count : 1;
    const release = this.cursor.applied(machine, index, data.length, messages);
    if (release !== null) this.group.step({ kind: 'compact', index: release.index, data: release.snapshot });
  }

  changed(role: RoleName, term: number): void {
    const leads = role === 'leader';
    if (leads && this.leader?.term === term) return;
    const led = this.leader !== null;
    this.leader?.end();
    this.leader = leads ? new QuorumLeader(term, () => this.machine, this.group, this.host) : null;
    if (led && !leads) this.host.deposed();
  }

  membersChanged(): void {
    this.leader?.announceAll();
  }

  refused(request: Request, reason: Refusal, count: number): void {
    if (request !== 'propose') this.host.admin.refused(request, reason);
    else if (this.leader !== null) this.leader.lost(count);
  }

  /** What was refused meanwhile is asked for again when the clients hear who leads. */
  transferAborted(): void {
    this.leader?.announceAll();
    this.host.admin.transferAborted();
  }

  /** The ready message at this position, 1 being the next one, as it would be delivered. */
  peek(position: number): Message | null {
    const entry = this.machine.readyAt(position);
    if (entry === null) return null;
    const message = readMessage(octetsAt(this.group.entry(entry.index).data, entry.at));
    return withDeliveryCount(message, entry.returns);
  }

  copied(node: string, index: number): void {
    this.leader?.teller.copied(node, index);
  }

  end(): void {
    this.leader?.end();
    this.leader = null;
  }
}
