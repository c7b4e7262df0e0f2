/** What an operator may ask of connections and queues besides what a snapshot shows; found by looking, so nothing counts it. */
import { plainTable } from '../amqp/field-table';
import type { ConnectionDetails, QueueDetails } from './api';
import type { Connection } from './connection';
import type { Message } from './message';
import type { Queue } from './queue/queue';
import type { Vhost } from './vhost';

export function connectionDetails(connection: Connection): ConnectionDetails {
  const { name, handshake, link, received, reads, connectedAt, openSession: session } = connection;
  return {
    connection: name,
    mechanism: handshake.mechanism,
    connectedAt,
    clientProperties: plainTable(handshake.clientProperties),
    channelMax: session?.channelMax ?? 0,
    frameMax: session?.frameMax ?? 0,
    heartbeat: session?.heartbeat ?? 0,
    received: { octets: received, pieces: reads },
    sent: { octets: link.sentBytes, pieces: link.writes },
    pendingOctets: link.pendingBytes,
    tls: link.tls,
    peerCertificate: link.peerCertificate,
    uncommitted: new Map(
      [...connection.channels.values()].map(({ number, publisher, tx }) => [
        number,
        { publishes: publisher.uncommitted, acks: (tx ?? []).reduce((sum, { deliveries }) => sum + deliveries.length, 0) },
      ]),
    ),
  };
}

/** Octets that a queue itself takes, roughly. */
const QUEUE_MEMORY = 2048;

/** `connections`: all of the node; what they hold unacknowledged still belongs to its queue. */
export function queueDetails({ queues }: Vhost, connections: Iterable<Connection>): QueueDetails[] {
  const held = new Map<Queue, Message[]>();
  for (const { channels } of connections) {
    for (const { unacked } of channels.values()) {
      for (const { queue, message } of unacked.list()) {
        const known = held.get(queue);
        if (known === undefined) held.set(queue, [message]);
        else known.push(message);
      }
    }
  }
  return [...queues.values()].map((queue) => detailsOf(queue, held.get(queue) ?? []));
}

function detailsOf(queue: Queue, held: readonly Message[]): QueueDetails {
  const ready = queue.readyInMemory();
  const { readyBytes, shelved, diskReads, diskWrites } = queue.stock;
  const heldBytes = octetsOf(held);
  const inMemory = [...ready, ...held];
  // Only what is durable and persistent is kept for good; what is on the shelf of such a queue is mostly that.
  const persistent = queue.durable ? inMemory.filter(({ traits }) => traits.persistent) : [];
  const shelvedBytes = readyBytes - octetsOf(ready);
  return {
    queue: queue.name,
    owner: (queue.owner as Connection | null)?.name ?? null,
    readyInMemory: ready.length,
    unackedInMemory: held.length,
    persistent: persistent.length + (queue.durable ? shelved : 0),
    octets: {
      ready: readyBytes,
      unacked: heldBytes,
      inMemory: octetsOf(inMemory),
      persistent: octetsOf(persistent) + (queue.durable ? shelvedBytes : 0),
    },
    headTimestamp: ready[0]?.properties().timestamp ?? null,
    diskReads,
    diskWrites,
    memory: QUEUE_MEMORY + inMemory.reduce((sum, { size }) => sum + size, 0),
    capacity: capacityOf(queue),
  };
}

function octetsOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { bodySize }) => sum + bodySize, 0);
}

/** Whether a message would reach a consumer at once; null without consumers. */
function capacityOf(queue: Queue): number | null {
  const consumers = queue.listConsumers();
  if (consumers.length === 0) return null;
  return consumers.some((consumer) => consumer.ready) ? 1 : 0;
}
