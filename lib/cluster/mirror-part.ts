/**
 * The part of a node that keeps mirrored queues: the mirrors that it has of queues on other nodes, and the mirrors of its own. Who
 * mirrors a queue, and who of them is synchronised, stands in the queue's definition, changed by its home under a turn; so all
 * nodes come to the same when the home is gone.
 */
import { ClassicQueue } from '../broker/queue/classic';
import type { Mirror, Queue, QueueAttributes } from '../broker/queue/queue';
import type { Vhost } from '../broker/vhost';
import type { QueuePartsHost } from './application';
import { BatchWire, Octets } from './batch-wire';
import { MirrorCopy, type Origins } from './mirror-copy';
import { MirrorLeader } from './mirror-leader';
import type { Origin } from './mirror-link';
import { isMirrored, isPromoted, placement, syncBatch, synchronisesItself } from './mirror-policy';
import type { MirrorItem, ToHome, ToMirror } from './mirror-wire';
import type { ClusterPart } from './part';
import type { PeerMessage } from './peer-frames';
import { keyOf, partsOf, type QueueKey } from './queue-wire';

/**
 * Where a queue is that lives on another node: there; gone with its node; waiting until that comes back; or about to begin anew
 * from a mirror.
 */
export type Fate = 'home' | 'down' | 'stopped' | 'promoting';

export interface MirrorPartPort {
  /** The object that stands for a queue of another node. */
  remote(vhost: Vhost, attributes: QueueAttributes): Queue;
}

export class MirrorPart implements ClusterPart {
  readonly leaders = new Map<Queue, MirrorLeader>();
  private readonly byLink = new Map<number, MirrorLeader>();
  /** Mirrors on this node. */
  private readonly copies = new Map<QueueKey, MirrorCopy>();
  /** Nodes that stop in order. */
  private readonly leavers = new Set<string>();
  private readonly wire: BatchWire<MirrorItem>;
  private lastLink = 0;
  private left = false;
  /** Of queues that have begun anew on this node: what they had from which publish. */
  private readonly origins = new Map<string, Origins>();
  /** Questions of the tools that the homes of queues have not answered. */
  private readonly questions = new Map<number, (done: boolean) => void>();

  constructor(
    private readonly host: QueuePartsHost,
    private readonly port: MirrorPartPort,
  ) {
    this.wire = new BatchWire('mirror.batch', host, host.world.turn);
  }

  // --- what becomes of queues of other nodes ---

  fate({ home, mirrors, ruling, vhost, name, id }: Queue): Fate {
    const { running, self } = this.host;
    if (running.includes(home)) return 'home';
    const copy = this.copies.get(keyOf(vhost.name, name));
    const present = (mirrors ?? []).filter(({ node }) => (node === self ? copy?.id === id : running.includes(node)));
    if (present.length === 0) return 'down';
    return isPromoted(ruling?.definition ?? null, present, this.leavers.has(home)) ? 'promoting' : 'stopped';
  }

  /** The first mirror that runs takes the place of a home that is gone. */
  private promote(queue: Queue): void {
    const { host } = this;
    const { running, self } = host;
    if (this.fate(queue) !== 'promoting') {
      // It stays where it is, and waits for its home; RabbitMQ stops the mirrors.
      if (this.fate(queue) === 'stopped') this.copies.get(keyOf(queue.vhost.name, queue.name))?.forget();
      return;
    }
    if (queue.mirrors?.find(({ node }) => running.includes(node))?.node !== self) return;
    host.change(
      () => {
        const now = queue.vhost.queues.get(queue.name);
        if (now?.id !== queue.id || this.fate(now) !== 'promoting') return;
        this.lead(now, now.mirrors ?? [], false);
      },
      () => undefined,
    );
  }

