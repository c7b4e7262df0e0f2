/**
 * The part of a node that keeps mirrored queues: the mirrors that it has of queues on other nodes, and those of its own. Who
 * mirrors a queue, and who of them is synchronised, stands in the queue's definition, changed by its home under a turn; so all
 * nodes come to the same when the home is gone.
 */
import { ClassicQueue } from '../../broker/queue/classic';
import { NO_INHERITANCE } from '../../broker/queue/inheritance';
import type { Mirror, Queue, QueueAttributes } from '../../broker/queue/queue';
import type { Vhost } from '../../broker/vhost';
import type { QueuePartsHost } from '../application';
import { BatchReader } from '../remote/batch-octets';
import { BatchWire } from '../remote/batch-wire';
import { logOf, MirrorArrangement, shownAs } from './mirror-arrangement';
import { MirrorCopy, type Origins, readKept } from './mirror-copy';
import type { Origin } from './mirror-link';
import { isPromoted } from './mirror-policy';
import type { MirrorItem, ToHome, ToMirror } from './mirror-wire';
import type { ClusterPart } from '../part';
import type { PeerMessage } from '../links/peer-frames';
import { keyOf, partsOf, type QueueKey } from '../remote/queue-wire';

/**
 * Where a queue is that lives on another node: there; gone with its node; waiting until that comes back; or about to begin anew
 * from a mirror.
 */
export type Fate = 'home' | 'down' | 'stopped' | 'promoting';

interface Question {
  readonly home: string;
  readonly answer: (done: boolean) => void;
}

export interface MirrorPartPort {
  /** The object that stands for a queue of another node. */
  remote(vhost: Vhost, attributes: QueueAttributes): Queue;
}

export class MirrorPart implements ClusterPart {
  /** What this node is home to. */
  private readonly own: MirrorArrangement;
  /** Mirrors on this node. */
  private readonly copies = new Map<QueueKey, MirrorCopy>();
  /** The same, by home and number there. */
  private readonly byLink = new Map<string, MirrorCopy>();
  /** Nodes that stop in order. */
  private readonly leavers = new Set<string>();
  /** This one does. */
  private ends = false;
  private readonly wire: BatchWire<MirrorItem>;
  private lastCall = 0;
  /** Of queues that have begun anew on this node: what they had from which publish. */
  private readonly origins = new Map<string, Origins>();
  /** Questions of the tools that the homes of queues have not answered. */
  private readonly questions = new Map<number, Question>();

  constructor(
    private readonly host: QueuePartsHost,
    private readonly port: MirrorPartPort,
  ) {
    this.wire = new BatchWire('mirror.batch', host, host.world.turn);
    this.own = new MirrorArrangement(host, this.wire, {
      handOver: (queue, home, mirrors) => this.handOver(queue, home, mirrors),
      ended: ({ id }) => this.origins.delete(id),
    });
  }

  ruled(queue: Queue): void {
    this.own.ruled(queue);
  }

  declared(queue: ClassicQueue, elsewhere: boolean): void {
    this.own.declared(queue, elsewhere);
  }

  // --- what becomes of queues of other nodes ---

  fate(queue: Queue): Fate {
    if (this.host.running.includes(queue.home)) return 'home';
    const present = this.present(queue);
    if (present.length === 0) return 'down';
    return isPromoted(queue.ruling?.definition ?? null, present, this.leavers.has(queue.home)) ? 'promoting' : 'stopped';
  }

  /** Mirrors that have a copy now, the eldest first. */
  private present({ mirrors, vhost, name, id }: Queue): readonly Mirror[] {
    const { running, self } = this.host;
    const copy = this.copies.get(keyOf(vhost.name, name));
    return (mirrors ?? []).filter(({ node }) => (node === self ? copy?.id === id : running.includes(node)));
  }

  /** The definition of a queue of another node. One that is found when the node starts: this node has no copy any more. */
  asFound(attributes: QueueAttributes): QueueAttributes {
    const { mirrors = null } = attributes;
    const starts = (this.host.broker as QueuePartsHost['broker'] | undefined) === undefined;
    if (mirrors === null || !starts) return attributes;
    return { ...attributes, mirrors: mirrors.filter(({ node }) => node !== this.host.self) };
  }

