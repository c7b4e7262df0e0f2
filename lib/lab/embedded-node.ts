/**
 * One node of the embedded engine: a broker on a loopback socket, with a storage in a folder of its own. What RabbitMQ keeps
 * when it is stopped or killed is kept here: a node that starts again is a new broker on the old folder.
 */
import type { Broker } from '../broker/broker';
import type { ClusterCommands } from '../cluster/membership/cluster-commands';
import { portrait } from '../cluster/portrait';
import { StartFailed } from '../cluster/membership/start-up';
import type { MemberFacts } from '../control/cluster-control';
import type { MirrorControl } from '../control/mirror-control';
import type { QuorumControl } from '../control/quorum-control';
import { ClusterNotes } from '../node/cluster-notes';
import type { NodeSnapshot } from '../trace/snapshot';
import type { Address } from '../world/world';
import { EmbeddedProcess, type ProcessPlan } from './embedded-process';
import type { EngineNode } from './engine';
import { DiskFaults } from './faulty-disk';
import { empty } from './lab-folder';
import type { RelayedLinks } from './node-links';

/** Sockets close within this time, or the clients are gone already. */
const LEAVE_MS = 500;
const NOWHERE: Address = { host: '127.0.0.1', port: 0 };

export class EmbeddedNode implements EngineNode {
  state: EngineNode['state'] = 'stopped';
  readonly diskFaults = new DiskFaults();
  private process: EmbeddedProcess | null = null;
  /** Resolves when the disk has ended what the last process left it with. */
  private atRest: Promise<void> = Promise.resolve();
  private lastAddress = NOWHERE;

  constructor(
    private readonly plan: Omit<ProcessPlan, 'diskFaults'>,
    private readonly links: RelayedLinks,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  get folder(): string {
    return this.plan.folder;
  }

  get address(): Address {
    return this.process?.address ?? this.lastAddress;
  }

  /** Where other nodes reach it. */
  get peerAddress(): Address {
    return this.process?.peerAddress ?? NOWHERE;
  }

  /** Null while the node does not run. */
  get broker(): Broker | null {
    return this.process?.node.broker ?? null;
  }

  /** Of the process, or while there is none of the folder. */
  get cluster(): ClusterCommands<MemberFacts> {
    return (this.process ?? new EmbeddedProcess({ ...this.plan, diskFaults: this.diskFaults }, this.atRest)).commands;
  }

  /** While its application runs. */
  get mirrors(): MirrorControl | undefined {
    return this.process?.node.application?.mirrors ?? undefined;
  }

  get quorum(): QuorumControl | undefined {
    return this.process?.node.application?.quorum ?? undefined;
  }

  /** What pictures show of it. */
  inCluster(): NodeSnapshot {
    const { name } = this;
    const state = this.state === 'running' && this.appStopped ? 'app stopped' : this.state;
    const { view, partitions = [] } = this.process?.node ?? { view: new ClusterNotes(this.folder).read()?.view };
    return { name, state, ...(view === undefined ? {} : portrait(view, partitions.map(labName))) };
  }

  /** Something happens that needs no time to pass: a turn ends, the disk is at work. */
  get busy(): boolean {
    return this.process?.busy ?? false;
  }

  /** Writes that a slow disk holds back until lab time has passed. */
  get waiting(): number {
    return this.process?.waiting ?? 0;
  }

  get uptimeMs(): number {
    return this.process === null ? 0 : this.plan.time.now() - this.process.startedAt;
  }

  async start(): Promise<void> {
    await this.boot();
    await this.startApp();
  }

  /** The process alone, as it is before its application has started. */
  async boot(): Promise<void> {
    await this.atRest;
    const process = new EmbeddedProcess({ ...this.plan, diskFaults: this.diskFaults }, this.atRest);
    this.process = process;
    void process.fallen.then((error) => this.fell(process, error));
    await process.open();
  }

  /** `rabbitmqctl start_app`, and the rest of a start. A process whose application cannot start ends, unless it ran before. */
  async startApp(): Promise<void> {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} does not run`);
    try {
      await process.startApp();
      this.lastAddress = process.address;
      this.state = 'running';
    } catch (error) {
      if (this.state !== 'running') await this.ended('killed', (one) => one.kill());
      throw this.state !== 'running' && error instanceof StartFailed ? new Error(error.report) : error;
    }
  }

  async stop(): Promise<void> {
    await this.stopApp();
    if (this.state === 'killed') return;
    await this.ended('stopped', (process) => process.end());
  }

  /** `rabbitmqctl stop_app`: the node answers its tools, and no clients. */
  async stopApp(): Promise<void> {
    await this.process?.stopApp();
  }

  get appStopped(): boolean {
    return this.process !== null && this.state !== 'paused' && this.process.node.broker === null;
  }

  async kill(): Promise<void> {
    this.state = 'killed';
    await this.ended('killed', (process) => process.kill());
    this.links.release(this.name);
  }

  /** The disk failed: nobody knows what is on it, so the node goes down at once. */
  private fell(process: EmbeddedProcess, error: Error): void {
    if (this.process !== process) return;
    // Whoever is starting it is told by the call.
    if (this.state === 'running' || this.state === 'paused') console.error(`${this.name}: ${error.message}. The node is down.`);
    void this.kill();
    this.plan.plan.fell(this.name);
  }

  async pause(): Promise<void> {
    this.links.hold(this.name);
    this.process?.clock.pause();
    this.state = 'paused';
  }

  async resume(): Promise<void> {
    this.state = 'running';
    this.process?.clock.resume();
    this.links.release(this.name);
  }

  async alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    this.broker?.setAlarm(resource, on);
  }

  async loseDisk(): Promise<void> {
    empty(this.folder);
  }

  /** At the end of the lab: clients are told, but not waited for. */
  async end(): Promise<void> {
    const { process } = this;
    if (process === null) return this.atRest;
    process.clock.resume();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), LEAVE_MS);
    });
    const tooLate = await Promise.race([process.stopApp().then(() => false), late]);
    clearTimeout(timer);
    await this.ended('stopped', () => (tooLate ? process.kill() : process.end()));
  }

  /** Whatever process there was is over. A node that has fallen meanwhile stays killed. */
  private async ended(state: EngineNode['state'], end: (process: EmbeddedProcess) => Promise<void>): Promise<void> {
    const { process } = this;
    if (process === null) return this.atRest;
    this.state = state;
    // What it holds can be seen up to its end.
    this.atRest = end(process);
    this.process = null;
    return this.atRest;
  }
}

/** Of a node, by its name in the cluster. */
export function labName(nodename: string): string {
  return nodename.replace(/@localhost$/, '');
}