  /** This node is the home from now on, with what its copy has. In a turn. */
  private lead(queue: Queue, mirrors: readonly Mirror[], inOrder: boolean): void {
    const { host } = this;
    const { vhost, name } = queue;
    const key = keyOf(vhost.name, name);
    const copy = this.copies.get(key);
    this.copies.delete(key);
    if (copy !== undefined) this.origins.set(queue.id, copy.origins);
    const { durable, autoDelete, owner, args, id } = queue;
    const missing = copy?.missing ?? 0;
    const attributes = { name, durable, autoDelete, owner, args, id, home: host.self, mirrors: [] };
    const next = new ClassicQueue(vhost, attributes, copy?.take() ?? []);
    this.log(queue, `Promoting mirror <${host.self}> to leader`);
    const others = mirrors.filter(({ node }) => node !== host.self && host.running.includes(node));
    const leader = this.leader(next);
    next.mirrors = others.map(({ node }) => ({ node, synchronised: leader.add(node) }));
    vhost.replaceQueue(queue, next);
    host.broker.catalogue.queueRelocated(next);
    const shown = { vhost: vhost.name, queue: name };
    host.broker.emit({
      type: 'queue.promoted',
      ...shown,
      from: this.shown(queue.home),
      synchronised: missing === 0,
      lost: missing,
    });
    if (missing > 0) host.broker.emit({ type: 'messages.lost', ...shown, reason: 'promotion', count: missing, messages: [] });
    // Those that lacked nothing are to lack nothing again, whatever the policy says of others.
    if (inOrder || mirrors.some(({ node, synchronised }) => synchronised && leader.links.has(node))) this.synchronise(leader);
    this.ruled(next);
  }

  /** Another node, or this one in its turn, has changed where the queue lives, or who mirrors it. */
  relocated(queue: Queue, home: string, mirrors: readonly Mirror[] | null): void {
    const { self } = this.host;
    if (queue.kind === 'quorum') return;
    if (queue.home === home) {
      if (home !== self) queue.mirrors = mirrors;
      return;
    }
    if (home === self) this.lead(queue, mirrors ?? [], true);
    else this.handOver(queue, home, mirrors);
  }

  private handOver(queue: Queue, home: string, mirrors: readonly Mirror[] | null): void {
    const { vhost } = queue;
    const { name, durable, autoDelete, owner, args, id } = queue;
    const next = this.port.remote(vhost, { name, durable, autoDelete, owner, args, id, home, mirrors });
    vhost.replaceQueue(queue, next);
  }

  /** For a queue of this node: the message that is published next comes from there. */
  comesFrom(queue: Queue, origin: Origin): void {
    const leader = this.leaders.get(queue);
    if (leader !== undefined) leader.origin = origin;
  }

  /** Whether a message that is published again is in the queue already: its old home had told this node of it. */
  hasFrom({ id }: Queue, { from, number }: Origin): boolean {
    return this.origins.get(id)?.has(from, number) ?? false;
  }

  /** The queue is gone, also from here. */
  forget({ vhost, name, id }: Queue): void {
    const copy = this.copies.get(keyOf(vhost.name, name));
    if (copy?.id === id) this.end(copy);
  }

  /** The node on which a queue waits for its home leaves the cluster for good: it begins anew, empty (RabbitMQ). In a turn. */
  abandonHome(queue: Queue): void {
    const { running, self, broker } = this.host;
    if (this.fate(queue) !== 'stopped') return;
    const next = queue.mirrors?.find(({ node }) => running.includes(node))?.node;
    if (next === undefined) return;
    if (next === self) this.lead(queue, [], true);
    else {
      this.handOver(queue, next, []);
      broker.catalogue.queueRelocated(queue.vhost.queues.get(queue.name) as Queue);
    }
  }

  // --- queues of this node ---

  /** The queue was made, or other policies rule it: its mirrors may be others now. */
  ruled(queue: Queue): void {
    if (!(queue instanceof ClassicQueue) || queue.owner !== null) return;
    if (this.leaders.has(queue) || isMirrored(queue.ruling?.definition ?? null)) this.arrangeInTurn(queue);
  }

