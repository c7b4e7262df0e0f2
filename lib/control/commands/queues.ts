/** Queues: throw away what is in them, or themselves. */
import { ProtocolError } from '../../broker/errors';
import { type Command, DONE, EXIT, failed } from '../command';

/** A queue whose node is down is no queue to the tools. */
async function nullWhereDown(answer: Promise<number | null>): Promise<number | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

export const QUEUES: readonly Command[] = [
  {
    name: 'delete_queue',
    group: 'Queues',
    usage: '<queue_name> [--if-empty|-e] [--if-unused|-u] [--timeout <timeout>]',
    description: 'Deletes a queue',
    args: [1, 1],
    changes: true,
    switches: { 'if-empty': { type: 'flag', short: 'e' }, 'if-unused': { type: 'flag', short: 'u' } },
    banner: ({ args, vhost, options: { own } }) => {
      const conditions = [own['if-empty'] && 'if queue is empty ', own['if-unused'] && 'if queue is unused '].filter(Boolean);
      return `Deleting queue '${args[0]}' on vhost '${vhost}' ${conditions.join('and ')}...`;
    },
    run: async ({ args, vhost, broker, target, options: { own } }) => {
      const name = args[0] as string;
      const known = broker.listVhosts().includes(vhost);
      const queue = known ? broker.snapshot(vhost, target.now()).queues.find((other) => other.name === name) : undefined;
      if (queue === undefined) return failed(EXIT.usage, 'Queue not found');
      if (own['if-unused'] && queue.consumers > 0) return failed(EXIT.usage, 'Queue is in use');
      if (own['if-empty'] && queue.ready > 0) return failed(EXIT.usage, 'Queue is not empty');
      const ready = await nullWhereDown(broker.deleteQueue(vhost, name));
      if (ready === null) return failed(EXIT.usage, 'Queue not found');
      return { kind: 'message', text: `Queue was successfully deleted with ${ready} ready messages` };
    },
  },
  {
    name: 'purge_queue',
    group: 'Queues',
    usage: '<queue> [--timeout <timeout>]',
    description: 'Throws away all messages that are ready in a queue',
    args: [1, 1],
    banner: ({ args, vhost }) => `Purging queue '${args[0]}' in vhost '${vhost}' ...`,
    run: async ({ args, vhost, broker }) => {
      const known = broker.listVhosts().includes(vhost);
      const purged = known ? await nullWhereDown(broker.purgeQueue(vhost, args[0] as string)) : null;
      return purged === null ? failed(EXIT.unavailable, 'not_found') : DONE;
    },
  },
];
