/** All parts of a node that talk about queues, and which of them makes which kind of queue. */
import type { MakeQueueParts } from './application';
import { homeOf } from './queue-home';
import { QueuePart } from './queue-part';

export const queueParts: MakeQueueParts = (host) => {
  const queues = new QueuePart(host);
  return {
    parts: new Map([['queue', queues]]),
    queue: (vhost, attributes) => queues.queue(vhost, attributes),
    homeOf: (vhost, attributes) => homeOf(host, vhost, attributes),
  };
};
