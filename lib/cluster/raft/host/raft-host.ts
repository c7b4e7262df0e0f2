/**
 * The groups of one node: gives them time, takes their messages to other nodes, and has their writes made safe together.
 *
 * What all groups have for one node during a turn leaves in one message at its end. Groups are woken at common moments, so the
 * heartbeats of many idle groups travel together, too.
 */
import type { Storage } from '../../../storage/storage';
import type { Timer, World } from '../../../world/world';
import type { PeerMessage } from '../../links/peer-frames';
import { OctetReader, OctetWriter } from '../../quorum/machine/octets';
import { type GroupHost, type GroupUser, RaftGroup } from './raft-group';
import { readMessages, writeMessage } from './raft-codec';
import { nodeOf } from './raft-ids';
import { RaftStorage } from './raft-storage';
import { type Members, NOBODY } from '../members';
import type { Message } from '../messages';
import type { RaftOptions } from '../options';
import { Raft } from '../raft';
import { founding, type Restored } from '../storage';

export interface RaftHostParts {
  /** `rabbit1@localhost` */
  readonly self: string;
  readonly world: World;
  readonly storage: Storage;
  send(to: string, message: PeerMessage, body: Buffer): void;
  /** A message for a group that is not here. */
  stray?(group: string, message: Message): void;
  readonly options?: Partial<RaftOptions>;
}

/** Milliseconds: groups that want to be woken within such a span are woken together. */
const SPAN = 20;
const BATCH: PeerMessage = { type: 'raft.batch' };

export class RaftHost implements GroupHost {
  private readonly groups = new Map<string, RaftGroup>();
  /** Groups whose members here are still to be founded. */
  private readonly expected = new Set<string>();
  /** For each node what this turn has for it so far. */
  private readonly outboxes = new Map<string, OctetWriter>();
  private proposers: RaftGroup[] = [];
  private armed = false;
  private timer: Timer | null = null;
  private timerAt = Number.POSITIVE_INFINITY;
  /** Groups that wrote since the storage's batch began that is `batch`, and the number of each one's last write. */
  private written = new Map<RaftGroup, number>();
  private batch = -1;
  private ended = false;

  constructor(private readonly parts: RaftHostParts) {}

  get self(): string {
    return this.parts.self;
  }

  group(id: string): RaftGroup | undefined {
    return this.groups.get(id);
  }

  // --- groups come and go ---

  /**
   * A member that an earlier life of the node has left, or null if there is none. Throws `RecordsLost` and `StorageDamaged`.
   * The user is told of its snapshot at once.
   */
  restore(id: string, user: GroupUser): RaftGroup | null {
    const storage = this.storageOf(id);
    const restored = storage?.restored() ?? null;
    if (storage?.expected === true) this.expected.add(id);
    return storage === null || restored === null ? null : this.start(id, storage.id, storage, restored, user);
  }

  /** Notes that a member will be founded when somebody tells with whom, also in a later life of the node. */
  expect(id: string): void {
    this.expected.add(id);
    this.storageOf(id)?.expect();
  }

  /** Whether this was noted, and nothing has come of it yet. */
  expects(id: string): boolean {
    return this.expected.has(id);
  }

  /** A new group, which begins so on all its members. */
  found(id: string, members: readonly string[], user: GroupUser): RaftGroup {
    return this.begin(id, this.self, { voters: members, learners: [] }, user);
  }

  /** A member that the group has been, or will be, told of. */
  join(id: string, memberId: string, user: GroupUser): RaftGroup {
    return this.begin(id, memberId, NOBODY, user);
  }

  private begin(id: string, memberId: string, members: Members, user: GroupUser): RaftGroup {
    this.expected.delete(id);
    const storage = this.storageOf(id);
    const restored = founding(members);
    storage?.found(memberId, restored);
    return this.start(id, memberId, storage, restored, user);
  }

  private storageOf(id: string): RaftStorage | null {
    const journal = this.parts.storage.journal(id);
    return journal === null ? null : new RaftStorage(journal);
  }