  /** A queue that is declared is mirrored from the beginning. */
  declared(queue: ClassicQueue): void {
    if (queue.owner === null && isMirrored(queue.ruling?.definition ?? null)) this.arrange(queue);
  }

  private arrangeInTurn(queue: ClassicQueue): void {
    if (this.isArranged(queue)) return;
    this.host.change(
      () => {
        if (queue.gone) return;
        if (this.arrange(queue)) this.host.broker.catalogue.queueRelocated(queue);
      },
      () => undefined,
    );
  }

  private isArranged(queue: ClassicQueue): boolean {
    const policy = queue.ruling?.definition ?? null;
    if (!isMirrored(policy)) return queue.mirrors === null;
    const { home, mirrors } = this.wanted(queue, policy);
    const present = queue.mirrors?.map(({ node }) => node);
    if (home === queue.home && present !== undefined && isSame(present, mirrors)) {
      this.maybeSynchronise(queue);
      return true;
    }
    return false;
  }

  private wanted(queue: ClassicQueue, policy: Parameters<typeof placement>[0]): ReturnType<typeof placement> {
    const { world, running } = this.host;
    const pick = (nodes: readonly string[]): readonly string[] => {
      const start = Math.floor(world.random.float() * Math.max(1, nodes.length));
      return [...nodes.slice(start), ...nodes.slice(0, start)];
    };
    return placement(policy, queue.home, queue.mirrors ?? [], running, pick);
  }

  /** Adds and drops mirrors as the policy wants it, or moves the queue. Returns whether anything has changed. In a turn. */
  private arrange(queue: ClassicQueue): boolean {
    const policy = queue.ruling?.definition ?? null;
    if (!isMirrored(policy)) return this.endMirroring(queue);
    const leader = this.leaders.get(queue) ?? this.leader(queue);
    const wanted = this.wanted(queue, policy);
    const before = queue.mirrors;
    for (const { node } of before ?? []) {
      if (node === wanted.home || wanted.mirrors.includes(node)) continue;
      leader.links.get(node)?.end();
      this.drop(leader, node, this.host.running.includes(node) ? 'policy' : 'node-down');
    }
    const mirrors = wanted.mirrors.map((node): Mirror => {
      const known = before?.find((mirror) => mirror.node === node);
      return known !== undefined && leader.links.has(node) ? known : this.addMirror(leader, node);
    });
    if (wanted.home !== queue.home) return this.move(queue, wanted.home, mirrors);
    queue.mirrors = mirrors;
    this.maybeSynchronise(queue);
    return (
      before === null ||
      !isSame(
        before.map(({ node }) => node),
        wanted.mirrors,
      )
    );
  }

  private addMirror(leader: MirrorLeader, node: string): Mirror {
    const synchronised = leader.add(node);
    const { vhost, name } = leader.queue;
    this.log(leader.queue, `Adding mirror on node ${node}`);
    this.host.broker.emit({ type: 'mirror.added', vhost: vhost.name, queue: name, mirror: this.shown(node), synchronised });
    return { node, synchronised };
  }

  private drop(leader: MirrorLeader, node: string, reason: 'policy' | 'node-down'): void {
    if (!leader.links.has(node)) return;
    leader.remove(node);
    const { vhost, name } = leader.queue;
    this.host.broker.emit({ type: 'mirror.dropped', vhost: vhost.name, queue: name, mirror: this.shown(node), reason });
  }

  private endMirroring(queue: ClassicQueue): boolean {
    const leader = this.leaders.get(queue);
    if (leader === undefined) return false;
    for (const [node, link] of [...leader.links]) {
      link.end();
      this.drop(leader, node, 'policy');
    }
    leader.ended();
    queue.replication = null;
    queue.mirrors = null;
    return true;
  }

