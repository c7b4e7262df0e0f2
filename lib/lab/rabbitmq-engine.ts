/** Real rabbitmq-server processes of the lab's own: started for the lab, one a node, and gone with it. */
import type { NodeSnapshot, Snapshot } from '../trace/snapshot';
import type { Address } from '../world/world';
import type { CommandOutput, Engine, EngineNode, EnginePlan, Login, NodeLinks, WireKnowledge } from './engine';
import { merged } from './merged-snapshot';
import { quietFor } from './quiet';
import { cutLink, healLink, joined } from './rabbitmq-cluster';
import { RabbitmqHome } from './rabbitmq-home';
import { listingsExpression, readListings, snapshotOfListings } from './rabbitmq-listings';
import { findRabbitmqServer, RabbitmqServer, type RabbitmqTool } from './rabbitmq-server';
import { membersIn, ownPart } from './rabbitmq-views';
import { withNodeNames } from './shell';
import { WallClock } from './wall-clock';

const HOST = '127.0.0.1';
/** A server in another process answers within a few milliseconds; this much silence means that it has nothing to say. */
export const QUIET_MS = 30;

/** Commands after which a node is gone, a moment after they return. */
const ENDING: ReadonlySet<string> = new Set(['stop', 'shutdown']);

/** Commands after which a node serves no more, or again, while its process goes on. RabbitMQ tells nobody of it. */
const APPLICATION: Readonly<Record<string, 'node.stopped' | 'node.started' | undefined>> = {
  stop_app: 'node.stopped',
  start_app: 'node.started',
};

export class RabbitmqEngine implements Engine {
  readonly name = 'rabbitmq';
  readonly tellsOfNodes = false;
  readonly silent = true;
  readonly login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  readonly clock = new WallClock(() => this.settled());
  version = 'RabbitMQ';
  nodes: readonly ServerNode[] = [];
  readonly links: NodeLinks = {
    cut: (node, other) => cutLink(this.server(node), this.server(other)),
    heal: (node, other) => healLink(this.server(node), this.server(other)),
  };
  private plan: EnginePlan | null = null;
  private home: RabbitmqHome | null = null;

  async start(plan: EnginePlan): Promise<void> {
    this.plan = plan;
    if (findRabbitmqServer() === null) {
      throw new Error(
        'No RabbitMQ is installed here. Install one (Debian: apt-get install rabbitmq-server), set RABBITMQ_HOME to the folder ' +
          'that has sbin/rabbitmq-server in it, or use the broker of this course: unset WARREN_ENGINE.',
      );
    }
    const home = await RabbitmqHome.create();
    this.home = home;
    // All are awaited even if one fails, so that stop() finds no server that is still starting.
    const config = Object.entries(plan.config)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n');
    const started = await Promise.allSettled(
      plan.nodes.map((name) => RabbitmqServer.start({ name, home, config, fell: () => plan.fell(name) })),
    );
    this.nodes = started.flatMap((result, i) =>
      result.status === 'fulfilled' ? [new ServerNode(plan.nodes[i] as string, result.value)] : [],
    );
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    if (plan.cluster) await joined(this.nodes.map(({ server }) => server));
    this.clock.begin();
    this.version = `RabbitMQ ${this.nodes[0]?.server.installation.version ?? ''}`.trim();
  }

  glance(): readonly Snapshot[] {
    return [];
  }

  async snapshot(vhost: string, wire: WireKnowledge): Promise<Snapshot> {
    const processes = this.nodes.map(({ name, state }): NodeSnapshot => ({ name, state }));
    const frame = { at: this.clock.now(), vhost, nodes: processes, wire, nodeName: (name: string) => this.labName(name) };
    const running = this.nodes.filter(({ state }) => state === 'running');
    // All are asked: nodes that do not reach each other, or never met, each know a part.
    const views = await Promise.allSettled(
      running.map(async ({ name, server }) => {
        const listings = readListings(await server.evaluate(listingsExpression(vhost)));
        return ownPart(name, snapshotOfListings(listings, frame));
      }),
    );
    const parts = views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
    // Where an application is stopped, another node knows.
    const refusal = views.find((view) => view.status === 'rejected');
    if (parts.length === 0 && refusal !== undefined) {
      throw new Error(`No node could be asked for its state: ${(refusal.reason as Error).message}`);
    }
    const silent = running.filter((_, i) => views[i]?.status === 'rejected');
    const stopped = await Promise.all(silent.map(async ({ name, server }) => ((await appRuns(server)) ? [] : [name])));
    const nodes = membersIn(processes, parts).map(
      (node): NodeSnapshot => (stopped.flat().includes(node.name) ? { ...node, state: 'app stopped' } : node),
    );
    return merged(parts, { ...frame, nodes, labName: (name) => name });
  }

