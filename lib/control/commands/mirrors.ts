/** Commands about the mirrors of classic queues. */
import { type Command, DONE, EXIT, failed, type Result } from '../command';
import type { MirrorControl } from '../mirror-control';
import type { QueueName } from '../quorum-control';

/** `mirrors` is undefined for a queue without mirrors. */
type Act = (mirrors: MirrorControl | undefined, queue: QueueName) => Promise<Result>;

const sync: Act = async (mirrors, queue) => {
  if (mirrors === undefined) return failed(EXIT.unavailable, 'not_mirrored');
  await mirrors.sync(queue);
  return DONE;
};

const cancelSync: Act = async (mirrors, queue) =>
  (await mirrors?.cancelSync(queue)) ? DONE : { kind: 'message', text: 'not_syncing' };

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
      const { vhost, broker, node, target } = call;
      const name = call.args[0] as string;
      const queue = broker.snapshot(vhost, target.now()).queues.find((other) => other.name === name);
      if (queue === undefined) return failed(EXIT.unavailable, 'not_found');
      if (queue.kind === 'quorum') return failed(EXIT.unavailable, 'quorum_queue_not_supported');
      return act(queue.kind === 'mirrored' ? node.mirrors : undefined, { vhost, name });
    },
  }),
);