  /** The queue goes on on another node, whose mirror has everything. In a turn. */
  private move(queue: ClassicQueue, home: string, mirrors: readonly Mirror[]): boolean {
    const { self, broker } = this.host;
    const { vhost, name } = queue;
    const leader = this.leaders.get(queue) as MirrorLeader;
    // What it was told comes before the news that it is the home; the copies go on as they are.
    this.wire.flush();
    leader.links.clear();
    const others = mirrors.filter(({ node }) => node !== home && node !== self);
    const synchronised = queue.readyCount + queue.unackedCount === 0;
    this.handOver(
      queue,
      home,
      others.map(({ node }) => ({ node, synchronised })),
    );
    broker.catalogue.queueRelocated(vhost.queues.get(name) as Queue);
    return false;
  }

  private leader(queue: ClassicQueue): MirrorLeader {
    const { host } = this;
    const leader: MirrorLeader = new MirrorLeader(queue, {
      wire: this.wire,
      storage: host.storage,
      clock: host.world.clock,
      newLink: () => {
        this.byLink.set(++this.lastLink, leader);
        return this.lastLink;
      },
      complete: (_leader, node, copied) => this.complete(leader, node, copied),
      leaving: () => this.leave(),
      ended: () => this.leaders.delete(queue),
    });
    this.leaders.set(queue, leader);
    queue.replication = leader;
    queue.mirrors ??= [];
    return leader;
  }

  /** A mirror lacks nothing any more: the cluster is told. */
  private complete(leader: MirrorLeader, mirror: string, messages: number): void {
    const { queue } = leader;
    const { broker } = this.host;
    if (queue.mirrors?.find(({ node }) => node === mirror)?.synchronised !== false) return;
    if (messages > 0) this.log(queue, 'Synchronising: complete');
    this.host.change(
      () => {
        if (queue.gone || !leader.links.has(mirror)) return;
        queue.mirrors = (queue.mirrors ?? []).map((one) => (one.node === mirror ? { node: mirror, synchronised: true } : one));
        broker.catalogue.queueRelocated(queue);
        const { vhost, name } = queue;
        broker.emit({ type: 'mirror.synchronised', vhost: vhost.name, queue: name, mirror: this.shown(mirror), messages });
      },
      // It may have been what the queue waits for to leave this node.
      () => this.ruled(queue),
    );
  }

  private maybeSynchronise(queue: ClassicQueue): void {
    const leader = this.leaders.get(queue);
    if (leader !== undefined && synchronisesItself(queue.ruling?.definition ?? null)) this.synchronise(leader);
  }

  private synchronise(leader: MirrorLeader): void {
    const { queue } = leader;
    const size = syncBatch(queue.ruling?.definition ?? null);
    const count = leader.synchronise(size);
    if (count === 0) return;
    this.log(queue, `Synchronising: ${count} messages to synchronise`);
    this.log(queue, `Synchronising: batch size: ${size}`);
  }

  // --- nodes come and go ---

  nodeUp(name: string): void {
    this.leavers.delete(name);
    for (const queue of [...this.leaders.keys()]) this.ruled(queue);
  }

  nodeDown(name: string): void {
    this.wire.forget(name);
    for (const [queue, leader] of [...this.leaders]) {
      if (!leader.links.has(name)) continue;
      this.drop(leader, name, 'node-down');
      this.ruled(queue);
    }
    for (const { queues } of this.host.broker.vhosts.values()) {
      for (const queue of [...queues.values()]) {
        if (queue.mirrors !== null && !this.host.running.includes(queue.home)) this.promote(queue);
      }
    }
  }

  /** Once, when the first of the mirrored queues is told that the node stops. */
  private leave(): void {
    if (this.left) return;
    this.left = true;
    for (const name of this.host.running) if (name !== this.host.self) this.wire.add(name, { do: 'leaving' });
  }

  // --- messages ---

  message(from: string, { items }: PeerMessage, body: Buffer): void {
    const octets = new Octets(body);
    for (const item of items as readonly MirrorItem[]) this.item(from, item, octets);
  }

