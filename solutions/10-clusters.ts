/**
 * Answers to notebook 10, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import amqp from 'amqplib';
import type { LabApi } from 'warren';

/** Of the notebook's first cell. */
declare const NODES: readonly string[];

type Effect = { down: string[]; gone: string[] };

/**
 * Exercise 1. `--local`, asked of the node itself, lists what has its home there, so nothing must be read out of a text in which
 * names may look like nodes. Durable queues wait for their home; transient ones end with it.
 */
export async function effectOfRestart(cluster: LabApi, node: string): Promise<Effect> {
  const { stdout } = await cluster.sh`rabbitmqctl -n ${node} -q list_queues --local --formatter json name durable`;
  const effect: Effect = { down: [], gone: [] };
  for (const { name, durable } of JSON.parse(stdout) as { name: string; durable: boolean }[]) {
    effect[durable ? 'down' : 'gone'].push(name);
  }
  return effect;
}

/**
 * Exercise 2. The kind is read first: it goes with the old member when that is forgotten. Everything is asked of a member that is
 * left. The new node is blank, so `reset` would find nothing to do, and `join_cluster` resets in any case.
 */
export async function replaceNode(cluster: LabApi, node: string): Promise<void> {
  const member = NODES.find((name) => name !== node);
  const { stdout } = await cluster.sh`rabbitmqctl -n ${member} -q cluster_status --formatter json`;
  const { ram_nodes } = JSON.parse(stdout) as { ram_nodes: string[] };
  const kind = ram_nodes.includes(`${node}@localhost`) ? '--ram' : '--disc';
  await cluster.sh`rabbitmqctl -n ${member} forget_cluster_node ${node}@localhost`;
  await cluster.sh`rabbitmqctl -n ${node} stop_app`;
  await cluster.sh`rabbitmqctl -n ${node} join_cluster ${kind} ${member}@localhost`;
  await cluster.sh`rabbitmqctl -n ${node} start_app`;
}

/**
 * Exercise 3. The messages wait in a queue beside it while the old one is deleted and declared anew, over a connection to the new
 * home. Each is acknowledged only after it was confirmed where it goes, so at every moment it is in one of the two, at worst in
 * both. Its properties go along: `deliveryMode` is one of them, and without it the messages do not survive a crash. `ifEmpty`
 * refuses to delete what somebody has published meanwhile. Queues with copies move by a command; they come later.
 */
export async function moveQueue(cluster: LabApi, queue: string, to: string): Promise<void> {
  const listed = await cluster.sh`rabbitmqctl -n ${to} -q list_bindings --formatter json \
    source_name destination_name destination_kind routing_key`;
  type Binding = { source_name: string; destination_name: string; destination_kind: string; routing_key: string };
  const bindings = (JSON.parse(listed.stdout) as Binding[]).filter(
    (one) => one.source_name !== '' && one.destination_kind === 'queue' && one.destination_name === queue,
  );
  const connection = await amqp.connect(cluster.url(to));
  const channel = await connection.createConfirmChannel();
  const pour = async (from: string, into: string): Promise<void> => {
    for (let message = await channel.get(from); message; message = await channel.get(from)) {
      channel.sendToQueue(into, message.content, message.properties);
      await channel.waitForConfirms();
      channel.ack(message);
    }
  };
  const beside = `${queue}.moving`;
  await channel.assertQueue(beside);
  await pour(queue, beside);
  await channel.deleteQueue(queue, { ifEmpty: true });
  await channel.assertQueue(queue);
  for (const { source_name, routing_key } of bindings) await channel.bindQueue(queue, source_name, routing_key);
  await pour(beside, queue);
  await channel.deleteQueue(beside, { ifEmpty: true });
  await connection.close();
}
