/**
 * The broker of this course in this process: each node is a broker on loopback sockets, all on one lab clock. There is
 * nothing to install, and time can be stopped.
 */
import { randomBytes } from 'node:crypto';
import type { Broker } from '../broker/broker';
import { VERSION } from '../broker/handshake';
import type { ControlNode, ControlTarget } from '../control/target';
import type { Snapshot } from '../trace/snapshot';
import { SeededRandom } from '../world/random';
import { clusterSettings } from '../node/cluster-settings';
import { EmbeddedClock } from './embedded-clock';
import { EmbeddedNode, labName } from './embedded-node';
import type { CommandOutput, Engine, EnginePlan, Login } from './engine';
import { LabFolder } from './lab-folder';
import { Losses } from './losses';
import { merged } from './merged-snapshot';
import { RelayedLinks } from './node-links';
import { quiet } from './quiet';

/** Loaded with the first command that is typed: the first lab of a kernel should be there at once. */
const control = (): typeof import('./embedded-control') => require('./embedded-control');
const command = (): typeof import('../control/command') => require('../control/command');
const tools = (): typeof import('../control/tool') => require('../control/tool');
const listings = (): typeof import('../control/commands/listings') => require('../control/commands/listings');

export class EmbeddedEngine implements Engine {
  readonly name = 'warren';
  readonly version = `Warren ${VERSION}`;
  readonly tellsOfNodes = true;
  readonly silent = false;
  readonly login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  readonly clock = new EmbeddedClock(() => this.atRest());
  readonly links = new RelayedLinks(
    (delayMs, fn) => this.clock.after(delayMs, fn),
    (name) => name,
  );
  nodes: readonly EmbeddedNode[] = [];
  private plan: EnginePlan | null = null;
  private folder: LabFolder | null = null;
  private losses: Losses | null = null;
  /** Made with the first command. */
  private controlled: ControlTarget | null = null;

  async start(plan: EnginePlan): Promise<void> {
    this.plan = plan;
    const settings = clusterSettings(plan.config);
    const chance = plan.seed === undefined ? undefined : new SeededRandom(plan.seed);
    const folder = new LabFolder();
    this.folder = folder;
    const { clock: time, links } = this;
    const shared = { plan, time, settings, cookie: randomBytes(15).toString('base64url') };
    this.nodes = plan.nodes.map((name) => {
      const peer = (other: string) => links.address(name, other);
      const answer = (question: string): string => {
        const asked = this.target.nodes.find((node) => node.name === name) as ControlNode;
        return listings().answerMember(asked, this.target, question);
      };
      return new EmbeddedNode(
        { ...shared, name, folder: folder.folder(name), chance: chance?.stream(name), peer, answer },
        links,
      );
    });
    this.losses = new Losses({ trace: plan.trace, brokers: () => this.brokers(), nameOf: labName });
    await links.open(plan.nodes, (name) => this.node(name).peerAddress);
    const [first, ...others] = this.nodes as [EmbeddedNode, ...EmbeddedNode[]];
    await first.start();
    for (const node of others) {
      await node.boot();
      if (plan.cluster) await node.cluster.join(nodeNameOf(first), 'disc');
      await node.startApp();
    }
  }

  /** Of the nodes whose application runs. */
  private brokers(): ReadonlyMap<string, Broker> {
    return new Map(this.nodes.flatMap(({ name, broker }) => (broker === null ? [] : [[name, broker] as const])));
  }

  private node(name: string): EmbeddedNode {
    return this.nodes.find((node) => node.name === name) as EmbeddedNode;
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
    return merged(parts, { at, vhost, nodes: this.nodes.map((node) => node.inCluster()), labName });
  }

  async run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    const known = command().TOOL_NAMES.find((name) => name === tool);
    if (known !== undefined) return tools().runTool(known, args, this.target);
    const stderr = `${tool} has nothing to say to this broker; on a real RabbitMQ (WARREN_ENGINE=rabbitmq) it does.\n`;
    return { exitCode: 69, stdout: '', stderr };
  }

  /** What commands are given to. */
  private get target(): ControlTarget {
    this.controlled ??= control().controlTarget(this.nodes, this.need(), this.version, () => this.clock.now());
    return this.controlled;
  }

  async settled(): Promise<void> {
    const { traffic } = this.need();
    const waiting = (): number => this.nodes.reduce((sum, node) => sum + node.waiting, traffic.waiting + this.links.waiting);
    await quiet(this.everywhere(), () => this.busy() || (waiting() > 0 && !this.clock.lab.frozen));
  }

  async stop(): Promise<void> {
    this.losses?.end();
    await Promise.all(this.nodes.map((node) => node.end()));
    await this.links.dispose();
    this.folder?.dispose();
    this.folder = null;
  }

  /** Between two instants of a clock that is being wound, bytes under latency wait for their timer like everything else. */
  private async atRest(): Promise<void> {
    await quiet(this.everywhere(), () => this.busy());
  }

  /** What moves between clients and nodes, and between nodes. */
  private everywhere(): EnginePlan['traffic'] {
    const { traffic } = this.need();
    const { links } = this;
    return {
      get moved() {
        return traffic.moved + links.moved;
      },
      get waiting() {
        return traffic.waiting + links.waiting;
      },
      get clientPorts() {
        return traffic.clientPorts;
      },
    };
  }

  private busy(): boolean {
    return this.nodes.some((node) => node.busy);
  }

  private need(): EnginePlan {
    if (this.plan === null) throw new Error('the engine is not started');
    return this.plan;
  }
}

function nodeNameOf({ name }: EmbeddedNode): string {
  return `${name}@localhost`;
}
