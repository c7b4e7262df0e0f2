/**
 * Where a new queue is to live (RabbitMQ: queue_master_locator): on the node of the client that declares it, on the one that is
 * home to fewest queues, or on any.
 */
import type { QueueAttributes } from '../../broker/queue/queue';
import type { Vhost } from '../../broker/vhost';
import type { QueuePartsHost } from '../application';
import { firstHome } from '../mirror/mirror-policy';

type Locator = 'client-local' | 'min-masters' | 'random';

export function homeOf(
  { self, running, broker, world }: QueuePartsHost,
  vhost: Vhost,
  { name, owner, args }: Omit<QueueAttributes, 'home' | 'id'>,
): string {
  // An exclusive queue ends with its connection, so it lives where that is (RabbitMQ).
  if (owner !== null || running.length === 1) return self;
  const policy = broker.ruling(vhost.name, 'queue', name)?.definition ?? null;
  const locator = (args.get('x-queue-master-locator')?.value ?? policy?.['queue-master-locator'] ?? 'client-local') as Locator;
  return firstHome(policy, HOMES[locator]({ self, running, broker, world }), running);
}

type Host = Pick<QueuePartsHost, 'self' | 'running' | 'broker' | 'world'>;

const HOMES: Record<Locator, (host: Host) => string> = {
  'client-local': ({ self }) => self,
  'min-masters': ({ running, broker }) => leastLoaded(running, broker.vhosts.values()),
  random: ({ running, world }) => running[Math.floor(world.random.float() * running.length)] as string,
};

function leastLoaded(running: readonly string[], vhosts: Iterable<Vhost>): string {
  const counts = new Map(running.map((name) => [name, 0]));
  for (const { queues } of vhosts) {
    for (const { home } of queues.values()) {
      const count = counts.get(home);
      if (count !== undefined) counts.set(home, count + 1);
    }
  }
  return [...counts].reduce((least, one) => (one[1] < least[1] ? one : least))[0];
}
