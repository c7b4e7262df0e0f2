/**
 * One round on real processes: a cluster of three under load and faults, then everything is mended; the nodes have to agree,
 * nobody may wait for ever, and what was confirmed has to be there. The same steps, and the same judge, as in the simulation.
 */
import amqp from 'amqplib';
import { Lab } from './built-lab';
import type { LabNode, LabOptions } from '../../lib/lab/api';
import type { SeededRandom } from '../../lib/world/random';
import { judge, type Verdict } from '../simulation/cluster/checker';
import { History } from '../simulation/cluster/history';
import { type KindName, kindOf } from '../simulation/cluster/kinds';
import { HEARTBEAT } from '../simulation/cluster/wire-client';
import { Drainer, LoadConsumer, LoadPublisher } from './cluster-clients';
import { ClusterFaults, type FaultCount, sleep } from './cluster-faults';
import { type FaultKind, type RoundPlan, STORM_MS, TICK_TIME_S } from './cluster-plan';
import { ClusterWatch } from './cluster-watch';

export type EngineUnderTest = 'warren' | 'rabbitmq';

export interface RoundResult {
  readonly verdict: Verdict;
  readonly faults: ReadonlyMap<FaultKind, FaultCount>;
  readonly promotions: number;
  readonly apart: boolean;
}

export const NODES: readonly string[] = ['rabbit1', 'rabbit2', 'rabbit3'];
const PUBLISHERS = 3;
/** Milliseconds between two bursts of a client, on average. */
const PACE_MS = 15;
/** Milliseconds after which something counts as never coming. */
const START_MS = 150_000;
const AGREEMENT_MS = 60_000;
const ANSWER_MS = 30_000;
const DRAIN_MS = 120_000;
/** A queue from which nothing has come for so long is empty. */
const QUIET_MS = 1500;
/** A node that is not heard counts as down after a tick time and a quarter of it; that it has an heir is seen a little later. */
const SILENCE_MS = 1250 * TICK_TIME_S + 2000;
const STARTS = 4;
const FORMINGS = 3;
const REPAIRS = 3;

interface Queue {
  readonly name: string;
  readonly kind: KindName;
  readonly home: string;
}

export class Round {
  private readonly history = new History(() => Date.now(), SILENCE_MS);
  private readonly queues: readonly Queue[];
  private clients: Array<LoadPublisher | LoadConsumer> = [];

  private constructor(
    private readonly lab: Lab,
    private readonly engine: EngineUnderTest,
    kinds: readonly KindName[],
    private readonly plan: RoundPlan,
    private readonly random: SeededRandom,
  ) {
    // A queue of each kind on each node.
    this.queues = kinds.flatMap((kind) => NODES.map((home, i) => ({ name: `${kind}${i + 1}`, kind, home })));
  }

  static async play(
    engine: EngineUnderTest,
    kinds: readonly KindName[],
    plan: RoundPlan,
    random: SeededRandom,
  ): Promise<RoundResult> {
    const config = { cluster_partition_handling: plan.handling, net_ticktime: TICK_TIME_S };
    const options: LabOptions = { engine, processes: true, cluster: true, nodes: NODES, config, traceLimit: 1000 };
    // The tick time is so short that nodes of a machine under load may lose each other while they are being joined.
    const lab = await again(FORMINGS, () => Lab.start({ name: 'torture', ...options }));
    try {
      return await new Round(lab, engine, kinds, plan, random).play();
    } finally {
      await lab.stop();
    }
  }

