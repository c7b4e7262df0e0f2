/**
 * The broker of this course in this process: each node is a broker on loopback sockets, all on one lab clock. There is
 * nothing to install, and time can be stopped.
 */
import { VERSION } from '../broker/handshake';
import { TOOL_NAMES } from '../control/command';
import type { ControlTarget } from '../control/target';
import { runTool } from '../control/tool';
import type { Snapshot } from '../trace/snapshot';
import { filesSeenFrom } from '../node/control-files';
import { SeededRandom } from '../world/random';
import { EmbeddedClock } from './embedded-clock';
import { controlNode } from './embedded-control';
import { EmbeddedNode } from './embedded-node';
import type { CommandOutput, Engine, EnginePlan, Login } from './engine';
import { LabFolder } from './lab-folder';
import { merged } from './merged-snapshot';
import { quiet } from './quiet';

export class EmbeddedEngine implements Engine {
  readonly name = 'warren';
  readonly version = `Warren ${VERSION}`;
  readonly tellsOfNodes = true;
  readonly silent = false;
  readonly login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  readonly clock = new EmbeddedClock(() => this.atRest());
  nodes: readonly EmbeddedNode[] = [];
  private plan: EnginePlan | null = null;
  private folder: LabFolder | null = null;
  private target: ControlTarget = { nodes: [], now: () => 0 };

  async start(plan: EnginePlan): Promise<void> {
    this.plan = plan;
    const chance = plan.seed === undefined ? undefined : new SeededRandom(plan.seed);
    const folder = new LabFolder();
    this.folder = folder;
    this.nodes = plan.nodes.map((name) => new EmbeddedNode(name, folder.folder(name), this.clock, plan, chance?.stream(name)));
    const nodes = this.nodes.map((node) => controlNode(node, plan, this.version));
    this.target = { nodes, now: () => this.clock.now(), files: filesSeenFrom(process.cwd()) };
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
    return merged(parts, { at, vhost, nodes: this.nodes, labName: (name) => name });
  }

  async run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    const known = TOOL_NAMES.find((name) => name === tool);
    if (known !== undefined) return runTool(known, args, this.target);
    const stderr = `${tool} has nothing to say to this broker; on a real RabbitMQ (WARREN_ENGINE=rabbitmq) it does.\n`;
    return { exitCode: 69, stdout: '', stderr };
  }

  async settled(): Promise<void> {
    const { traffic } = this.need();
    const waiting = (): number => this.nodes.reduce((sum, node) => sum + node.waiting, traffic.waiting);
    await quiet(traffic, () => this.busy() || (waiting() > 0 && !this.clock.lab.frozen));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
    this.folder?.dispose();
    this.folder = null;
  }

  /** Between two instants of a clock that is being wound, bytes under latency wait for their timer like everything else. */
  private async atRest(): Promise<void> {
    await quiet(this.need().traffic, () => this.busy());
  }

  private busy(): boolean {
    return this.nodes.some((node) => node.busy);
  }

  private need(): EnginePlan {
    if (this.plan === null) throw new Error('the engine is not started');
    return this.plan;
  }
}
