/** Where the recoveries begin: A is rabbit1, B is rabbit2, and B has a mirrored queue `ha.q` whose mirror is on A. */
import type { ClusterStage } from './harness/cluster-stage';

export const MIRROR_ALL = '{"ha-mode":"all","ha-sync-mode":"automatic"}';

/** Sets the policy, declares the queue through B, fills it, and waits until the mirror has it all. */
export async function mirroredPair(c: ClusterStage, messages = 100, definition: string = MIRROR_ALL): Promise<void> {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', definition);
  await c.filled('rabbit2', 'ha.q', messages);
  await c.untilMirrored('ha.q', 'rabbit1');
}

/** Publishes more through a node, and gives what the broker answered to each. */
export async function more(
  c: ClusterStage,
  node: 'rabbit1' | 'rabbit2' | 'rabbit3',
  texts: readonly string[],
  queue = 'ha.q',
): Promise<string[]> {
  const connection = await c.connect(node);
  const channel = await connection.createConfirmChannel();
  const answers = await c.publish(channel, queue, texts);
  await connection.close();
  return answers;
}