  private async play(): Promise<RoundResult> {
    const { lab, history, plan, queues } = this;
    await this.declare();
    const watch = new ClusterWatch(lab);
    const faults = new ClusterFaults(lab, () => this.clients.reduce((sum, { setbacks }) => sum + setbacks, 0));
    let drained = false;
    try {
      this.begin();
      await faults.play(plan.faults, STORM_MS);
      await this.mend();
      for (const client of this.clients) client.end();
      await until('a client waits for an answer for ever', ANSWER_MS, async () => {
        const waiting = this.clients.filter(({ quiet }) => !quiet).map(({ name }) => name);
        if (waiting.length > 0) throw new Error(waiting.join(', '));
        return true;
      });
      await this.drain();
      drained = true;
    } catch (error) {
      history.breaks((error as Error).message);
    } finally {
      for (const client of this.clients) {
        client.end();
        client.close();
      }
      await watch.end();
    }
    // Who loses the others and dies before they are back has been apart as well, though nobody ever notices.
    const parted = (['cut', 'isolate', 'SIGSTOP'] as const).some((kind) => (faults.counts.get(kind)?.done ?? 0) > 0);
    // A real node that finds itself in a minority is the home of what it mirrors for a moment, and confirms, before it pauses;
    // ours pauses first.
    const pauses = plan.handling === 'pause_minority' && this.engine === 'warren';
    const apart = (watch.apart || parted) && !pauses;
    for (const event of watch.events) if (event.type === 'queue.promoted') history.promoted(event.queue, event.at);
    const kinds = new Map(queues.map(({ name, kind }) => [name, kind]));
    const verdict = judge(history, kinds, { events: watch.events, apart }, drained);
    return { verdict, faults: faults.counts, promotions: watch.events.length, apart: watch.apart };
  }

  private async declare(): Promise<void> {
    const { lab } = this;
    for (const kind of new Set(this.queues.map((queue) => queue.kind))) {
      const { policy } = kindOf(kind);
      if (policy === undefined) continue;
      const definition = JSON.stringify(policy.definition);
      const { exitCode, stderr } = await lab.sh`rabbitmqctl set_policy --apply-to queues ${kind} ${policy.pattern} ${definition}`;
      if (exitCode !== 0) throw new Error(stderr);
    }
    for (const { name, kind, home } of this.queues) {
      const args = Object.fromEntries([...kindOf(kind).args].map(([key, field]) => [key, field.value]));
      const declared = (): Promise<unknown> =>
        through(this.url(home), (channel) => channel.assertQueue(name, { durable: true, arguments: args }));
      // Before the first fault too, nodes of a machine under load may lose each other.
      await until(`${name} cannot be declared`, AGREEMENT_MS, () => declared().then(() => true));
    }
  }

