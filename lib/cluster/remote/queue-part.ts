/** The part of a node that talks to others about queues: both sides of it, and which queue is of which kind. */
import { ClassicQueue } from '../../broker/queue/classic';
import type { Queue, QueueAttributes } from '../../broker/queue/queue';
import type { Vhost } from '../../broker/vhost';
import type { QueuePartsHost } from '../application';
import type { MirrorPart } from '../mirror/mirror-part';
import type { ClusterPart } from '../part';
import type { PeerMessage } from '../links/peer-frames';
import { QueueServer } from './queue-server';
import { BatchReader } from './batch-octets';
import { type Item, QueueWire, type Reply, type Request } from './queue-wire';
import { RemoteHomes } from './remote-homes';
import { RemoteQueue } from './remote-queue';

const REPLIES: ReadonlySet<Item['do']> = new Set<Reply['do']>([
  'receipts',
  'deliver',
  'cancelled',
  'taken',
  'full',
  'answer',
  'error',
  'moved',
  'got',
]);

export class QueuePart implements ClusterPart {
  private readonly homes: RemoteHomes;
  private readonly server: QueueServer;

  constructor(
    private readonly host: QueuePartsHost,
    private readonly mirrors: MirrorPart,
  ) {
    const wire = new QueueWire(host, host.world.turn, (message, body) => this.message(host.self, message, body));
    const port = {
      running: () => host.running,
      fate: (queue: Queue) => mirrors.fate(queue),
      isThere: (queue: Queue, number: number) => mirrors.hasFrom(queue, { from: host.self, number }),
      deleted: (queue: Queue) => mirrors.forget(queue),
      after: (ms: number, fn: () => void) => void host.world.clock.after(ms, fn),
    };
    this.homes = new RemoteHomes(wire, port, host.world.clock.epochMs());
    this.server = new QueueServer(host, wire, mirrors);
  }

  queue(vhost: Vhost, attributes: QueueAttributes): Queue {
    const { self } = this.host;
    if (attributes.home !== self) return this.remote(vhost, this.mirrors.asFound(attributes));
    const queue = new ClassicQueue(vhost, { ...attributes, mirrors: null });
    this.mirrors.declared(queue, attributes.mirrors !== undefined);
    return queue;
  }

  remote(vhost: Vhost, attributes: QueueAttributes): RemoteQueue {
    return new RemoteQueue(vhost, attributes, this.homes);
  }

  message(from: string, { items }: PeerMessage, body: Buffer): void {
    const octets = new BatchReader(body);
    for (const item of items as readonly Item[]) {
      if (REPLIES.has(item.do)) this.homes.reply(from, item as Reply, octets);
      else this.server.request(from, item as Request, octets);
    }
  }

  /** Queues that have waited for it go on. */
  nodeUp(name: string): void {
    for (const queue of this.remoteQueues()) {
      if (queue.home === name) queue.vhost.replaceQueue(queue, this.remote(queue.vhost, queue));
    }
  }

  leaving(): void {
    this.server.leave();
  }

  nodeDown(name: string): void {
    this.server.lost(name);
    for (const queue of this.remoteQueues()) if (!this.homes.isUp(queue.home)) queue.homeLost();
    this.homes.lost(name);
  }

  private remoteQueues(): RemoteQueue[] {
    return [...this.host.broker.vhosts.values()].flatMap(({ queues }) =>
      [...queues.values()].filter((queue): queue is RemoteQueue => queue instanceof RemoteQueue),
    );
  }
}
