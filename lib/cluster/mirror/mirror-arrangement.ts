/**
 * The mirrored queues that live on this node: who mirrors them, as their policies want it of the members that run, and who of the
 * mirrors lacks nothing. All that is changed under a turn, so that it stands in the definitions of all nodes.
 */
import { ClassicQueue } from '../../broker/queue/classic';
import type { Mirror, Queue } from '../../broker/queue/queue';
import type { QueuePartsHost } from '../application';
import type { BatchWire } from '../remote/batch-wire';
import { type LeaderPort, MirrorLeader } from './mirror-leader';
import { isMirrored, placement, syncBatch, synchronisesItself } from './mirror-policy';
import type { MirrorItem } from './mirror-wire';
import { shownLike } from '../teller';

export interface ArrangementPort {
  /** From now on the queue is that of another node. In a turn. */
  handOver(queue: Queue, home: string, mirrors: readonly Mirror[]): void;
  /** It is mirrored no more, or not from here. */
  ended(queue: Queue): void;
}

export class MirrorArrangement {
  readonly leaders = new Map<Queue, MirrorLeader>();
  private readonly byLink = new Map<number, MirrorLeader>();
  /** Queues that have come here with mirrors that lacked nothing: these are to lack nothing again, whatever the policy says. */
  private readonly restoring = new WeakSet<Queue>();
  private lastLink: number;

  constructor(
    private readonly host: QueuePartsHost,
    private readonly wire: BatchWire<MirrorItem>,
    private readonly port: ArrangementPort,
  ) {
    // No number that an earlier life of the application has used.
    this.lastLink = host.world.clock.epochMs();
  }

  kept(node: string, link: number, number: number): void {
    this.byLink.get(link)?.kept(node, number);
  }

  lacking(node: string, link: number, positions: ReadonlySet<number> | null): void {
    this.byLink.get(link)?.lacking(node, positions);
  }

  nodeUp(): void {
    for (const queue of [...this.leaders.keys()]) this.ruled(queue);
  }

  nodeDown(name: string): void {
    for (const leader of [...this.leaders.values()]) {
      if (!leader.links.has(name)) continue;
      this.unlink(leader, name, 'node-down');
      const known = leader.lose(name);
      this.host.change(() => this.arrangeAgain(leader.queue), known);
    }
  }

  /**
   * A queue that has come to this node begins, with these mirrors, which may have what its old home had told them. `restore`:
   * they lacked nothing there. `after`: the reign that it has its messages from. In a turn.
   */
  begin(queue: ClassicQueue, mirrors: readonly string[], restore: boolean, after: string | null): void {
    const leader = this.newLeader(queue, after);
    queue.mirrors = mirrors.map((node) => ({ node, synchronised: leader.add(node, true) }));
    if (restore) this.restoring.add(queue);
  }

  /** What a queue needs that has begun here, once all know that it is here. */
  begun(queue: ClassicQueue): void {
    if (this.restoring.has(queue)) this.synchronise(queue);
    this.ruled(queue);
  }

