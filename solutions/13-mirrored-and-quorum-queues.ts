/**
 * Answers to notebook 13, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import amqp from 'amqplib';
import type { LabApi, QueueSnapshot } from 'warren';

/** Of the notebook's first cell. */
declare const NODES: readonly string[];

/**
 * Exercise 1. `exactly` counts the master, so 2 is one mirror; `^` keeps `prepay-1` out. The mode of synchronising is manual
 * unless said otherwise, and so is the wait for a master that was stopped. After a failure the default is to promote whoever
 * is there: that one word has to be said.
 */
export async function keepPayments(cluster: LabApi): Promise<void> {
  const definition = '{"ha-mode":"exactly","ha-params":2,"ha-promote-on-failure":"when-synced"}';
  await cluster.sh`rabbitmqctl -n rabbit1 -q set_policy payments ^pay- ${definition}`;
}

/**
 * Exercise 2. Before a node may go, each mirrored queue must have two synchronised mirrors, for any of them may become its
 * master. So they are brought up to date at the beginning (nobody said that they were) and after every start, in all virtual
 * hosts. A member that has just started is not a mirror yet: without waiting for that, `sync_queue` finds nothing to do.
 */
export async function restartAll(cluster: LabApi): Promise<void> {
  const { stdout } = await cluster.sh`rabbitmqctl -n rabbit1 -q list_vhosts --formatter json name`;
  const vhosts = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  const mirrored = async (vhost: string): Promise<QueueSnapshot[]> =>
    (await cluster.snapshot(vhost)).queues.filter(({ kind }) => kind === 'mirrored');
  const awaited = async (vhost: string, holds: (queue: QueueSnapshot) => boolean): Promise<void> => {
    while (!(await mirrored(vhost)).every(holds)) await cluster.settled();
  };
  const bringUpToDate = async (): Promise<void> => {
    for (const vhost of vhosts) {
      await awaited(vhost, ({ mirrors }) => mirrors?.length === NODES.length - 1);
      for (const { name } of await mirrored(vhost)) await cluster.sh`rabbitmqctl -n rabbit1 -q sync_queue -p ${vhost} ${name}`;
      await awaited(vhost, ({ mirrors }) => mirrors?.every(({ synchronised }) => synchronised) === true);
    }
  };
  await bringUpToDate();
  for (const node of NODES) {
    await cluster.node(node).stop();
    await cluster.node(node).start();
    await bringUpToDate();
  }
}

/**
 * Exercise 3. At every moment some queue is bound with all keys: first the catcher beside the old queue, then the catcher
 * alone, at the end the new queue. While two are bound a message goes to both, so it may be there twice. The old messages wait
 * in a queue of their own, or they would stand behind those that the catcher has caught. All helpers are quorum queues: what
 * is moved must not be kept worse than before. `ifEmpty` is not for quorum queues; each queue is deleted when `get` has found
 * it empty and nothing can reach it any more. Messages are poured over connections of their own: on a real RabbitMQ 3.10 a
 * channel remembers of which kind the queue was that it took messages from, and is cut off (541) when it publishes to one of
 * another kind with that name.
 */
export async function toQuorum(cluster: LabApi, queue: string): Promise<void> {
  const connection = await amqp.connect(cluster.url('rabbit1'));
  const channel = await connection.createChannel();
  const bindings = (await cluster.snapshot()).bindings.filter(
    ({ source, destination, toQueue }) => source !== '' && toQueue && destination === queue,
  );
  const declare = (name: string) => channel.assertQueue(name, { arguments: { 'x-queue-type': 'quorum' } });
  const bind = async (name: string): Promise<void> => {
    for (const one of bindings) await channel.bindQueue(name, one.source, one.routingKey, one.arguments);
  };
  const unbind = async (name: string): Promise<void> => {
    for (const one of bindings) await channel.unbindQueue(name, one.source, one.routingKey, one.arguments);
  };
  const pour = async (from: string, into: string): Promise<void> => {
    const hose = await amqp.connect(cluster.url('rabbit1'));
    const pump = await hose.createConfirmChannel();
    for (let message = await pump.get(from); message; message = await pump.get(from)) {
      pump.sendToQueue(into, message.content, message.properties);
      await pump.waitForConfirms();
      pump.ack(message);
    }
    await hose.close();
    await channel.deleteQueue(from);
  };
  const [old, caught] = [`${queue}.old`, `${queue}.caught`] as const;
  await declare(old);
  await declare(caught);
  await bind(caught);
  await unbind(queue);
  await pour(queue, old);
  await declare(queue);
  await pour(old, queue);
  await bind(queue);
  await unbind(caught);
  await pour(caught, queue);
  await connection.close();
}
