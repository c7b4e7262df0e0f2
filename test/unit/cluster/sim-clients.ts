/** Unmodified amqplib on the nodes of a simulated cluster. */
import { strict as assert } from 'node:assert';
import amqp, { type Channel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import type { Json } from '../../../lib/broker/api';
import type { Queue } from '../../../lib/broker/queue/queue';
import type { MirrorCommands } from '../../../lib/cluster/mirror/mirror-commands';
import type { TraceSink } from '../../../lib/trace/sink';
import { runProgram } from '../../../lib/world/sim-node-api';
import { SimCluster, type SimNode } from './sim-node';

export class SimClients {
  constructor(readonly cluster: SimCluster) {}

  node(name: string): SimNode {
    return this.cluster.nodes.find((node) => node.name === name) as SimNode;
  }

  /** A confirm channel of its own connection; errors of both are nobody's business. */
  async open(node: string): Promise<ConfirmChannel> {
    const connection = await amqp.connect(`amqp://guest:guest@${node}?heartbeat=0`);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return channel;
  }

  listen(node: SimNode): Promise<void> {
    return new Promise((resolve, reject) => {
      node.broker.listen({ host: '0.0.0.0', port: 5672 }, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** On the folder of a node whose process is stopped. */
  async forgetOffline(name: string, member: string): Promise<void> {
    const node = this.node(name);
    node.boot();
    await node.commands.forgetOffline(`${member}@localhost`);
    node.crash();
  }

  /** What the tools do. */
  mirrors(name: string): MirrorCommands {
    const commands = this.node(name).node.application?.mirrors;
    assert.ok(commands);
    return commands;
  }

  /** Application and process, in order. */
  async stop(name: string): Promise<void> {
    const node = this.node(name);
    await new Promise<void>((resolve) => node.node.stopApp(resolve));
    node.node.close(() => undefined);
    node.crash();
  }

  async start(name: string): Promise<void> {
    const node = this.node(name);
    node.boot();
    await new Promise<void>((resolve, reject) => {
      node.node.startApp((error) => (error === null ? resolve() : reject(error)));
    });
    await this.listen(node);
  }

  policy(node: string, definition: Record<string, Json>, pattern = '^ha-'): void {
    this.node(node).broker.policies.set('/', 'ha', { pattern, definition });
  }

  queue(node: string, name: string): Queue | undefined {
    return this.node(node).broker.vhosts.get('/')?.queues.get(name);
  }

  /** `b (a+ c-)`: the home, and its mirrors with whether they are synchronised, as a node knows it. */
  copies(node: string, name: string): string {
    const queue = this.queue(node, name);
    if (queue === undefined) return 'none';
    const short = (of: string): string => of.split('@')[0] as string;
    if (queue.mirrors === null) return short(queue.home);
    const mirrors = queue.mirrors.map((mirror) => `${short(mirror.node)}${mirror.synchronised ? '+' : '-'}`);
    return `${short(queue.home)} (${mirrors.join(' ')})`;
  }

  /** Waits, in the time of the simulation, until all of the nodes agree on it. */
  async settled(name: string, expected: string, nodes = ['a', 'b', 'c']): Promise<void> {
    const all = (): string[] => nodes.map((node) => this.copies(node, name));
    for (let i = 0; i < 200 && !all().every((one) => one === expected); i++) await sleep(25);
    assert.deepEqual(
      all(),
      nodes.map(() => expected),
    );
  }
}

/** Of the simulation. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function withCluster(
  seed: number,
  program: (clients: SimClients) => Promise<void>,
  names: readonly string[] = ['a', 'b', 'c'],
  /** Octets that ready messages may take in the memory of a node. */
  messageMemory?: number,
  trace?: TraceSink,
): Promise<void> {
  const cluster = await SimCluster.joined(seed, names, {
    broker: {
      nodeName: 'node',
      users: [{ name: 'guest', password: 'guest' }],
      ...(messageMemory && { messageMemory }),
      ...(trace && { trace }),
    },
  });
  const clients = new SimClients(cluster);
  for (const node of cluster.nodes) void clients.listen(node);
  cluster.sim.runFor(10);
  await runProgram(cluster.sim, () => program(clients));
}

/** Publishes persistent messages `<text>0`, `<text>1` ... and returns how many were confirmed and refused. */
export async function publish(
  channel: ConfirmChannel,
  queue: string,
  text: string,
  count: number,
): Promise<{ acks: number; nacks: number }> {
  const outcomes = Array.from(
    { length: count },
    (_, i) =>
      new Promise<boolean>((resolve) => {
        channel.sendToQueue(queue, Buffer.from(`${text}${i}`), { persistent: true }, (error) => resolve(error === null));
      }),
  );
  const acks = (await Promise.all(outcomes)).filter((acked) => acked).length;
  return { acks, nacks: count - acks };
}

/** Consumes so many and acknowledges them; a redelivered one is shown with a star. */
export async function consume(channel: Channel, queue: string, count: number): Promise<string[]> {
  const found: string[] = [];
  let done: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const { consumerTag } = await channel.consume(queue, (message: ConsumeMessage | null) => {
    if (message === null) return;
    found.push(message.content.toString() + (message.fields.redelivered ? '*' : ''));
    channel.ack(message);
    if (found.length === count) done();
  });
  await all;
  await channel.cancel(consumerTag);
  return found;
}

/** `base0*`, `base1*` ... */
export function texts(text: string, count: number, star = ''): string[] {
  return Array.from({ length: count }, (_, i) => `${text}${i}${star}`);
}
