/**
 * One node of the embedded engine: a broker on a loopback socket, with a storage in a folder of its own. What RabbitMQ keeps
 * when it is stopped or killed is kept here: a node that starts again is a new broker on the old folder.
 */
import { createBroker } from '../broker/broker';
import type { BrokerApi } from '../broker/api';
import { openLogStorage } from '../storage/log-storage';
import { LiveDisk } from '../world/live-disk';
import { LiveWorld } from '../world/live';
import type { Address, Clock, Log, Random } from '../world/world';
import { type EmbeddedClock, NodeClock } from './embedded-clock';
import type { EngineNode, EnginePlan } from './engine';
import { DiskFaults, FaultyDisk } from './faulty-disk';
import { empty } from './lab-folder';

const HOST = '127.0.0.1';
/** Sockets close within this time, or the clients are gone already. */
const LEAVE_MS = 500;

/** One run of a node: a broker, its world, its view of time and its disk. */
interface Run {
  readonly broker: BrokerApi;
  readonly world: LiveWorld;
  readonly clock: NodeClock;
  readonly disk: FaultyDisk;
  readonly files: LiveDisk;
  readonly startedAt: number;
  /** Resolves if the disk fails, with the reason. The node is down then. */
  readonly fallen: Promise<Error>;
}

export class EmbeddedNode implements EngineNode {
  state: EngineNode['state'] = 'stopped';
  address: Address = { host: HOST, port: 0 };
  readonly diskFaults = new DiskFaults();
  private run: Run | null = null;
  /** Resolves when the disk has ended what the last run left it with. */
  private atRest: Promise<void> = Promise.resolve();

  /** `folder` holds what outlives a run. */
  constructor(
    readonly name: string,
    readonly folder: string,
    private readonly time: EmbeddedClock,
    private readonly plan: EnginePlan,
    private readonly chance: Random | undefined,
  ) {}

  /** Null while the node does not run. */
  get broker(): BrokerApi | null {
    return this.run?.broker ?? null;
  }

  /** Something happens that needs no time to pass: a turn ends, the disk is at work. */
  get busy(): boolean {
    return this.run !== null && (!this.run.world.turn.idle || this.run.disk.atWork);
  }

  /** Writes that a slow disk holds back until lab time has passed. */
  get waiting(): number {
    return this.run?.disk.waiting ?? 0;
  }

  get uptimeMs(): number {
    return this.run === null ? 0 : this.time.now() - this.run.startedAt;
  }

  async start(): Promise<void> {
    await this.atRest;
    const run = this.newRun();
    this.run = run;
    const bound = new Promise<Address | Error>((resolve) => {
      run.broker.listen({ host: HOST, port: 0 }, (error, at) => resolve(at ?? (error as Error)));
    });
    const outcome = await Promise.race([bound, run.fallen]);
    if (outcome instanceof Error) {
      await this.kill();
      throw outcome;
    }
    this.address = outcome;
    this.state = 'running';
  }

  private newRun(): Run {
    const clock = new NodeClock(this.time.lab);
    const log = consoleLog(this.name);
    const world = new LiveWorld({ clock, log, ...(this.chance === undefined ? {} : { random: this.chance }) });
    const files = new LiveDisk(this.folder);
    const disk = new FaultyDisk(files, this.diskFaults, (delayMs, fn) => this.time.after(delayMs, fn));
    let failed: (error: Error) => void = () => undefined;
    const fallen = new Promise<Error>((resolve) => {
      failed = (error) => {
        this.fell(error);
        resolve(error);
      };
    });
    const storage = openLogStorage({ clock: diskClock(clock), turn: world.turn, log }, disk, {
      failed: (error) => failed(error),
    });
    const broker = createBroker(world, { nodeName: this.name, trace: this.plan.trace, storage });
    return { broker, world, clock, disk, files, startedAt: this.time.now(), fallen };
  }

  async stop(): Promise<void> {
    await this.stopApp();
    if (this.state !== 'killed') this.state = 'stopped';
  }

  /** `rabbitmqctl stop_app`: the node answers its tools, and no clients. */
  async stopApp(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    await Promise.race([new Promise<void>((resolve) => run.broker.stop(resolve)), run.fallen]);
    await this.ended('running');
  }

  get appStopped(): boolean {
    return this.state === 'running' && this.run === null;
  }

  async kill(): Promise<void> {
    this.run?.broker.kill();
    await this.ended('killed');
  }

  /** The disk failed: nobody knows what is on it, so the node goes down at once. */
  private fell(error: Error): void {
    // Whoever is starting it is told by the call.
    if (this.state === 'running' || this.state === 'paused') console.error(`${this.name}: ${error.message}. The node is down.`);
    void this.kill();
    this.plan.fell(this.name);
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

  async loseDisk(): Promise<void> {
    empty(this.folder);
  }

  /** At the end of the lab: clients are told, but not waited for. */
  async end(): Promise<void> {
    const { run } = this;
    if (run === null) return this.atRest;
    run.clock.resume();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), LEAVE_MS);
    });
    const stopped = new Promise<boolean>((resolve) => run.broker.stop(() => resolve(false)));
    if (await Promise.race([stopped, late, run.fallen.then(() => false)])) run.broker.kill();
    clearTimeout(timer);
    await this.ended('stopped');
  }

  /** Whatever run there was is over. A node that has fallen meanwhile stays killed. */
  private async ended(state: EngineNode['state']): Promise<void> {
    const { run } = this;
    if (run === null && state === 'killed') this.state = state;
    if (run === null) return this.atRest;
    this.run = null;
    this.state = state;
    run.clock.end();
    this.atRest = run.disk.leave().then(() => run.files.close());
    return this.atRest;
  }
}

/** Lab time for what is written down, wall time for when: a disk goes on working while the lab's clock stands still. */
function diskClock(clock: Clock): Clock {
  return {
    epochMs: () => clock.epochMs(),
    now: () => clock.now(),
    after: (delayMs, fn) => {
      const timer = setTimeout(fn, delayMs).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** Only what a person should know of: a defect of the broker. */
function consoleLog(node: string): Log {
  return {
    write: (level, text) => {
      if (level === 'critical') console.error(`${node}: ${text}`);
    },
  };
}
