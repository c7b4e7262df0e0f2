/** Three nodes in a lab, for scenarios: what a person at three terminals would do to them, and see. */
import { strict as assert } from 'node:assert';
import * as amqp from 'amqplib';
import type { Channel, ChannelModel, ConfirmChannel, Options } from 'amqplib';
import type { CommandResult, LabNode } from '../../../lib/lab/api';
import type { Lab } from '../../../lib/lab/lab';
import type { QueueSnapshot } from '../../../lib/trace/snapshot';
import type { EngineName } from './engine';
import { WireClient } from './wire-client';

export const NODES = ['rabbit1', 'rabbit2', 'rabbit3'] as const;
export type NodeName = (typeof NODES)[number];

/** What a command said, without warnings of the tool about itself. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `cluster_status`, with node names as the lab has them. */
export interface Members {
  readonly disc: readonly string[];
  readonly ram: readonly string[];
  readonly running: readonly string[];
  readonly partitions: Readonly<Record<string, readonly string[]>>;
}

/** Milliseconds of patience with the cluster; only a failing scenario waits so long, or one on a machine under load. */
const PATIENCE_MS: Readonly<Record<EngineName, number>> = { warren: 5000, rabbitmq: 60_000 };

export class ClusterStage {
  #connections: ChannelModel[] = [];
  #wires: WireClient[] = [];

  constructor(
    readonly lab: Lab,
    private readonly engine: EngineName,
  ) {}

  node(name: NodeName): LabNode {
    return this.lab.node(name);
  }

  /** Runs rabbitmqctl for a node. */
  async ctl(node: NodeName, ...args: readonly string[]): Promise<Said> {
    return this.run('rabbitmqctl', node, ...args);
  }

  async run(tool: 'rabbitmqctl' | 'rabbitmq-queues', node: NodeName, ...args: readonly string[]): Promise<Said> {
    const words = ['-n', `${node}@localhost`, ...args];
    const spaces = words.map((_, i) => (i === 0 ? `${tool} ` : ' '));
    const result = await this.lab.sh([...spaces, ''] as unknown as TemplateStringsArray, ...words);
    return { code: result.exitCode, out: withoutWarnings(result.stdout), err: complaint(result) };
  }

  /** Runs a command that must succeed; gives what it prints. */
  async told(node: NodeName, ...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.ctl(node, '-q', ...args);
    assert.equal(code, 0, `rabbitmqctl -n ${node} ${args.join(' ')}: ${err || out}`);
    return out;
  }

  /** The lines of the notes: makes a blank node a member. */
  async join(node: NodeName, member: NodeName, ...options: readonly string[]): Promise<void> {
    await this.told(node, 'stop_app');
    await this.told(node, 'join_cluster', ...options, `${member}@localhost`);
    await this.told(node, 'start_app');
  }

  async members(node: NodeName): Promise<Members> {
    return membersIn(JSON.parse(await this.told(node, 'cluster_status', '--formatter', 'json')) as Record<string, unknown>);
  }

  /** Waits until these are what the node sees running, in whatever order. */
  async untilRunning(node: NodeName, ...running: readonly NodeName[]): Promise<void> {
    await this.eventually(async () => assert.deepEqual([...(await this.members(node)).running].sort(), running));
  }

  /** Waits until a node that was started waits for others: it answers its tools, and its application does not run. */
  async untilWaiting(node: NodeName): Promise<void> {
    await this.eventually(async () => assert.equal((await this.ctl(node, 'status')).code, 64));
  }

  /** Starts a node that is down; resolves when it accepts clients. */
  async start(...nodes: readonly NodeName[]): Promise<void> {
    await this.whileTimePasses(Promise.all(nodes.map((node) => this.node(node).start())));
  }

  /** What a start that must fail says. */
  async failedStart(node: NodeName): Promise<string> {
    return this.whileTimePasses(
      this.node(node)
        .start()
        .then(
          () => '',
          (error: Error) => error.message,
        ),
    );
  }

  /** A queue as a snapshot of `/` has it. */
  async queue(name: string): Promise<QueueSnapshot | undefined> {
    return (await this.lab.snapshot()).queues.find((queue) => queue.name === name);
  }

  /** Waits until a mirrored queue has these mirrors, all of them synchronised. Gives its home. */
  async untilMirrored(name: string, ...mirrors: readonly NodeName[]): Promise<string> {
    return this.eventually(async () => {
      const queue = await this.queue(name);
      const synchronised = (queue?.mirrors ?? []).filter((mirror) => mirror.synchronised).map(({ node }) => node);
      assert.deepEqual(synchronised.sort(), [...mirrors].sort());
      return queue?.node ?? '';
    });
  }

  async connect(node: NodeName, options: { vhost?: string; user?: string } = {}): Promise<ChannelModel> {
    const { vhost = '/', user = 'guest' } = options;
    const where = { hostname: '127.0.0.1', port: this.lab.node(node).port, vhost: encodeURIComponent(vhost), heartbeat: 0 };
    const connection = await amqp.connect({ ...where, username: user, password: user });
    connection.on('error', () => undefined);
    this.#connections.push(connection);
    return connection;
  }

  /** A raw client in `/`, after the handshake. */
  async wire(node: NodeName): Promise<WireClient> {
    const client = await WireClient.connect({ port: this.lab.node(node).port, vhost: '/' });
    this.#wires.push(client);
    return client;
  }

  async channel(node: NodeName): Promise<Channel> {
    return quiet(await (await this.connect(node)).createChannel());
  }