  /** The first mirror that runs takes the place of a home that is gone. */
  private promote(queue: Queue): void {
    const { host } = this;
    if (this.fate(queue) !== 'promoting') {
      // It stays where it is, and waits for its home; RabbitMQ stops the mirrors.
      if (this.fate(queue) === 'stopped') this.copies.get(keyOf(queue.vhost.name, queue.name))?.forget();
      return;
    }
    // One that ends has noted already what was delivered before; the next mirror sees it go.
    if (this.present(queue)[0]?.node !== host.self || this.ends) return;
    host.change(
      () => {
        const now = queue.vhost.queues.get(queue.name);
        if (now?.id !== queue.id || this.fate(now) !== 'promoting' || this.ends) return;
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
    if (copy !== undefined) {
      this.remove(copy);
      this.origins.set(queue.id, copy.origins);
    }
    const { durable, autoDelete, owner, args, id } = queue;
    const missing = copy?.missing ?? 0;
    const attributes = { name, durable, autoDelete, owner, args, id, home: host.self, mirrors: [] };
    const next = new ClassicQueue(vhost, attributes, copy?.take() ?? NO_INHERITANCE);
    logOf(host, queue, `Promoting mirror <${host.self}> to leader`);
    const others = mirrors.filter(({ node }) => node !== host.self && host.running.includes(node));
    this.own.begin(
      next,
      others.map(({ node }) => node),
      inOrder || others.some(({ synchronised }) => synchronised),
      copy?.reign ?? null,
    );
    vhost.replaceQueue(queue, next);
    host.broker.catalogue.queueRelocated(next);
    const shown = { vhost: vhost.name, queue: name };
    host.broker.emit({
      type: 'queue.promoted',
      ...shown,
      from: shownAs(host, queue.home),
      synchronised: missing === 0,
      lost: missing,
    });
    const messages = [...(copy?.lacks.values() ?? [])];
    if (missing > 0) host.broker.emit({ type: 'messages.lost', ...shown, reason: 'promotion', count: missing, messages });
    this.own.begun(next);
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
    else {
      this.own.overtaken(queue);
      this.handOver(queue, home, mirrors);
    }
  }

  private handOver(queue: Queue, home: string, mirrors: readonly Mirror[] | null): void {
    const { vhost } = queue;
    const { name, durable, autoDelete, owner, args, id } = queue;
    const next = this.port.remote(vhost, { name, durable, autoDelete, owner, args, id, home, mirrors });
    vhost.replaceQueue(queue, next);
  }

  /** For a queue of this node: the message that is published next comes from there. */
  comesFrom(queue: Queue, origin: Origin): void {
    const leader = this.own.leaders.get(queue);
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
    const { self, broker } = this.host;
    if (this.fate(queue) !== 'stopped') return;
    const next = this.present(queue)[0]?.node;
    if (next === undefined) return;
    if (next === self) this.lead(queue, [], true);
    else {
      this.handOver(queue, next, []);
      broker.catalogue.queueRelocated(queue.vhost.queues.get(queue.name) as Queue);
    }
  }

  // --- nodes come and go ---

  nodeUp(name: string): void {
    this.leavers.delete(name);
    this.own.nodeUp();
  }

  nodeDown(name: string): void {
    this.wire.forget(name);
    this.own.nodeDown(name);
    for (const [call, { home }] of [...this.questions]) if (home === name) this.answered(call, false);
    for (const { queues } of this.host.broker.vhosts.values()) {
      for (const queue of [...queues.values()]) {
        if (queue.mirrors === null || queue.home === this.host.self) continue;
        // Its copy is gone, whatever becomes of the home and of what that would say of it.
        queue.mirrors = queue.mirrors.filter(({ node }) => node !== name);
        if (!this.host.running.includes(queue.home)) this.promote(queue);
      }
    }
  }

  leaving(): void {
    this.ends = true;
    for (const name of this.host.running) if (name !== this.host.self) this.wire.add(name, { do: 'leaving' });
  }

  // --- messages ---

  message(from: string, { items }: PeerMessage, body: Buffer): void {
    const octets = new BatchReader(body);
    for (const item of items as readonly MirrorItem[]) this.item(from, item, octets);
  }

  private item(from: string, item: MirrorItem, octets: BatchReader): void {
    switch (item.do) {
      case 'begin':
        this.begin(from, item, octets);
        break;
      case 'keep':
        this.keep(from, item, octets);
        break;
      case 'drop':
        this.drop(this.copyOf(from, item.link), item.count, octets);
        break;
      case 'end':
        this.end(this.copyOf(from, item.link));
        break;
      case 'kept':
        this.own.kept(from, item.link, item.number);
        break;
      case 'lacks': {
        const { link, count } = item;
        const positions = count === null ? null : new Set(Array.from({ length: count }, () => octets.number()));
        this.own.lacking(from, link, positions);
        break;
      }
      case 'leaving':
        this.leavers.add(from);
        break;
      case 'answer':
        this.answered(item.call, item.done);
        break;
      default:
        this.asked(from, item);
    }
  }

  private begin(from: string, item: ToMirror & { readonly do: 'begin' }, octets: BatchReader): void {
    const { storage, broker } = this.host;
    const { link, offered } = item;
    const positions = new Set(Array.from({ length: offered }, () => octets.number()));
    const tell = (number: number): void => this.tellKept(from, link, number);
    const before = this.copies.get(item.queue);
    if (before !== undefined) this.remove(before);
    const goesOn = offered > 0 && before?.id === item.id && before.reign === item.after && before.isWhole;
    const copy = goesOn ? before : new MirrorCopy(from, item, storage, broker.memoryBudget, tell);
    this.copies.set(item.queue, copy);
    const lacks = goesOn ? copy.goOn(from, item, positions, tell) : null;
    this.byLink.set(`${link} ${from}`, copy);
    if (offered === 0) return;
    this.wire.add(from, { do: 'lacks', link, count: lacks?.length ?? null });
    const out = this.wire.octets(from);
    for (const position of lacks ?? []) out.number(position);
  }

  private keep(from: string, item: ToMirror & { readonly do: 'keep' }, octets: BatchReader): void {
    const copy = this.copyOf(from, item.link);
    if (copy === undefined) for (let i = 0; i < item.count; i++) readKept(octets);
    else copy.keep(item, octets, this.host.world.clock.now());
  }

  private drop(copy: MirrorCopy | undefined, count: number, octets: BatchReader): void {
    if (copy === undefined) for (let i = 0; i < count; i++) octets.number();
    else copy.drop(count, octets);
  }

  private tellKept(to: string, link: number, number: number): void {
    const last = this.wire.last(to);
    if (last?.do === 'kept' && last.link === link) last.number = number;
    else this.wire.add(to, { do: 'kept', link, number });
  }

  private copyOf(from: string, link: number): MirrorCopy | undefined {
    return this.byLink.get(`${link} ${from}`);
  }

  private end(copy: MirrorCopy | undefined): void {
    if (copy === undefined) return;
    this.remove(copy);
    copy.destroy();
  }

  private remove(copy: MirrorCopy): void {
    this.copies.delete(copy.key);
    this.byLink.delete(`${copy.link} ${copy.from}`);
  }

  // --- what the tools ask ---

  /** Asks the home of a queue; answers false where nothing was to be done, or nobody is there. */
  ask(question: (call: number) => ToHome, queue: Queue, answer: (done: boolean) => void): void {
    const { self, running } = this.host;
    const call = ++this.lastCall;
    this.questions.set(call, { home: queue.home, answer });
    if (queue.home === self) this.item(self, question(call), new BatchReader(Buffer.alloc(0)));
    else if (running.includes(queue.home)) this.wire.add(queue.home, question(call));
    else this.answered(call, false);
  }

  private answered(call: number, done: boolean): void {
    const question = this.questions.get(call);
    this.questions.delete(call);
    question?.answer(done);
  }

  private asked(from: string, item: ToHome): void {
    if (item.do === 'kept' || item.do === 'lacks') return;
    const [vhost, name] = partsOf(item.queue);
    const queue = this.host.broker.vhosts.get(vhost)?.queues.get(name);
    const leader = queue === undefined ? undefined : this.own.leaders.get(queue);
    if (item.do === 'sync') {
      if (leader === undefined) this.answer(from, item.call, false);
      else {
        this.own.synchronise(leader.queue);
        // A turn later all nodes know whom it has brought up to date.
        const tell = (): void => this.answer(from, item.call, true);
        leader.whenCopied(() => this.host.change(() => undefined, tell));
      }
    } else if (item.do === 'cancel') this.answer(from, item.call, leader?.cancelSync() ?? false);
    else if (leader === undefined) this.answer(from, item.call, false);
    else this.own.transfer(leader.queue, item.to, (done) => this.answer(from, item.call, done));
  }

  private answer(to: string, call: number, done: boolean): void {
    const { self } = this.host;
    if (to === self) this.item(self, { do: 'answer', call, done }, new BatchReader(Buffer.alloc(0)));
    else this.wire.add(to, { do: 'answer', call, done });
  }
}
