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
  nodes: readonly NodeProcess[] = [];
  private plan: EnginePlan | null = null;
  private folder: LabFolder | null = null;
  private runtime: RuntimeFolder | null = null;

  async start(plan: EnginePlan): Promise<void> {
    const folder = new LabFolder();
    const runtime = RuntimeFolder.open({ WARREN_RUNTIME_DIR: folder.folder('run') });
    Object.assign(this, { plan, folder, runtime });
    this.nodes = plan.nodes.map((name) => new NodeProcess(name, folder, runtime, plan));
    // All are awaited even if one fails, so that stop() finds none that is still starting.
    const started = await Promise.allSettled(this.nodes.map((node) => node.start()));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    this.clock.begin();
  }

  async snapshot(vhost: string): Promise<Snapshot> {
    const at = this.clock.now();
    const parts = await Promise.all(this.nodes.map((node) => node.snapshot(vhost, at)));
    const labName = (nodename: string): string => this.nodes.find((node) => node.nodename === nodename)?.name ?? nodename;
    return merged(
      parts.filter((part) => part !== null),
      { at, vhost, nodes: this.nodes, labName },
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
    const exitCode = await runRemotely(this.runtime, names, call, ({ stdout = '', stderr = '' }) => {
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
    this.folder?.dispose();
    this.folder = null;
  }
}
