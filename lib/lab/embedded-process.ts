/**
 * What is a process elsewhere: a node of the embedded engine from its start to its end, however often its application is
 * stopped and started meanwhile. Each life of the application has its own view of time, and opens the disk anew.
 */
import { VERSION } from '../broker/handshake';
import type { Ground } from '../cluster/application';
import { ClusterCommands } from '../cluster/membership/cluster-commands';
import { ClusterNode } from '../cluster/cluster-node';
import type { MemberFacts } from '../control/cluster-control';
import { ClusterNotes } from '../node/cluster-notes';
import { openLogStorage } from '../storage/log-storage';
import { LiveDisk } from '../world/live-disk';
import { LiveWorld } from '../world/live';
import type { Address, Clock, Log, Random, Timer, World } from '../world/world';
import type { ClusterSettings } from '../node/cluster-settings';
import { type EmbeddedClock, NodeClock } from './embedded-clock';
import type { EnginePlan } from './engine';
import { type DiskFaults, FaultyDisk } from './faulty-disk';
import { empty } from './lab-folder';

const HOST = '127.0.0.1';

export interface ProcessPlan {
  readonly name: string;
  readonly folder: string;
  readonly time: EmbeddedClock;
  readonly plan: EnginePlan;
  readonly chance: Random | undefined;
  readonly diskFaults: DiskFaults;
  readonly cookie: string;
  readonly settings: ClusterSettings;
  /** Where it finds another node of the lab, by the name it has in the lab. */
  peer(name: string): Address | null;
  /** What this node answers to the tools' side of another one. */
  answer(question: string): string;
}

/** One life of the application. */
interface Run {
  readonly clock: NodeClock;
  readonly disk: FaultyDisk;
}

export class EmbeddedProcess {
  readonly node: ClusterNode;
  readonly commands: ClusterCommands<MemberFacts>;
  /** Resolves if the disk fails, with the reason. The node is down then. */
  readonly fallen: Promise<Error>;
  /** Where it listens for other nodes. */
  peerAddress: Address = { host: HOST, port: 0 };
  /** Where it listens for clients while its application runs. */
  address: Address = { host: HOST, port: 0 };
  readonly clock: NodeClock;
  readonly startedAt: number;
  private readonly world: LiveWorld;
  private readonly log: Log;
  private fall: (error: Error) => void = () => undefined;
  private run: Run | null = null;

  /** `left`: resolves when the disk has ended what an earlier process left it with. */
  constructor(
    private readonly plan: ProcessPlan,
    private left: Promise<void>,
  ) {
    const { name, folder, time, chance } = plan;
    this.clock = new NodeClock(time.lab);
    this.startedAt = time.now();
    this.log = consoleLog(name);
    this.world = new LiveWorld({ clock: this.clock, log: this.log, ...(chance === undefined ? {} : { random: chance }) });
    this.fallen = new Promise((resolve) => {
      this.fall = resolve;
    });
    this.node = new ClusterNode(this.world, {
      self: `${name}@localhost`,
      cookie: plan.cookie,
      addressOf: (other) => plan.peer(other.replace(/@localhost$/, '')),
      // The lab's folder goes with this process.
      notes: new ClusterNotes(folder, false),
      begin: () => this.begin(),
      whenLeft: (done) => void this.left.then(done),
      broker: { nodeName: name, trace: plan.plan.trace },
      serve: (broker, done) => {
        broker.listen({ host: HOST, port: 0 }, (error, bound) => {
          if (bound !== null) this.address = bound;
          done(error);
        });
      },
      ...plan.settings,
    });
    this.commands = new ClusterCommands({
      node: this.node,
      wipe: async () => {
        await this.left;
        empty(folder);
      },
      facts: () => this.facts(),
      answer: async (question) => plan.answer(question),
      clock: { after: afterWallTime },
    });
  }

  /** Something happens that needs no time to pass: a turn ends, the disk is at work. */
  get busy(): boolean {
    return !this.world.turn.idle || this.run?.disk.atWork === true;
  }

  /** Writes that a slow disk holds back until lab time has passed. */
  get waiting(): number {
    return this.run?.disk.waiting ?? 0;
  }

  /** The process is there; its application is not started. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.node.open({ host: HOST, port: 0 }, (error, bound) => {
        if (bound === null) reject(error as Error);
        else {
          this.peerAddress = bound;
          resolve();
        }
      });
    });
  }

  /** Rejects with why the application did not start. */
  startApp(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.node.startApp((error) => (error === null ? resolve() : reject(error)));
    });
    return Promise.race([started, this.fallen.then((error) => Promise.reject(error))]);
  }

  async stopApp(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.node.stopApp(resolve)), this.fallen]);
    await this.left;
  }

  /** Resolves when the disk is at rest. The application is stopped. */
  async end(): Promise<void> {
    this.node.close(() => undefined);
    this.clock.end();
    await this.left;
  }

  /** At once. Resolves when the disk is at rest. */
  async kill(): Promise<void> {
    this.node.kill();
    this.clock.end();
    await this.left;
  }

  private begin(): Ground {
    const { folder, diskFaults, time } = this.plan;
    const clock = new NodeClock(this.clock);
    const { random, net, turn } = this.world;
    const world: World = { clock, random, net, turn, log: this.log };
    const files = new LiveDisk(folder);
    const disk = new FaultyDisk(files, diskFaults, (delayMs, fn) => time.after(delayMs, fn));
    const storage = openLogStorage({ clock: diskClock(clock), turn, log: this.log }, disk, {
      failed: (error) => this.fall(error),
    });
    const run: Run = { clock, disk };
    this.run = run;
    return {
      world,
      storage,
      end: () => {
        clock.end();
        if (this.run === run) this.run = null;
        this.left = disk.leave().then(() => files.close());
      },
    };
  }

  private facts(): MemberFacts {
    const { name, plan } = this.plan;
    return {
      version: `Warren ${VERSION}`,
      listeners: [
        { ...this.peerAddress, protocol: 'clustering' },
        { host: HOST, port: plan.portOf(name), protocol: 'amqp' },
      ],
      alarms: this.node.broker?.alarms ?? [],
    };
  }
}

/** Lab time for what is written down, wall time for when: a disk goes on working while the lab's clock stands still. */
function diskClock(clock: Clock): Clock {
  return {
    epochMs: () => clock.epochMs(),
    now: () => clock.now(),
    after: afterWallTime,
  };
}

function afterWallTime(delayMs: number, fn: () => void): Timer {
  const timer = setTimeout(fn, delayMs).unref();
  return { cancel: () => clearTimeout(timer) };
}

/** Only what a person should know of: a defect of the broker. */
function consoleLog(node: string): Log {
  return {
    write: (level, text) => {
      if (level === 'critical') console.error(`${node}: ${text}`);
    },
  };
}
