/** The part of a node that talks to others about queues: both sides of it, and which queue is of which kind. */
import { ClassicQueue } from '../broker/queue/classic';
import type { Queue, QueueAttributes } from '../broker/queue/queue';
import type { Vhost } from '../broker/vhost';
import type { QueuePartsHost } from './application';
import type { ClusterPart } from './part';
import type { PeerMessage } from './peer-frames';
import { QueueServer } from './queue-server';
import { type Item, Octets, QueueWire, type Reply, type Request } from './queue-wire';
import { RemoteHomes } from './remote-homes';
import { RemoteQueue } from './remote-queue';

const REPLIES: ReadonlySet<Item['do']> = new Set<Reply['do']>([
  'receipts',
  'deliver',
  'cancelled',
  'taken',
  'answer',
  'error',
  'got',
]);

export class QueuePart implements ClusterPart {
  private readonly homes: RemoteHomes;
  private readonly server: QueueServer;

  constructor(private readonly host: QueuePartsHost) {
    const wire = new QueueWire(host, host.world.turn, (message, body) => this.message(host.self, message, body));
    this.homes = new RemoteHomes(wire, () => host.running);
    this.server = new QueueServer(host, wire);
  }

  queue(vhost: Vhost, attributes: QueueAttributes): Queue {
    if (attributes.home === this.host.self) return new ClassicQueue(vhost, attributes);
    return new RemoteQueue(vhost, attributes, this.homes);
  }

  message(from: string, { items }: PeerMessage, body: Buffer): void {
    const octets = new Octets(body);
    for (const item of items as readonly Item[]) {
      if (REPLIES.has(item.do)) this.homes.reply(from, item as Reply, octets);
      else this.server.request(from, item as Request, octets);
    }
  }

  nodeUp(): void {}

  nodeDown(name: string): void {
    this.server.lost(name);
    for (const { queues } of this.host.broker.vhosts.values()) {
      for (const queue of queues.values()) if (queue instanceof RemoteQueue && queue.home === name) queue.homeLost();
    }
    this.homes.lost(name);
  }
}
