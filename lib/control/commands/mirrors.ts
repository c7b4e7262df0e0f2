/** Commands about the mirrors of classic queues. */
import { type Command, DONE, EXIT, failed, type Failure, type NodeCall, type Result } from '../command';
import type { MirrorControl } from '../mirror-control';
import type { QueueName } from '../quorum-control';

/** What the queue can be told, or why it cannot. */
function mirroredQueue({ args, vhost, broker, node, target }: NodeCall): { queue: QueueName; mirrors: MirrorControl } | Failure {
  const name = args[0] as string;
  const queue = broker.snapshot(vhost, target.now()).queues.find((other) => other.name === name);
  if (queue === undefined) return failed(EXIT.unavailable, 'not_found');
  if (queue.kind === 'quorum') return failed(EXIT.unavailable, 'quorum_queue_not_supported');
  if (queue.kind !== 'mirrored' || node.mirrors === undefined) return failed(EXIT.unavailable, 'not_mirrored');
  return { queue: { vhost, name }, mirrors: node.mirrors };
}

async function sync(mirrors: MirrorControl, queue: QueueName): Promise<Result> {
  await mirrors.sync(queue);
  return DONE;
}

async function cancelSync(mirrors: MirrorControl, queue: QueueName): Promise<Result> {
  return (await mirrors.cancelSync(queue)) ? DONE : { kind: 'message', text: 'not_syncing' };
}

export const MIRRORS: readonly Command[] = (
  [
    ['sync_queue', 'Synchronising', 'Brings the mirrors of a queue up to date', sync],
    ['cancel_sync_queue', 'Stopping synchronising', 'Stops bringing the mirrors of a queue up to date', cancelSync],
  ] as const
).map(
  ([name, doing, description, act]): Command => ({
    name,
    group: 'Replication',
    usage: '[--vhost <vhost>] <queue>',
    description,
    args: [1, 1],
    banner: ({ args, vhost }) => `${doing} queue '${args[0]}' in vhost '${vhost}' ...`,
    run: async (call) => {
      const found = mirroredQueue(call);
      return 'kind' in found ? found : act(found.mirrors, found.queue);
    },
  }),
);
