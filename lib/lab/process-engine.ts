/**
 * The broker of this course in processes of its own, one a node (`Lab.start({ processes: true })`): kill is kill -9, pause is
 * SIGSTOP. As before a real RabbitMQ, events are read from the wire and time is the wall clock's.
 */
import { VERSION } from '../broker/handshake';
import { TOOL_NAMES } from '../control/command';
import { runRemotely } from '../node/remote-tool';
import { RuntimeFolder } from '../node/runtime-folder';
import type { Snapshot } from '../trace/snapshot';
import type { CommandOutput, Engine, EnginePlan, Login } from './engine';
import { LabFolder } from './lab-folder';
import { merged } from './merged-snapshot';
import { RelayedLinks } from './node-links';
import { NodeProcess } from './node-process';
import { quietFor } from './quiet';
import { commandNotFound } from './shell';
import { WallClock } from './wall-clock';

/** A process answers within a few milliseconds; this much silence means that it has nothing to say. */
const QUIET_MS = 30;

export class ProcessEngine implements Engine {
  readonly name = 'warren';
  readonly version = `Warren ${VERSION}`;
  readonly tellsOfNodes = false;
  readonly silent = true;
  readonly login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  readonly clock = new WallClock(() => this.settled(), 'on nodes that are processes', 'Without processes');
  readonly links = new RelayedLinks(
    (delayMs, fn) => this.clock.after(delayMs, fn),
    (name) => `${name}@localhost`,
  );
  nodes: readonly NodeProcess[] = [];
  private plan: EnginePlan | null = null;
  private folder: LabFolder | null = null;
  private runtime: RuntimeFolder | null = null;

  async start(plan: EnginePlan): Promise<void> {
    const folder = new LabFolder();
    const runtime = RuntimeFolder.open({ WARREN_RUNTIME_DIR: folder.folder('run') });
    Object.assign(this, { plan, folder, runtime });
    this.nodes = plan.nodes.map((name) => new NodeProcess(name, folder, runtime, plan));
    await this.openLinks(runtime);
    // All are awaited even if one fails, so that stop() finds none that is still starting.
    const started = await Promise.allSettled(this.nodes.map((node) => node.start()));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    if (plan.cluster) await this.form();
    this.clock.begin();
  }

  /** Nodes find each other by way of the lab. */
  private async openLinks(runtime: RuntimeFolder): Promise<void> {
    const { nodes, links } = this;
    const names = nodes.map(({ nodename }) => nodename);
    await links.open(names, (name) => (nodes.find(({ nodename }) => nodename === name) as NodeProcess).peerAddress);
    for (const from of names) {
      for (const to of names) {
        const address = links.address(from, to);
        if (address !== null) runtime.detour(from, to, address);
      }
    }
  }

  /** Joins all to the first, one after another, so that they are members in the order of their names. */
  private async form(): Promise<void> {
    const [first, ...others] = this.nodes as [NodeProcess, ...NodeProcess[]];
    for (const { nodename } of others) {
      for (const words of [['stop_app'], ['join_cluster', first.nodename], ['start_app']]) {
        const { exitCode, stderr } = await this.run('rabbitmqctl', ['-n', nodename, ...words]);
        if (exitCode !== 0) throw new Error(`${nodename} could not join the cluster: ${stderr}`);
      }
    }
  }

  async snapshot(vhost: string): Promise<Snapshot> {
    const at = this.clock.now();
    const parts = await Promise.all(this.nodes.map((node) => node.snapshot(vhost, at)));
    const labName = (nodename: string): string => this.nodes.find((node) => node.nodename === nodename)?.name ?? nodename;
    const nodes = this.nodes.map(({ name, state, nodename }) => {
      const told = parts.flatMap((part) => part?.nodes ?? []).find((node) => node.name === nodename);
      const split = told?.partitionedFrom?.map(labName);
      const now = state === 'running' ? (told?.state ?? state) : state;
      return { ...told, name, state: now, ...(split === undefined ? {} : { partitionedFrom: split }) };
    });
    return merged(
      parts.filter((part) => part !== null),
      { at, vhost, nodes, labName },
    );
  }

  glance(): readonly Snapshot[] {
    return [];
  }

  async run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    const known = TOOL_NAMES.find((name) => name === tool);
    if (known === undefined || this.runtime === null) return commandNotFound(tool);
    const names = this.nodes.map(({ nodename }) => nodename);
    const output = { stdout: '', stderr: '' };
    const call = { tool: known, args, folder: process.cwd(), input: '' };
    const folderOf = (nodename: string): string | null => this.nodes.find((node) => node.nodename === nodename)?.folder ?? null;
    const exitCode = await runRemotely(this.runtime, names, call, folderOf, ({ stdout = '', stderr = '' }) => {
      output.stdout += stdout;
      output.stderr += stderr;
    });
    await Promise.all(this.nodes.map((node) => node.ifEnding()));
    return { exitCode, ...output };
  }

  async settled(): Promise<void> {
    if (this.plan !== null) await quietFor(this.plan.traffic, QUIET_MS);
  }

  async stop(): Promise<void> {
    const connected = (this.plan?.traffic.clientPorts.length ?? 0) > 0;
    await Promise.all(this.nodes.map((node) => node.end(connected)));
    await this.links.dispose();
    this.folder?.dispose();
    this.folder = null;
  }
}
