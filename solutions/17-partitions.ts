/**
 * Answers to notebook 17, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import amqp from 'amqplib';
import type { LabApi } from 'warren';

/** Of the notebook's first cell. */
declare const NODES: readonly string[];

/**
 * Exercise 1. `list_connections` lists the clients of all nodes that the asked one reaches: one question to each side is enough.
 * One more than the others have: with equally many, the side with more nodes would win, and that is theirs.
 */
export async function tipTheScale(cluster: LabApi, node: string): Promise<amqp.ChannelModel[]> {
  const clientsSeenBy = async (asked: string | undefined): Promise<number> => {
    const { stdout } = await cluster.sh`rabbitmqctl -n ${asked} -q list_connections --formatter json name`;
    return (JSON.parse(stdout) as unknown[]).length;
  };
  const theirs = await clientsSeenBy(NODES.find((name) => name !== node));
  const own = await clientsSeenBy(node);
  const opened: amqp.ChannelModel[] = [];
  for (let count = own; count <= theirs; count++) opened.push(await amqp.connect(cluster.url(node)));
  return opened;
}

/**
 * Exercise 2. Every node is asked, for each knows its own side only. Nodes of one side give the same list, and it is kept once.
 * "Network Partitions" would not do: while the line is down it says (none), and a node names whom it has lost, not whom it has.
 */
export async function sidesOf(cluster: LabApi): Promise<string[][]> {
  const sides = new Map<string, string[]>();
  for (const node of NODES) {
    const { exitCode, stdout } = await cluster.sh`rabbitmqctl -n ${node} -q cluster_status --formatter json`;
    if (exitCode !== 0) continue;
    const { running_nodes } = JSON.parse(stdout) as { running_nodes: string[] };
    const side = running_nodes.map((name) => name.replace('@localhost', '')).sort();
    sides.set(side.join(' '), side);
  }
  return [...sides.values()];
}

/**
 * Exercise 3. Both copies are read without emptying them: got, never acknowledged, and back in their places when the channel
 * closes. What only the losers have is published at the trusted node while they still have it, and they stop only when all of it
 * is confirmed; so at every moment each message is somewhere. At worst the program dies in between and is run again: then what it
 * had published already is in both copies, and is not published again. All losers are down before the first of them starts.
 */
export async function mend(cluster: LabApi, losers: string[], queue: string): Promise<void> {
  const copyAt = async (node: string | undefined): Promise<amqp.GetMessage[]> => {
    const connection = await amqp.connect(cluster.url(node));
    const channel = await connection.createChannel();
    const messages: amqp.GetMessage[] = [];
    for (let got = await channel.get(queue); got; got = await channel.get(queue)) messages.push(got);
    await channel.close();
    await connection.close();
    return messages;
  };
  const trusted = NODES.find((node) => !losers.includes(node));
  const kept = new Set((await copyAt(trusted)).map(({ properties }) => properties.messageId as string));
  const connection = await amqp.connect(cluster.url(trusted));
  const channel = await connection.createConfirmChannel();
  for (const { content, properties } of await copyAt(losers[0])) {
    if (!kept.has(properties.messageId as string)) channel.sendToQueue(queue, content, properties);
  }
  await channel.waitForConfirms();
  await connection.close();
  for (const node of losers) await cluster.sh`rabbitmqctl -n ${node} stop_app`;
  for (const node of losers) await cluster.sh`rabbitmqctl -n ${node} start_app`;
}
