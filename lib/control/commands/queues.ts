/** Queues: throw away what is in them, or themselves. */
import { type Command, DONE, EXIT, failed } from '../command';

interface KindCommand {
  readonly name: string;
  readonly usage: string;
  readonly description: string;
  readonly banner: (queue: string, nodename: string) => string;
  readonly refusal: string;
}

/** For queues of other kinds than ours. */
const OTHER_KINDS: readonly KindCommand[] = [
  {
    name: 'quorum_status',
    usage: '[--vhost <vhost>] <queue>',
    description: 'Shows the members of a quorum queue',
    banner: (queue, nodename) => `Status of quorum queue ${queue} on node ${nodename} ...`,
    refusal: 'Cannot get quorum status of a classic queue',
  },
  {
    name: 'stream_status',
    usage: '[--vhost <vhost>] [--tracking] <stream>',
    description: 'Shows the members of a stream',
    banner: (queue, nodename) => `Status of stream ${queue} on node ${nodename} ...`,
    refusal: 'Cannot get stream status of a classic queue',
  },
  {
    name: 'reclaim_quorum_memory',
    usage: '[--vhost <vhost>] <quorum queue>',
    description: 'Lets a quorum queue write out its log',
    banner: (queue) => `Will flush Raft WAL of quorum queue ${queue} ...`,
    refusal: 'This operation is not applicable to classic queues',
  },
];

function forOtherKind({ banner, refusal, ...rest }: KindCommand): Command {
  return {
    ...rest,
    tools: ['rabbitmq-diagnostics'],
    group: 'Monitoring, observability and health checks',
    args: [1, 1],
    switches: { tracking: { type: 'flag' } },
    banner: ({ args, nodename }) => banner(args[0] as string, nodename),
    run: ({ args, vhost, broker, target }) => {
      const { queues } = broker.snapshot(vhost, target.now());
      return failed(EXIT.unavailable, queues.some(({ name }) => name === args[0]) ? refusal : 'not_found');
    },
  };
}

export const QUEUES: readonly Command[] = [
  ...OTHER_KINDS.map(forOtherKind),
  {
    name: 'delete_queue',
    group: 'Queues',
    usage: '<queue_name> [--if-empty|-e] [--if-unused|-u] [--timeout <timeout>]',
    description: 'Deletes a queue',
    args: [1, 1],
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
      const ready = (await broker.deleteQueue(vhost, name)) ?? 0;
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
      const purged = known ? await broker.purgeQueue(vhost, args[0] as string) : null;
      return purged === null ? failed(EXIT.unavailable, 'not_found') : DONE;
    },
  },
];
