/**
 * Changes of a quorum queue's members, asked for on any node and made by the leader; and what each member says of itself.
 *
 * Who is added gets a name of its own, and is told to wait for the log before the group hears of it. Who is removed is told to
 * throw its log away once the others have agreed.
 */
import type { World } from '../../world/world';
import type { Item, MemberChange, MemberStatus } from './quorum-wire';
import type { RaftGroup } from '../raft/host/raft-group';
import { memberId, nodeOf } from '../raft/host/raft-ids';
import type { Refusal, Request } from '../raft/effects';

export interface AdminHost {
  readonly world: World;
  /** Of the member here; null on a node that has none. */
  readonly group: RaftGroup | null;
  /** The node that leads. */
  readonly leader: string | null;
  send(to: string, item: Item): void;
  /** A member of this name begins here, in the place of any that was here before. */
  join(member: string): void;
  /** There is no member here any more. */
  leave(): void;
}

interface UnderWay {
  readonly what: MemberChange;
  readonly node: string;
  /** Of the member that it is about. */
  readonly id: string;
  tries: number;
  done(refusal: string): void;
}

/** Another change may be under way: so often it is tried again, so many milliseconds later. */
const TRIES = 50;
const LATER = 100;

const REQUESTS: Readonly<Record<MemberChange, Request>> = { add: 'addMember', remove: 'removeMember', transfer: 'transfer' };

export class QuorumAdmin {
  private calls = 0;
  private readonly changes = new Map<number, (refusal: string) => void>();
  private readonly questions = new Map<number, (status: MemberStatus | null) => void>();
  /** On the leader. One at a time. */
  private underWay: UnderWay | null = null;
  private readonly waiting: UnderWay[] = [];

  constructor(private readonly host: AdminHost) {}

  // --- where it is asked for ---

  /** Answers with an empty text, or why it is not done. */
  change(what: MemberChange, node: string, answer: (refusal: string) => void): void {
    const { leader } = this.host;
    if (leader === null) {
      answer('timeout');
      return;
    }
    const call = ++this.calls;
    this.changes.set(call, answer);
    this.host.send(leader, { do: 'change', call, what, node });
  }

  changed(call: number, refusal: string): void {
    this.changes.get(call)?.(refusal);
    this.changes.delete(call);
  }

  /** Null if nothing of the queue runs there. */
  ask(node: string, answer: (status: MemberStatus | null) => void): void {
    const call = ++this.calls;
    this.questions.set(call, answer);
    this.host.send(node, { do: 'status', call });
  }

  told(call: number, status: MemberStatus | null): void {
    this.questions.get(call)?.(status);
    this.questions.delete(call);
  }

  status(): MemberStatus | null {
    const { group } = this.host;
    if (group === null) return null;
    const { role, lastIndex, commitIndex, snapshotIndex, term } = group;
    return { role, lastIndex, commitIndex, snapshotIndex, term };
  }

  // --- on the leader ---

  begin(from: string, call: number, what: MemberChange, node: string): void {
    const { group } = this.host;
    const done = (refusal: string): void => this.host.send(from, { do: 'changed', call, refusal });
    if (group === null || !group.isLeader) {
      done('not_leader');
      return;
    }
    const known = [...group.members.voters, ...group.members.learners].find((id) => nodeOf(id) === node);
    if (what === 'add' && known === undefined) {
      const id = memberId(node, Buffer.from(this.host.world.random.bytes(4)).toString('hex'));
      this.host.send(node, { do: 'join', member: id });
      this.waiting.push({ what, node, id, tries: 0, done });
    } else if (what !== 'add' && known !== undefined) {
      this.waiting.push({ what, node, id: known, tries: 0, done });
    } else {
      done(what === 'add' ? 'already_a_member' : 'not_a_member');
      return;
    }
    this.next();
  }

  private next(): void {
    if (this.underWay !== null) return;
    const change = this.waiting.shift();
    if (change === undefined) return;
    this.underWay = change;
    this.request(change);
  }

  private request(change: UnderWay): void {
    const { group } = this.host;
    const { what, id } = change;
    if (this.underWay !== change) return;
    if (group === null || !group.isLeader) this.finish('not_leader');
    else if (what === 'transfer') {
      if (nodeOf(group.memberId) === change.node) this.finish('');
      else group.step({ kind: 'transfer', to: id });
    } else group.step({ kind: what === 'add' ? 'addMember' : 'removeMember', id });
  }

  refused(request: Request, reason: Refusal): void {
    const change = this.underWay;
    if (change === null || REQUESTS[change.what] !== request) return;
    if (reason === 'changing' && change.tries++ < TRIES) this.host.world.clock.after(LATER, () => this.request(change));
    else this.finish(reason);
  }

  transferAborted(): void {
    if (this.underWay?.what === 'transfer') this.finish('timeout');
  }

  /** The members are certain now. */
  agreed(): void {
    const { underWay, host } = this;
    const { group } = host;
    if (group === null) return;
    const { voters, learners } = group.members;
    const isMember = (id: string): boolean => voters.includes(id) || learners.includes(id);
    if (underWay?.what === 'add' && voters.includes(underWay.id)) this.finish('');
    if (underWay?.what === 'remove' && !isMember(underWay.id)) {
      if (nodeOf(group.memberId) !== underWay.node) host.send(underWay.node, { do: 'leave' });
      this.finish('');
    }
    if (!isMember(group.memberId)) host.world.turn.atEnd(() => host.leave());
  }

  /** This node does not lead any more. */
  deposed(): void {
    const { underWay } = this;
    if (underWay !== null) this.finish(underWay.what === 'transfer' ? '' : 'not_leader');
    for (const { done } of this.waiting.splice(0)) done('not_leader');
  }

  private finish(refusal: string): void {
    const { underWay } = this;
    this.underWay = null;
    underWay?.done(refusal);
    this.next();
  }

  /** Nobody answers any more. `node`: who has gone. */
  nodeDown(): void {
    for (const answer of this.questions.values()) answer(null);
    this.questions.clear();
    for (const answer of this.changes.values()) answer('timeout');
    this.changes.clear();
  }
}