  private item(from: string, item: MirrorItem, octets: Octets): void {
    switch (item.do) {
      case 'begin':
        this.begin(from, item);
        break;
      case 'keep':
        this.keep(from, item, octets);
        break;
      case 'drop':
        this.copyOf(from, item.link)?.drop(item.positions);
        break;
      case 'end':
        this.end(this.copyOf(from, item.link));
        break;
      case 'kept':
        this.byLink.get(item.link)?.kept(from, item.number);
        break;
      case 'leaving':
        this.leavers.add(from);
        break;
      case 'answer':
        this.questions.get(item.call)?.(item.done);
        this.questions.delete(item.call);
        break;
      default:
        this.asked(from, item);
    }
  }

  private begin(from: string, item: ToMirror & { readonly do: 'begin' }): void {
    const { storage } = this.host;
    const { link } = item;
    const tell = (number: number): void => this.tellKept(from, link, number);
    this.copies.set(item.queue, new MirrorCopy(from, item, storage, tell));
  }

  private keep(from: string, item: ToMirror & { readonly do: 'keep' }, octets: Octets): void {
    const copy = this.copyOf(from, item.link);
    if (copy === undefined) for (const size of item.sizes) octets.next(size);
    else copy.keep(item, octets, this.host.world.clock.now());
  }

  private tellKept(to: string, link: number, number: number): void {
    const last = this.wire.last(to);
    if (last?.do === 'kept' && last.link === link) last.number = number;
    else this.wire.add(to, { do: 'kept', link, number });
  }

  private copyOf(from: string, link: number): MirrorCopy | undefined {
    for (const copy of this.copies.values()) if (copy.link === link && copy.from === from) return copy;
    return undefined;
  }

  private end(copy: MirrorCopy | undefined): void {
    if (copy === undefined) return;
    this.copies.delete(copy.key);
    copy.destroy();
  }

  // --- what the tools ask ---

  /** Asks the home of a queue; answers false where nothing was to be done, or nobody is there. */
  ask(question: (call: number) => ToHome, queue: Queue, answer: (done: boolean) => void): void {
    const { self, running } = this.host;
    const call = ++this.lastLink;
    this.questions.set(call, answer);
    if (queue.home === self) this.item(self, question(call), new Octets(Buffer.alloc(0)));
    else if (running.includes(queue.home)) this.wire.add(queue.home, question(call));
    else answer(false);
  }

  private asked(from: string, item: ToHome): void {
    if (item.do === 'kept') return;
    const [vhost, name] = partsOf(item.queue);
    const queue = this.host.broker.vhosts.get(vhost)?.queues.get(name);
    const leader = queue === undefined ? undefined : this.leaders.get(queue);
    if (item.do === 'sync') {
      if (leader !== undefined) this.synchronise(leader);
      this.answer(from, item.call, leader !== undefined);
    } else if (item.do === 'cancel') this.answer(from, item.call, leader?.cancelSync() ?? false);
    else this.transfer(leader, item.to, (done) => this.answer(from, item.call, done));
  }

  private transfer(leader: MirrorLeader | undefined, to: string, answer: (done: boolean) => void): void {
    if (leader === undefined || leader.queue.home === to) {
      answer(leader !== undefined);
      return;
    }
    const { queue } = leader;
    let moved = false;
    this.host.change(
      () => {
        const mirrors = queue.mirrors ?? [];
        moved = !queue.gone && mirrors.some(({ node, synchronised }) => node === to && synchronised);
        if (moved) this.move(queue, to, mirrors);
      },
      () => answer(moved),
    );
  }

  private answer(to: string, call: number, done: boolean): void {
    const { self } = this.host;
    if (to === self) this.item(self, { do: 'answer', call, done }, new Octets(Buffer.alloc(0)));
    else this.wire.add(to, { do: 'answer', call, done });
  }

  private log({ name, vhost }: Queue, text: string): void {
    this.host.world.log.write('info', `Mirrored queue '${name}' in vhost '${vhost.name}': ${text}`);
  }

  /** As events name nodes. */
  private shown(node: string): string {
    return this.host.broker.nodeName.includes('@') ? node : (node.split('@')[0] as string);
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((node, i) => node === other[i]);
}
