/**
 * The broker of this course in this process: each node is a broker on loopback sockets, all on one lab clock. There is
 * nothing to install, and time can be stopped. A node that was stopped or killed starts as a new broker: what it knew was in
 * memory.
 */
import { createBroker } from '../broker/broker';
import type { BrokerApi } from '../broker/api';
import { VERSION } from '../broker/handshake';
import { rabbitmqctl } from '../control/rabbitmqctl';
import type { ControlNode, ControlTarget } from '../control/target';
import type { Snapshot } from '../trace/snapshot';
import { LiveWorld } from '../world/live';
import { SeededRandom } from '../world/random';
import type { Address, Log, Random } from '../world/world';
import { EmbeddedClock, NodeClock } from './embedded-clock';
import type { CommandOutput, Engine, EngineNode, EnginePlan, Login } from './engine';
import { quiet } from './quiet';

const HOST = '127.0.0.1';
/** Sockets close within this time, or the clients are gone already. */
const LEAVE_MS = 500;

export class EmbeddedEngine implements Engine {
  readonly name = 'warren';
  readonly version = `Warren ${VERSION}`;
  readonly silent = false;
  readonly login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  readonly clock = new EmbeddedClock(() => this.atRest());
  nodes: readonly EmbeddedNode[] = [];
  private plan: EnginePlan | null = null;
  private target: ControlTarget = { nodes: [], now: () => 0 };

  async start(plan: EnginePlan): Promise<void> {
    this.plan = plan;
    const chance = plan.seed === undefined ? undefined : new SeededRandom(plan.seed);
    this.nodes = plan.nodes.map((name) => new EmbeddedNode(name, this.clock, plan, chance?.stream(name)));
    const nodes: readonly ControlNode[] = this.nodes.map((node) => controlNode(node, plan, this.version));
    this.target = { nodes, now: () => this.clock.now() };
    for (const node of this.nodes) await node.start();
  }

  async snapshot(vhost: string): Promise<Snapshot> {
    return this.look(vhost);
  }

  glance(): readonly Snapshot[] {
    const vhosts = new Set(this.nodes.flatMap((node) => node.broker?.listVhosts() ?? []));
    return [...vhosts].map((vhost) => this.look(vhost));
  }

  private look(vhost: string): Snapshot {
    const at = this.clock.now();
    const parts = this.nodes.map((node) => node.broker?.snapshot(vhost, at)).filter((part) => part !== undefined);
    return {
      at,
      vhost,
      nodes: this.nodes.map(({ name, state }) => ({ name, state })),
      connections: parts.flatMap((part) => part.connections),
      // Nodes that are no cluster have the predeclared exchanges each; the picture needs them once.
      exchanges: unique(parts.flatMap((part) => part.exchanges)),
      queues: parts.flatMap((part) => part.queues),
      bindings: parts.flatMap((part) => part.bindings),
      consumers: parts.flatMap((part) => part.consumers),
    };
  }

  async run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    if (tool === 'rabbitmqctl') return rabbitmqctl(args, this.target);
    const stderr = `${tool} has nothing to say to this broker yet; on a real RabbitMQ (WARREN_ENGINE=rabbitmq) it does.\n`;
    return { exitCode: 69, stdout: '', stderr };
  }

  async settled(): Promise<void> {
    const { traffic } = this.need();
    await quiet(traffic, () => this.turnPending() || (traffic.waiting > 0 && !this.clock.lab.frozen));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
  }

  /** Between two instants of a clock that is being wound, bytes under latency wait for their timer like everything else. */
  private async atRest(): Promise<void> {
    await quiet(this.need().traffic, () => this.turnPending());
  }

  private turnPending(): boolean {
    return this.nodes.some((node) => node.turnPending);
  }

  private need(): EnginePlan {
    if (this.plan === null) throw new Error('the engine is not started');
    return this.plan;
  }
}

/** One run of a node: a broker, its world and its view of time. */
interface Run {
  readonly broker: BrokerApi;
  readonly world: LiveWorld;
  readonly clock: NodeClock;
  readonly startedAt: number;
}

class EmbeddedNode implements EngineNode {
  state: EngineNode['state'] = 'stopped';
  address: Address = { host: HOST, port: 0 };
  private run: Run | null = null;

  constructor(
    readonly name: string,
    private readonly time: EmbeddedClock,
    private readonly plan: EnginePlan,
    private readonly chance: Random | undefined,
  ) {}

  /** Null while the node does not run. */
  get broker(): BrokerApi | null {
    return this.run?.broker ?? null;
  }

  get turnPending(): boolean {
    return this.run !== null && !this.run.world.turn.idle;
  }

  get uptimeMs(): number {
    return this.run === null ? 0 : this.time.now() - this.run.startedAt;
  }

  async start(): Promise<void> {
    const clock = new NodeClock(this.time.lab);
    const world = new LiveWorld({
      clock,
      log: consoleLog(this.name),
      ...(this.chance === undefined ? {} : { random: this.chance }),
    });
    const broker = createBroker(world, { nodeName: this.name, trace: this.plan.trace });
    this.address = await new Promise((resolve, reject) => {
      broker.listen({ host: HOST, port: 0 }, (error, bound) => (bound === null ? reject(error) : resolve(bound)));
    });
    this.run = { broker, world, clock, startedAt: this.time.now() };
    this.state = 'running';
  }

  async stop(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    await new Promise<void>((resolve) => run.broker.stop(resolve));
    this.ended('stopped');
  }

  async kill(): Promise<void> {
    this.run?.broker.kill();
    this.ended('killed');
  }

  async pause(): Promise<void> {
    this.run?.clock.pause();
    this.state = 'paused';
  }

  async resume(): Promise<void> {
    this.state = 'running';
    this.run?.clock.resume();
  }

  async alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    this.run?.broker.setAlarm(resource, on);
  }

  /** At the end of the lab: clients are told, but not waited for. */
  async end(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    run.clock.resume();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), LEAVE_MS);
    });
    const stopped = new Promise<boolean>((resolve) => run.broker.stop(() => resolve(false)));
    if (await Promise.race([stopped, late])) run.broker.kill();
    clearTimeout(timer);
    this.ended('stopped');
  }

  private ended(state: 'stopped' | 'killed'): void {
    this.run?.clock.end();
    this.run = null;
    this.state = state;
  }
}

function controlNode(node: EmbeddedNode, plan: EnginePlan, version: string): ControlNode {
  return {
    name: node.name,
    nodename: `${node.name}@localhost`,
    get broker() {
      return node.state === 'running' ? node.broker : null;
    },
    get port() {
      return plan.portOf(node.name);
    },
    get uptimeMs() {
      return node.uptimeMs;
    },
    osPid: process.pid,
    version,
  };
}

function unique<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

/** Only what a person should know of: a broken invariant of the broker. */
function consoleLog(node: string): Log {
  return {
    write: (level, text) => {
      if (level === 'error') console.error(`${node}: ${text}`);
    },
  };
}
