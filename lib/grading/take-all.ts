/** Empties queues at the end of a scenario, to see what has come into them. */
import type * as amqp from 'amqplib';
import type { Stage } from './scenario';

/**
 * Takes every message that waits in these queues, in order. A queue that does not exist, or that only its owner may use, is
 * empty: asking the broker for it would close the grader's channel.
 */
export async function takeAll(
  stage: Pick<Stage, 'lab' | 'vhost' | 'channel'>,
  queues: readonly string[],
): Promise<Record<string, amqp.GetMessage[]>> {
  const snapshot = await stage.lab.snapshot(stage.vhost);
  const open = new Set(snapshot.queues.filter(({ exclusive }) => !exclusive).map(({ name }) => name));
  const taken: Record<string, amqp.GetMessage[]> = {};
  for (const queue of queues) taken[queue] = open.has(queue) ? await emptied(stage.channel, queue) : [];
  return taken;
}

async function emptied(channel: amqp.Channel, queue: string): Promise<amqp.GetMessage[]> {
  const messages: amqp.GetMessage[] = [];
  for (let next = await channel.get(queue); next !== false; next = await channel.get(queue)) {
    messages.push(next);
    channel.ack(next);
  }
  return messages;
}
