/** The parts of a node that talk to their like on other nodes, and which of them makes which kind of queue. */
import type { MakeQueueParts } from './application';
import { AlarmPart } from './alarm-part';
import { homeOf } from './queue-home';
import type { ClusterPart } from './part';
import { QueuePart } from './queue-part';

export const queueParts: MakeQueueParts = (host) => {
  const queues = new QueuePart(host);
  return {
    parts: new Map<string, ClusterPart>([
      ['queue', queues],
      ['alarm', new AlarmPart(host)],
    ]),
    queue: (vhost, attributes) => queues.queue(vhost, attributes),
    homeOf: (vhost, attributes) => homeOf(host, vhost, attributes),
  };
};
