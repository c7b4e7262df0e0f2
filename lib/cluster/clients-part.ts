/**
 * The part of a node that tells others what its clients have open: limits of virtual hosts and users count over the whole cluster
 * (RabbitMQ). Nothing is told as long as there are no limits. News takes its time: clients that come to two nodes at one moment
 * may together be one too many, as on RabbitMQ.
 */
import type { Clients } from '../broker/quotas';
import type { QueuePartsHost } from './application';
import type { ClusterPart } from './part';
import type { PeerMessage } from './links/peer-frames';

/** Only what is not 0. */
type Counts = Readonly<Record<string, number>>;

interface Told {
  readonly byVhost: Counts;
  readonly byUser: Counts;
  /** By user. */
  readonly channels: Counts;
}

export class ClientsPart implements ClusterPart, Clients {
  private readonly others = new Map<string, Told>();
  private due = false;

  constructor(private readonly host: QueuePartsHost) {}

  message(from: string, { told }: PeerMessage): void {
    this.others.set(from, told as Told);
  }

  nodeUp(): void {
    const { quotas } = this.host.broker;
    quotas.elsewhere = this;
    quotas.onUse = () => this.tellSoon();
    quotas.used();
  }

  nodeDown(name: string): void {
    this.others.delete(name);
  }

  // --- what clients have open on the others ---

  countConnections({ vhost, user }: { readonly vhost?: string; readonly user?: string }): number {
    if (vhost !== undefined) return this.sum(({ byVhost }) => countOf(byVhost, vhost));
    return user === undefined ? 0 : this.sum(({ byUser }) => countOf(byUser, user));
  }

  countChannels(user: string): number {
    return this.sum(({ channels }) => countOf(channels, user));
  }

  private sum(count: (told: Told) => number): number {
    let sum = 0;
    for (const told of this.others.values()) sum += count(told);
    return sum;
  }

  // --- what they have open here ---

  private tellSoon(): void {
    if (this.due) return;
    this.due = true;
    this.host.world.turn.atEnd(() => {
      this.due = false;
      this.tell();
    });
  }

  private tell(): void {
    const { broker, running, self, send } = this.host;
    const users = broker.access.listUsers().map(({ name }) => name);
    const told: Told = {
      byVhost: counted([...broker.vhosts.keys()], (vhost) => broker.countConnections({ vhost })),
      byUser: counted(users, (user) => broker.countConnections({ user })),
      channels: counted(users, (user) => broker.countChannels(user)),
    };
    for (const name of running) if (name !== self) send(name, { type: 'clients.open', told });
  }
}

/** Names are anybody's: one may be that of something which every object has. */
function countOf(counts: Counts, name: string): number {
  return Object.hasOwn(counts, name) ? (counts[name] as number) : 0;
}

function counted(names: readonly string[], count: (name: string) => number): Counts {
  return Object.fromEntries(names.map((name) => [name, count(name)] as const).filter(([, open]) => open > 0));
}
