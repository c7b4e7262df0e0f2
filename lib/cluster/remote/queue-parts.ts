/** The parts of a node that talk to their like on other nodes, and which of them makes which kind of queue. */
import type { MakeQueueParts } from '../application';
import { isQuorum } from '../../broker/queue-arguments';
import { AlarmPart } from '../alarm-part';
import { ClientsPart } from '../clients-part';
import { MirrorCommands } from '../mirror/mirror-commands';
import { MirrorPart } from '../mirror/mirror-part';
import { homeOf } from './queue-home';
import type { ClusterPart } from '../part';
import { QueuePart } from './queue-part';
import { QuorumCommands } from '../quorum/quorum-commands';
import { QuorumPart } from '../quorum/quorum-part';

export const queueParts: MakeQueueParts = (host) => {
  const mirrors: MirrorPart = new MirrorPart(host, { remote: (vhost, attributes) => queues.remote(vhost, attributes) });
  const queues = new QueuePart(host, mirrors);
  const quorum = new QuorumPart(host);
  return {
    parts: new Map<string, ClusterPart>([
      ['queue', queues],
      ['mirror', mirrors],
      ['raft', quorum],
      ['alarm', new AlarmPart(host)],
      ['clients', new ClientsPart(host)],
    ]),
    queue: (vhost, attributes) => (isQuorum(attributes.args) ? quorum : queues).queue(vhost, attributes),
    ruled: (queue) => mirrors.ruled(queue),
    relocated: (queue, home, now) => mirrors.relocated(queue, home, now),
    abandonHome: (queue) => mirrors.abandonHome(queue),
    mirrors: new MirrorCommands(host, mirrors),
    quorum: new QuorumCommands(quorum, host),
    homeOf: (vhost, attributes) =>
      isQuorum(attributes.args) ? quorum.homeOf(vhost, attributes) : homeOf(host, vhost, attributes),
  };
};