  private begin(): void {
    const names = this.queues.map(({ name }) => name);
    const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new LoadPublisher(this.settings(`publisher ${i}`), names));
    this.clients = [...publishers, ...names.map((name) => new LoadConsumer(this.settings(`consumer of ${name}`), name))];
  }

  private settings(name: string): ConstructorParameters<typeof LoadPublisher>[0] {
    const nodes = this.lab.nodes.map(({ port }) => `127.0.0.1:${port}`);
    return { name, nodes, random: this.random.stream(name), history: this.history, pace: PACE_MS };
  }

  private url(node: string): string {
    return this.lab.url(node, { heartbeat: HEARTBEAT });
  }

  // --- mending ---

  private async mend(): Promise<void> {
    const { lab, plan } = this;
    for (const node of lab.nodes) if (node.state === 'paused') await node.resume();
    await lab.heal();
    await Promise.all(lab.nodes.map(start));
    if (plan.handling !== 'autoheal') await this.repair();
    await until('the nodes do not come to an agreement', AGREEMENT_MS, () => this.agreed());
  }

  /**
   * What RabbitMQ's guide to partitions asks of an operator: the nodes that nobody trusts are stopped, and start again. With
   * pause_minority too: two nodes that stood still in turn may both miss what the third one saw.
   */
  private async repair(): Promise<void> {
    for (let i = 0; i < REPAIRS; i++) {
      await sleep(3000 * TICK_TIME_S * 0.5);
      const { nodes } = await this.lab.snapshot();
      const size = ({ partitionedFrom = [] }: (typeof nodes)[number]): number => partitionedFrom.length;
      const trusted = nodes.reduce((best, node) => (size(node) < size(best) ? node : best));
      const losers = nodes.filter(
        (node) => node !== trusted && (size(node) > 0 || trusted.partitionedFrom?.includes(node.name) === true),
      );
      if (losers.length === 0) return;
      for (const { name } of losers) await this.lab.node(name).stop();
      for (const { name } of losers) await start(this.lab.node(name));
    }
  }

  /** All run together, trust each other, and each reaches every queue. */
  private async agreed(): Promise<boolean> {
    const { nodes, queues } = await this.lab.snapshot();
    const parted = nodes.find(({ partitionedFrom = [] }) => partitionedFrom.length > 0);
    if (parted !== undefined) throw new Error(`${parted.name} is parted from ${parted.partitionedFrom?.join(', ')}`);
    const idle = queues.find(({ state = 'running' }) => state !== 'running');
    if (idle !== undefined) throw new Error(`${idle.name} is ${idle.state}`);
    for (const name of NODES) {
      const { exitCode } = await this.lab.sh`rabbitmqctl -n ${name} await_online_nodes ${NODES.length} --timeout 5`;
      if (exitCode !== 0) throw new Error(`${name} does not see all of them run`);
      await through(this.url(name), async (channel) => {
        for (const queue of this.queues) await channel.checkQueue(queue.name);
      });
    }
    return true;
  }

  // --- draining ---

  private async drain(): Promise<void> {
    for (const client of this.clients) client.close();
    await until('clients that are gone stay', ANSWER_MS, async () => {
      const { connections, queues } = await this.lab.snapshot();
      const held = queues.filter(({ unacked }) => unacked > 0).map(({ name, unacked }) => `${unacked} of ${name}`);
      const still = connections.map(({ name, node }) => `${name} on ${node}`);
      if (held.length + still.length > 0) throw new Error([...still, ...held].join(', '));
      return true;
    });
    const drainers = this.queues.map(({ name, kind }) => {
      return new Drainer({ ...this.settings(`drainer of ${name}`), pace: 100 }, name, kindOf(kind).inPlace);
    });
    let [taken, since] = [-1, Date.now()];
    await until('a queue cannot be drained', DRAIN_MS, async () => {
      const now = drainers.reduce((sum, drainer) => sum + drainer.taken, 0);
      if (now !== taken) [taken, since] = [now, Date.now()];
      if (Date.now() - since < QUIET_MS) return false;
      const { queues } = await this.lab.snapshot();
      return queues.every(({ ready, unacked }) => ready === 0 && unacked === 0);
    });
    for (const drainer of drainers) {
      drainer.end();
      drainer.close();
    }
  }
}

/** A node that waits for others may give up; its operator starts it again. */
async function start(node: LabNode): Promise<void> {
  const giveUp = Date.now() + START_MS;
  for (let left = STARTS; ; left--) {
    try {
      // One that is starting already is waited for.
      await limited(node.start(), giveUp - Date.now(), `${node.name} waits for ever`);
      return;
    } catch (error) {
      if (left === 0 || Date.now() > giveUp) throw error;
    }
  }
}

/** Until it succeeds, at most so often. */
async function again<T>(times: number, work: () => Promise<T>): Promise<T> {
  for (let left = times - 1; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function limited<T>(work: Promise<T>, ms: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks until it holds; a question that cannot be answered yet is asked again. Throws what is wrong after `ms`. */
async function until(otherwise: string, ms: number, holds: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + ms;
  let last = '';
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    if (Date.now() > giveUp) throw new Error(`${otherwise}${last}`);
    await sleep(100);
  }
}

async function through(url: string, work: (channel: amqp.Channel) => Promise<unknown>): Promise<void> {
  const connection = await amqp.connect(url, { timeout: ANSWER_MS });
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await work(channel);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