  async confirmChannel(node: NodeName): Promise<ConfirmChannel> {
    return quiet(await (await this.connect(node)).createConfirmChannel());
  }

  /** Declares a durable queue through a node, which becomes its home, and publishes `count` persistent messages, confirmed. */
  async filled(node: NodeName, queue: string, count: number, args: Record<string, unknown> = {}): Promise<void> {
    const connection = await this.connect(node);
    const channel = quiet(await connection.createConfirmChannel());
    await channel.assertQueue(queue, { durable: true, arguments: args });
    await this.publish(channel, queue, bodies(count));
    await connection.close();
  }

  /** Publishes persistent messages to a queue and gives what the broker answered to each. */
  async publish(
    channel: ConfirmChannel,
    queue: string,
    texts: readonly string[],
    options: Options.Publish = {},
  ): Promise<string[]> {
    let closed: () => void = () => undefined;
    const end = new Promise<string>((resolve) => {
      closed = () => resolve('closed');
    });
    channel.once('error', closed).once('close', closed);
    const answers = texts.map((text) => {
      const answer = new Promise<string>((resolve) => {
        channel.sendToQueue(queue, Buffer.from(text), { persistent: true, ...options }, (error) =>
          resolve(error ? 'nack' : 'ack'),
        );
      });
      return Promise.race([answer, end]);
    });
    void Promise.allSettled(answers).then(() => channel.off('error', closed).off('close', closed));
    return Promise.all(answers);
  }

  /** What a passive declaration through this node says: `ready N`, or the error. */
  async probe(node: NodeName, queue: string): Promise<string> {
    return this.answer(node, async (channel) => `ready ${(await channel.checkQueue(queue)).messageCount}`);
  }

  /** What a method says through a channel of its own on this node: its result, the reply text of its error, or `hangs`. */
  async answer(
    node: NodeName,
    method: (channel: Channel) => Promise<unknown>,
    patienceMs = PATIENCE_MS[this.engine],
  ): Promise<string> {
    const connection = await this.connect(node);
    const channel = quiet(await connection.createChannel());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('hangs'), patienceMs);
    });
    const words = (error: Error): string => /with message "([\s\S]*)"$/.exec(error.message)?.[1] ?? error.message;
    const ended = new Promise<string>((resolve) => connection.once('error', (error: Error) => resolve(words(error))));
    const said = method(channel).then((value) => (typeof value === 'string' ? value : 'ok'), words);
    // amqplib rejects the method first, and tells why its connection was closed a moment later.
    const why = said.then((text) => (text.startsWith('Channel ended') ? Promise.race([ended, late]) : text));
    const first = await Promise.race([why, late]);
    clearTimeout(timer);
    await connection.close().catch(() => undefined);
    return first;
  }

  /** All ready messages of a queue, with a star behind those called redelivered; they are gone then. */
  async drain(node: NodeName, queue: string): Promise<string[]> {
    const connection = await this.connect(node);
    const channel = quiet(await connection.createChannel());
    const found: string[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) break;
      found.push(`${message.content}${message.fields.redelivered ? '*' : ''}`);
    }
    await connection.close();
    return found;
  }

  /** Repeats `assertion` until it no longer throws. */
  async eventually<T>(assertion: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS[this.engine];
    for (;;) {
      try {
        return await assertion();
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await this.pass(200);
    }
  }

  /** Lets broker time pass: winds the clock, or waits. */
  async pass(ms: number): Promise<void> {
    if (this.engine === 'warren') await this.lab.clock.advance(ms);
    else await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Lets broker time pass until something has come. */
  async whileTimePasses<T>(coming: Promise<T>): Promise<T> {
    let come = false;
    const noted = coming.finally(() => (come = true));
    noted.catch(() => undefined);
    while (!come) await this.pass(100);
    return noted;
  }

  /** Closes what is connected. */
  async leave(): Promise<void> {
    for (const wire of this.#wires.splice(0)) wire.abort();
    const connections = this.#connections;
    this.#connections = [];
    // A connection to a node that is gone or frozen never answers.
    await Promise.all(
      connections.map((connection) =>
        Promise.race([connection.close().catch(() => undefined), new Promise((done) => setTimeout(done, 500))]),
      ),
    );
  }
}

/** `m1` to `mCOUNT`. */
export function bodies(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, i) => `m${first + i}`);
}

function quiet<C extends Channel>(channel: C): C {
  channel.on('error', () => undefined);
  return channel;
}

/** rabbitmqctl of 3.10 logs to its own output what it thinks of feature flags and tracking tables while a node joins. */
function withoutWarnings(text: string): string {
  return text
    .replace(/^\d\d:\d\d:\d\d\.\d{3} \[\w+\].*\n\n?/gm, '')
    .replaceAll('\x1b[1m', '')
    .replaceAll('\x1b[0m', '')
    .trim();
}

function complaint({ stderr }: CommandResult): string {
  return withoutWarnings(stderr).replace(/^Error:\n/, '');
}

function membersIn(status: Readonly<Record<string, unknown>>): Members {
  const names = (list: unknown): string[] => (list as string[]).map(labName);
  const partitions = Object.entries(status.partitions as Record<string, string[]>).map(([node, from]) => [
    labName(node),
    names(from),
  ]);
  return {
    disc: names(status.disk_nodes),
    ram: names(status.ram_nodes),
    running: names(status.running_nodes),
    partitions: Object.fromEntries(partitions) as Members['partitions'],
  };
}

function labName(nodename: string): string {
  return nodename.replace(/@localhost$/, '');
}
