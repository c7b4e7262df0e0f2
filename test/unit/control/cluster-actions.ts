/** What happens to the nodes of a transcript besides commands: `lab declare q1 rabbit1`. */
import amqp from 'amqplib';
import type { Lab } from '../../../lib/lab/lab';

type Action = (lab: Lab, ...words: readonly string[]) => Promise<void>;

async function connected(lab: Lab, node: string): Promise<amqp.ChannelModel> {
  const connection = await amqp.connect(lab.url(node));
  return connection.on('error', () => undefined);
}

/** Does its work on a connection of its own, which goes again. */
async function briefly(lab: Lab, node: string, act: (channel: amqp.ConfirmChannel) => Promise<unknown>): Promise<void> {
  const connection = await connected(lab, node);
  await act(await connection.createConfirmChannel());
  await connection.close();
}

const ACTIONS: Readonly<Record<string, Action>> = {
  start: async (lab, node) => lab.node(node as string).start(),
  stop: async (lab, node) => lab.node(node as string).stop(),
  kill: async (lab, node) => lab.node(node as string).kill(),
  declare: (lab, queue, node, transient) =>
    briefly(lab, node as string, (channel) => channel.assertQueue(queue as string, { durable: transient === undefined })),
  publish: (lab, queue, node) =>
    briefly(lab, node as string, async (channel) => {
      channel.sendToQueue(queue as string, Buffer.from('m'), { persistent: true });
      await channel.waitForConfirms();
    }),
  consume: async (lab, queue, node) => {
    const channel = await (await connected(lab, node as string)).createChannel();
    await channel.consume(queue as string, () => undefined, { consumerTag: 'me', exclusive: true });
    await lab.settled();
  },
};

export async function labAction(lab: Lab, [name, ...words]: readonly string[]): Promise<void> {
  const action = ACTIONS[name as string];
  if (action === undefined) throw new Error(`A transcript asks for ${name}, which is no action.`);
  await action(lab, ...words);
}
