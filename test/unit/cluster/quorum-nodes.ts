/** What tests of quorum queues on simulated nodes share. */
import assert from 'node:assert/strict';
import { QuorumQueue } from '../../../lib/cluster/quorum/quorum-queue';
import { type SimClients, sleep } from './sim-clients';

export const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

export function quorumOf(clients: SimClients, node: string, name = 'q'): QuorumQueue {
  const queue = clients.queue(node, name);
  assert.ok(queue instanceof QuorumQueue);
  return queue;
}

/** The state machine of the member on that node. */
export function machineOf(clients: SimClients, node: string, name = 'q') {
  const { member } = quorumOf(clients, node, name);
  assert.ok(member !== null, `${node} has no member of '${name}'`);
  return member.machine;
}

/** Waits, in the time of the simulation, until it is so. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !holds(); i++) await sleep(10);
  assert.ok(holds(), what);
}
