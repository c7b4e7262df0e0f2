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
}

export class EmbeddedNode implements EngineNode {
  state: EngineNode['state'] = 'stopped';
  address: Address = { host: HOST, port: 0 };
  readonly diskFaults = new DiskFaults();
  private run: Run | null = null;

  /** `folder` holds what outlives a run. */
  constructor(
    readonly name: string,
    private readonly folder: string,
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
    const clock = new NodeClock(this.time.lab);
    const log = consoleLog(this.name);
    const world = new LiveWorld({ clock, log, ...(this.chance === undefined ? {} : { random: this.chance }) });
    const files = new LiveDisk(this.folder);
    const disk = new FaultyDisk(files, this.diskFaults, (delayMs, fn) => this.time.after(delayMs, fn));
    let failed: (error: Error) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => {
      failed = reject;
    });
    // While the node starts or stops, its end is awaited there.
    failure.catch((error: Error) => this.fell(disk, error));
    const storage = openLogStorage({ clock: diskClock(clock), turn: world.turn, log }, disk, { failed: (error) => failed(error) });
    const broker = createBroker(world, { nodeName: this.name, trace: this.plan.trace, storage });
    this.run = { broker, world, clock, disk, files, startedAt: this.time.now() };
    const bound = new Promise<Address>((resolve, reject) => {
      broker.listen({ host: HOST, port: 0 }, (error, at) => (at === null ? reject(error) : resolve(at)));
    });
    try {
      this.address = await Promise.race([bound, failure]);
    } catch (error) {
      await this.kill();
      throw error;
    }
    this.state = 'running';
  }

  async stop(): Promise<void> {
    const { run } = this;
    if (run === null) return;
    await this.leave(run, (done) => run.broker.stop(done));
    await this.ended('stopped');
  }

  async kill(): Promise<void> {
    this.run?.broker.kill();
    await this.ended('killed');
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
    if (run === null) return;
    run.clock.resume();
    let timer: NodeJS.Timeout | undefined;
    await this.leave(run, (done) => {
      timer = setTimeout(done, LEAVE_MS);
      run.broker.stop(done);
    });
    clearTimeout(timer);
    run.broker.kill();
    await this.ended('stopped');
  }
}
