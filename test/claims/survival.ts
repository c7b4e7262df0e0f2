/**
 * Claims about what outlives a node. A restart costs seconds on RabbitMQ, so all claims about the same end share one: what each
 * wants is prepared, the node goes down and comes up once, then each looks for its own.
 */
import type { Channel, ConfirmChannel, Options } from 'amqplib';
import { claim, type NotebookNumber } from './harness/claim';
import type { ClaimContext } from './harness/context';
import type { OwnNode } from './harness/own-node';

export type End = 'stop' | 'kill';

/** Milliseconds of broker time that the node is down. */
export const DOWN_MS = 1500;

export interface Stage {
  readonly node: OwnNode;
  readonly end: End;
  /** A name of this claim's own, the same before and after. */
  name(base: string): string;
  channel(vhost?: string): Promise<Channel>;
  confirmChannel(vhost?: string): Promise<ConfirmChannel>;
  eventually(assertion: () => Promise<void>): Promise<void>;
}

interface Survivor {
  readonly id: string;
  readonly ends: readonly End[];
  readonly prepare: (stage: Stage) => Promise<void>;
}

const survivors: Survivor[] = [];

function stageOf(node: OwnNode, end: End, id: string, t: ClaimContext): Stage {
  return {
    node,
    end,
    name: (base) => `${id} ${base}`,
    channel: async (vhost) => quiet(await (await node.connect(vhost)).createChannel()),
    confirmChannel: async (vhost) => quiet(await (await node.connect(vhost)).createConfirmChannel()),
    eventually: (assertion) => t.eventually(assertion),
  };
}

function quiet<C extends Channel>(channel: C): C {
  channel.on('error', () => undefined);
  return channel;
}

export interface SurvivalOptions {
  readonly notebook: NotebookNumber;
  /** Default: both, each on a node of its own. */
  readonly ends?: readonly End[];
  readonly differs?: string;
}

/** `check` runs once for each end. */
export function survival(
  id: string,
  sentence: string,
  { ends = ['stop', 'kill'], ...options }: SurvivalOptions,
  prepare: (stage: Stage) => Promise<void>,
  check: (stage: Stage, engine: () => 'warren' | 'rabbitmq') => Promise<void>,
): void {
  survivors.push({ id, ends, prepare });
  claim(id, sentence, options, async (t) => {
    for (const end of ends) {
      const node = await t.ownNode(`durability-${end}`, async (fresh) => {
        for (const one of survivors) if (one.ends.includes(end)) await one.prepare(stageOf(fresh, end, one.id, t));
        await fresh.restart(end, DOWN_MS);
      });
      await check(stageOf(node, end, id, t), () => t.engine);
    }
  });
}

/** Publishes to a queue and waits for the confirm. */
export function put(channel: ConfirmChannel, queue: string, body: string, options: Options.Publish = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, Buffer.from(body), { persistent: true, ...options }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** Bodies of all ready messages, with a star behind those called redelivered. */
export async function drain(channel: Channel, queue: string): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return found;
    found.push(`${message.content}${message.fields.redelivered ? '*' : ''}`);
  }
}

/** Whether a passive declaration finds it. */
export async function exists({ channel }: Stage, kind: 'Queue' | 'Exchange', name: string): Promise<boolean> {
  return (await channel())[`check${kind}`](name).then(
    () => true,
    (error: { code?: number }) => {
      if (error.code === 404) return false;
      throw error;
    },
  );
}

export async function durableQueue(stage: Stage, args: Record<string, unknown> = {}, base = 'q'): Promise<string> {
  const name = stage.name(base);
  await (await stage.channel()).assertQueue(name, { durable: true, arguments: args });
  return name;
}

/** Without what `drain` adds. */
export function bodies(found: readonly string[]): string[] {
  return found.map((body) => body.replace('*', ''));
}