  /** Moves the queue to a mirror that lacks nothing; answers whether it is there. */
  transfer(queue: ClassicQueue, to: string, answer: (done: boolean) => void): void {
    if (queue.home === to) {
      answer(true);
      return;
    }
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

  /** The queue was made, or other policies rule it: its mirrors may be others now. */
  ruled(queue: Queue): void {
    if (!(queue instanceof ClassicQueue) || queue.owner !== null) return;
    if (this.leaders.has(queue) || isMirrored(queue.ruling?.definition ?? null)) this.arrangeInTurn(queue);
  }

  /**
   * A queue that is declared is mirrored from the beginning. `elsewhere`: by a client of another node, whose definition of it
   * does not know the mirrors; so all nodes are told once more.
   */
  declared(queue: ClassicQueue, elsewhere: boolean): void {
    if (queue.owner !== null || !isMirrored(queue.ruling?.definition ?? null)) return;
    if (!this.arrange(queue) || !elsewhere) return;
    this.host.change(
      () => {
        if (!queue.gone) this.host.broker.catalogue.queueRelocated(queue);
      },
      () => undefined,
    );
  }

  private arrangeInTurn(queue: ClassicQueue): void {
    if (this.isArranged(queue)) return;
    this.host.change(
      () => this.arrangeAgain(queue),
      () => undefined,
    );
  }

  private arrangeAgain(queue: ClassicQueue): void {
    if (!queue.gone && this.arrange(queue)) this.host.broker.catalogue.queueRelocated(queue);
  }

  private isArranged(queue: ClassicQueue): boolean {
    const policy = queue.ruling?.definition ?? null;
    if (!isMirrored(policy)) return queue.mirrors === null;
    const { home, mirrors } = this.wanted(queue, policy);
    const links = this.leaders.get(queue)?.links;
    if (home !== queue.home || links === undefined || queue.mirrors?.length !== mirrors.length) return false;
    if (!mirrors.every((node, i) => links.has(node) && queue.mirrors?.[i]?.node === node)) return false;
    this.maybeSynchronise(queue);
    return true;
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
    const leader = this.leaders.get(queue) ?? this.newLeader(queue);
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
    return JSON.stringify(before) !== JSON.stringify(mirrors);
  }

  private addMirror(leader: MirrorLeader, node: string): Mirror {
    const synchronised = leader.add(node);
    const { vhost, name } = leader.queue;
    logOf(this.host, leader.queue, `Adding mirror on node ${node}`);
    this.host.broker.emit({
      type: 'mirror.added',
      vhost: vhost.name,
      queue: name,
      mirror: shownAs(this.host, node),
      synchronised,
    });
    return { node, synchronised };
  }

  private drop(leader: MirrorLeader, node: string, reason: 'policy' | 'node-down'): void {
    if (!leader.links.has(node)) return;
    this.unlink(leader, node, reason);
    leader.remove(node);
  }

  /** What it still answers is not heard any more. */
  private unlink(leader: MirrorLeader, node: string, reason: 'policy' | 'node-down'): void {
    this.byLink.delete(leader.links.get(node)?.link ?? 0);
    const { vhost, name } = leader.queue;
    this.host.broker.emit({ type: 'mirror.dropped', vhost: vhost.name, queue: name, mirror: shownAs(this.host, node), reason });
  }

  private endMirroring(queue: ClassicQueue): boolean {
    const leader = this.leaders.get(queue);
    if (leader === undefined) return false;
    for (const [node, link] of [...leader.links]) {
      link.end();
      this.drop(leader, node, 'policy');
    }
    leader.ended();
    queue.keeping.replication = null;
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
    this.port.handOver(
      queue,
      home,
      others.map(({ node }) => ({ node, synchronised })),
    );
    broker.catalogue.queueRelocated(vhost.queues.get(name) as Queue);
    return false;
  }

  /** Another node has become the home of a queue, perhaps of this node's, with what it has of it. */
  overtaken(queue: Queue): void {
    this.leaders.get(queue)?.refuse();
  }

  private newLeader(queue: ClassicQueue, after: string | null = null): MirrorLeader {
    const { host } = this;
    const reign = `${++this.lastLink} ${host.self}`;
    const port: LeaderPort = {
      wire: this.wire,
      storage: host.storage,
      clock: host.world.clock,
      newLink: () => {
        this.byLink.set(++this.lastLink, leader);
        return this.lastLink;
      },
      complete: (_leader, node, copied) => this.complete(leader, node, copied),
      behind: ({ isAwaited }) => {
        if (isAwaited || this.restoring.has(queue)) this.synchronise(queue);
        else this.maybeSynchronise(queue);
      },
      ended: () => {
        this.leaders.delete(queue);
        this.port.ended(queue);
      },
    };
    const leader = new MirrorLeader(queue, port, reign, after);
    this.leaders.set(queue, leader);
    queue.keeping.replication = leader;
    queue.mirrors ??= [];
    return leader;
  }

  /** A mirror lacks nothing any more: the cluster is told. */
  private complete(leader: MirrorLeader, mirror: string, messages: number): void {
    const { queue } = leader;
    const { broker } = this.host;
    if (queue.mirrors?.find(({ node }) => node === mirror)?.synchronised !== false) return;
    if (messages > 0) logOf(this.host, queue, 'Synchronising: complete');
    this.host.change(
      () => {
        if (queue.gone || !leader.links.has(mirror)) return;
        queue.mirrors = (queue.mirrors ?? []).map((one) => (one.node === mirror ? { node: mirror, synchronised: true } : one));
        broker.catalogue.queueRelocated(queue);
        const { vhost, name } = queue;
        broker.emit({
          type: 'mirror.synchronised',
          vhost: vhost.name,
          queue: name,
          mirror: shownAs(this.host, mirror),
          messages,
        });
      },
      // It may have been what the queue waits for to leave this node.
      () => this.ruled(queue),
    );
  }

  private maybeSynchronise(queue: ClassicQueue): void {
    if (synchronisesItself(queue.ruling?.definition ?? null)) this.synchronise(queue);
  }

  /** Brings those mirrors up to date that lack something. */
  synchronise(queue: ClassicQueue): void {
    const size = syncBatch(queue.ruling?.definition ?? null);
    const count = this.leaders.get(queue)?.synchronise(size) ?? 0;
    if (count === 0) return;
    logOf(this.host, queue, `Synchronising: ${count} messages to synchronise`);
    logOf(this.host, queue, `Synchronising: batch size: ${size}`);
  }
}

type Told = Pick<QueuePartsHost, 'world' | 'broker'>;

export function logOf({ world }: Told, { name, vhost }: Queue, text: string): void {
  world.log.write('info', `Mirrored queue '${name}' in vhost '${vhost.name}': ${text}`);
}

/** As events name nodes. */
export function shownAs({ broker }: Told, node: string): string {
  return shownLike(broker.nodeName, node);
}
