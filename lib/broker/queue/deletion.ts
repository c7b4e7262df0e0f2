/** queue.delete, where the queue lives. */
import { called, preconditionFailed, type ProtocolError } from '../errors';
import type { Answer, DeleteConditions, Queue } from './queue';

/** In a turn of this node, if it is in a cluster. */
export function deleteHere(queue: Queue, conditions: DeleteConditions, answer: Answer<number>): void {
  const { vhost } = queue;
  const { cluster } = vhost.host;
  let result: number | ProtocolError = 0;
  const make = (): void => {
    result = refusal(queue, conditions) ?? vhost.deleteQueue(queue, 'deleted');
  };
  if (cluster !== null) cluster.change(make, () => answer(result));
  else {
    make();
    answer(result);
  }
}

function refusal(
  { name, vhost, readyCount, consumerCount }: Queue,
  { ifUnused, ifEmpty }: DeleteConditions,
): ProtocolError | null {
  const subject = called('queue', name, vhost.name);
  if (ifEmpty && readyCount > 0) return preconditionFailed(`${subject} not empty`);
  return ifUnused && consumerCount > 0 ? preconditionFailed(`${subject} in use`) : null;
}