  private start(id: string, memberId: string, storage: RaftStorage | null, restored: Restored, user: GroupUser): RaftGroup {
    const { world, options } = this.parts;
    const raft = new Raft({ id: memberId, restored, random: world.random, ...(options && { options }) }, this.now());
    const group = new RaftGroup(id, raft, storage, user, this);
    this.groups.set(id, group);
    user.restore(restored.snapshot);
    this.stepped(group);
    return group;
  }

  /** With all that was ever kept of it here. */
  destroy(id: string): void {
    const group = this.groups.get(id);
    this.groups.delete(id);
    this.expected.delete(id);
    if (group !== undefined) group.destroy();
    else this.parts.storage.journal(id)?.destroy();
  }

  /** What earlier lives left of groups that are not here any more. */
  dropOthers(): void {
    for (const id of [...this.parts.storage.journals()]) {
      if (!this.groups.has(id) && !this.expected.has(id)) this.parts.storage.journal(id)?.destroy();
    }
  }

  end(): void {
    this.ended = true;
    this.timer?.cancel();
    for (const group of this.groups.values()) group.end();
  }

  // --- the cluster ---

  /** A batch of messages for this node. */
  message(from: string, body: Buffer): void {
    readMessages(new OctetReader(body), from, this.self, (id, message) => {
      const group = this.groups.get(id);
      // Or it is for a member of this node that was, and is no more.
      if (group === undefined) this.parts.stray?.(id, message);
      else if (group.memberId === message.to) group.step({ kind: 'message', message });
    });
  }

  nodeDown(name: string): void {
    this.outboxes.delete(name);
    for (const group of this.groups.values()) {
      const { voters, learners } = group.members;
      for (const peer of [...voters, ...learners]) if (nodeOf(peer) === name) group.step({ kind: 'connectionLost', peer });
    }
  }

  // --- for the groups ---

  now(): number {
    return this.parts.world.clock.now();
  }

  send(id: string, message: Message): void {
    const node = nodeOf(message.to);
    let outbox = this.outboxes.get(node);
    if (outbox === undefined) {
      outbox = new OctetWriter();
      this.outboxes.set(node, outbox);
    }
    writeMessage(outbox, id, message);
    this.arm();
  }

  proposes(group: RaftGroup): void {
    this.proposers.push(group);
    this.arm();
  }

  wrote(group: RaftGroup, number: number): void {
    const { storage } = this.parts;
    if (storage.batch !== this.batch) {
      this.batch = storage.batch;
      const written = new Map<RaftGroup, number>();
      this.written = written;
      storage.afterSync(() => {
        if (this.ended) return;
        for (const [one, last] of written) one.step({ kind: 'written', number: last });
      });
    }
    this.written.set(group, number);
  }

  stepped(group: RaftGroup): void {
    const { wakeAt } = group;
    if (wakeAt < this.timerAt) this.wakeAt(wakeAt);
  }

  failed(group: RaftGroup, error: Error): void {
    this.parts.world.log.write('critical', `Raft group ${group.id} takes no part any more: ${error.stack ?? error.message}`);
  }

  // --- turns and time ---

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    this.parts.world.turn.atEnd(this.endOfTurn);
  }

  private readonly endOfTurn = (): void => {
    this.armed = false;
    if (this.ended) return;
    const proposers = this.proposers;
    this.proposers = [];
    for (const group of proposers) group.flushProposals();
    for (const [node, outbox] of this.outboxes) if (!outbox.empty) this.parts.send(node, BATCH, outbox.take());
  };

  private wakeAt(when: number): void {
    this.timer?.cancel();
    this.timerAt = Math.ceil(when / SPAN) * SPAN;
    if (this.timerAt === Number.POSITIVE_INFINITY || this.ended) return;
    this.timer = this.parts.world.clock.after(Math.max(0, this.timerAt - this.now()), this.wake);
  }

  private readonly wake = (): void => {
    this.timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    for (const group of this.groups.values()) if (group.wakeAt <= now) group.step({ kind: 'tick' });
    let next = Number.POSITIVE_INFINITY;
    for (const group of this.groups.values()) next = Math.min(next, group.wakeAt);
    if (next < this.timerAt) this.wakeAt(next);
  };
}