  async run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    const names = new Map(this.nodes.map(({ name, server }) => [name, server.nodename]));
    const [node] = this.nodes;
    if (node === undefined) throw new Error('The lab has no node.');
    const words = withNodeNames(args, names);
    // Where a line names no node, the tools take the one of their environment: the first. What is done to a node that is down
    // (forget --offline, rename) is done to the folder of their environment.
    const meant = targetOf(words);
    const { server } = this.nodes.find((each) => each.server.nodename === meant) ?? node;
    const output = await server.run(tool as RabbitmqTool, words);
    if (tool !== 'rabbitmqctl' || output.exitCode !== 0) return output;
    if (words.some((word) => ENDING.has(word))) await server.ended();
    const happened = words.map((word) => APPLICATION[word]).find((type) => type !== undefined);
    if (happened !== undefined) this.plan?.trace.emit(this.labName(server.nodename), { type: happened });
    return output;
  }

  /** A command takes most of a second to start. */
  async define(definitions: string): Promise<void> {
    const [node] = this.nodes;
    if (node === undefined) throw new Error('The lab has no node.');
    const json = Buffer.from(definitions).toString('base64');
    const answer = await node.server.evaluate(`rabbit_definitions:import_raw(base64:decode(<<"${json}">>)).`);
    if (answer !== 'ok') throw new Error(answer);
  }

  async settled(): Promise<void> {
    if (this.plan !== null) await quietFor(this.plan.traffic, QUIET_MS);
  }

  async stop(): Promise<void> {
    const { nodes, home, plan } = this;
    this.nodes = [];
    this.home = null;
    // An orderly stop takes a second; where nobody is connected, nobody misses it.
    const connected = (plan?.traffic.clientPorts.length ?? 0) > 0;
    await Promise.all(nodes.map((node) => node.end(connected)));
    await home?.dispose();
  }

  private server(name: string): RabbitmqServer {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`There is no node '${name}'.`);
    return found.server;
  }

  private labName(nodename: string): string {
    return this.nodes.find(({ server }) => server.nodename === nodename)?.name ?? nodename;
  }
}

/** Of a node that did not tell what it holds: whether that is only because its application is stopped. */
function appRuns(server: RabbitmqServer): Promise<boolean> {
  return server.evaluate('rabbit:is_running().').then(
    (answer) => answer.trim() !== 'false',
    () => true,
  );
}

/** The node that a line names, whole. */
function targetOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '-n' || word === '--node');
  return at >= 0 ? words[at + 1] : words.find((word) => word.startsWith('--node='))?.slice('--node='.length);
}

class ServerNode implements EngineNode {
  readonly address: Address;
  readonly diskFaults = null;

  constructor(
    readonly name: string,
    readonly server: RabbitmqServer,
  ) {
    this.address = { host: HOST, port: server.port };
  }

  get folder(): string {
    return this.server.dataFolder;
  }

  get state(): EngineNode['state'] {
    const { state } = this.server;
    return state === 'starting' || state === 'stopping' ? 'stopped' : state;
  }

  start(): Promise<void> {
    return this.server.restart();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  async pause(): Promise<void> {
    this.server.pause();
  }

  async resume(): Promise<void> {
    this.server.resume();
  }

  async loseDisk(): Promise<void> {
    this.server.loseData();
  }

  /** At the end of the lab, `orderly` if clients should be told. */
  async end(orderly: boolean): Promise<void> {
    if (this.state === 'paused') this.server.resume();
    if (orderly) await this.server.stop();
    await this.server.dispose();
  }

  async alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    const alarm = `{resource_limit, ${resource}, node()}`;
    const call = on ? `rabbit_alarm:set_alarm({${alarm}, []}).` : `rabbit_alarm:clear_alarm(${alarm}).`;
    const { exitCode, stderr } = await this.server.ctl(['eval', call]);
    if (exitCode !== 0) throw new Error(`${this.name} did not take the alarm: ${stderr.trim()}`);
  }
}
