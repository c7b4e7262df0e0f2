/**
 * One run of the storage scenario: a durable node under the mixed workload goes down and comes up a number of times, by a seed.
 * Each time what is found is compared with what was promised.
 */
import { createBroker, type Broker } from '../../../lib/broker/broker';
import type { ClassicQueue } from '../../../lib/broker/queue/classic';
import { openLogStorage } from '../../../lib/storage/log-storage';
import { repair, type Repaired } from '../../../lib/storage/repair';
import { StorageDamaged } from '../../../lib/storage/storage-error';
import type { SeededRandom } from '../../../lib/world/random';
import { SimWorld } from '../../../lib/world/sim';
import { PowerCut, SimDisk, type DiskFaultKind, type DiskOperation } from '../../../lib/world/sim-disk';
import { checkDefinitions, Definitions, GRAVE } from './definitions';
import { BrokenPromise, checkQueue, type Ending, type Found } from './promise-book';
import { findAll } from './finder';
import { Workload } from './workload';

export interface Tally {
  crashes: number;
  orderlyStops: number;
  /** Times that the node refused to start and named a damaged file. */
  refusals: number;
  /** Dead letters that were found after a start. */
  buried: number;
  readonly bites: Map<DiskFaultKind, number>;
}

const LIVES = 12;
/** Virtual milliseconds a life lasts at most. */
const LIFE_MS = 60;
const OPERATIONS: readonly DiskOperation[] = ['write', 'write', 'write', 'sync', 'sync', 'syncNames', 'create'];

export function runCrashes(seed: number, tally: Tally): void {
  const run = new CrashRun(seed, tally);
  try {
    run.play();
  } finally {
    for (const [kind, count] of run.disk.bites) tally.bites.set(kind, (tally.bites.get(kind) ?? 0) + count);
  }
}

class CrashRun {
  readonly disk: SimDisk;
  private readonly world: SimWorld;
  private readonly random: SeededRandom;
  private readonly book = new Definitions();
  private readonly ids = { next: 1 };
  private readonly gone = new Set<string>();
  private readonly segmentBytes: number;
  private broker: Broker | null = null;
  private listening = false;
  private failure: Error | null = null;
  private warnings = 0;
  /** The log's newest segment may be missed by nobody, for a crash may take its name. */
  private fileLost = false;
  private definitionsKept = true;
  /** Attempts that the last start took. */
  private starts = 0;
  /** Errors that the disk had told before this life. */
  private errorsBefore = 0;

  constructor(
    seed: number,
    private readonly tally: Tally,
  ) {
    const onLog = ({ level }: { level: string }): void => {
      if (level === 'warning') this.warnings++;
    };
    this.world = new SimWorld(seed, { latencyMs: 0.05, jitterMs: 0.1, chunking: seed % 4 === 0, onLog });
    this.random = this.world.random;
    this.segmentBytes = 1024 << this.random.int(7);
    this.disk = new SimDisk(seed, { atOnceBytes: seed % 3 === 0 ? 4096 : -1 });
  }

  play(): void {
    let ending: Ending = { orderly: true, startedTwice: false, cutOff: false, repaired: false, at: 0 };
    for (let life = 0; life < LIVES; life++) {
      let rotten: string | null = null;
      if (life > 3 && this.random.int(12) === 0) rotten = this.random.int(4) === 0 ? this.lose() : this.rot();
      this.warnings = 0;
      const lost = this.start(rotten);
      const cutOff = rotten !== null && lost === null && (this.warnings > 0 || this.fileLost);
      if (cutOff && ending.orderly && this.starts === 1)
        throw new BrokenPromise(`${rotten} was damaged after an orderly stop, and nobody was told`);
      ending = { ...ending, startedTwice: this.starts > 1, cutOff, repaired: lost !== null, at: this.wall() };
      this.definitionsKept = !cutOff && (lost === null || lost.every(({ known }) => known));
      this.check(ending);
      if (rotten !== null) return;
      ending = this.live();
    }
  }

  private wall(): number {
    return this.world.epochStart + this.world.now;
  }

  // --- starting ---

  /** Brings the node up, killed on the way now and then. If it refuses for damage, its files are repaired. */
  private start(rotten: string | null): readonly Repaired[] | null {
    let lost: readonly Repaired[] | null = null;
    for (this.starts = 1; ; this.starts++) {
      if (this.random.int(6) === 0) this.disk.cutShort(1 + this.random.int(8));
      const outcome = this.tryStart();
      if (outcome === null) {
        this.disk.mend();
        return lost;
      }
      this.goDown(this.random.int(2) === 0 ? 'process' : 'machine');
      if (outcome instanceof PowerCut) continue;
      if (!(outcome instanceof StorageDamaged) || rotten === null || lost !== null) throw outcome;
      if (outcome.file !== rotten) throw new BrokenPromise(`octets of ${rotten} were damaged, and ${outcome.file} is blamed`);
      this.tally.refusals++;
      lost = this.repair();
      if (lost.some(({ file }) => file !== rotten)) throw new BrokenPromise(`more than ${rotten} was repaired`);
      // A crash may have taken away the name of the next segment, which was the proof: then it is an end to be cut off.
      if (lost.length === 0 && this.disk.list().at(-1) !== rotten) throw new BrokenPromise(`${rotten} was not repaired`);
    }
  }

  private repair(): readonly Repaired[] {
    let repaired: readonly Repaired[] | null = null;
    repair(this.disk.mount(this.world.host('node')), (error, what) => {
      if (error !== null) throw error;
      repaired = what;
    });
    this.world.runUntil(() => repaired !== null);
    this.world.crash('node');
    return repaired as unknown as readonly Repaired[];
  }

  private tryStart(): Error | null {
    const host = this.world.host('node');
    this.failure = null;
    this.listening = false;
    const failed = (error: Error): void => {
      this.failure ??= error;
      this.listening = false;
      if (host.process.alive) this.world.crash('node');
    };
    try {
      const storage = openLogStorage(host, this.disk.mount(host), { segmentBytes: this.segmentBytes, failed });
      const broker = createBroker(host, { nodeName: 'node', storage, users: [{ name: 'guest', password: 'guest' }] });
      this.broker = broker;
      broker.listen({ host: '0.0.0.0', port: 5672 }, (error) => {
        if (error !== null) throw error;
        this.listening = true;
      });
      this.world.runUntil(() => this.listening || this.failure !== null, 5_000);
    } catch (error) {
      return error as Error;
    }
    return this.failure;
  }

  /** Turns over a bit of a file, and tells of which. */
  private rot(): string | null {
    const names = this.disk.list().filter((name) => this.disk.file(name).size > 0);
    const name = names[this.random.int(names.length)];
    if (name === undefined) return null;
    this.disk.flipBit(name, this.random.int(this.disk.file(name).size), this.random.int(8));
    return name;
  }

  /** Removes a segment that is needed, and tells of which. */
  private lose(): string | null {
    const names = this.disk.list();
    // What was cleaned away may have come back with a crash.
    const from = names.filter((name) => name.endsWith('.from')).at(-1) ?? '';
    const logs = names.filter((name) => name.endsWith('.log') && name >= from.slice(0, -4) && this.disk.file(name).size > 0);
    const name = logs[this.random.int(logs.length)];
    if (name === undefined) return null;
    this.disk.lose(name);
    this.fileLost = true;
    return name;
  }

  // --- checking ---

  private check(ending: Ending): void {
    const broker = this.broker as Broker;
    checkDefinitions(this.book, broker, !this.definitionsKept);
    const hasGrave = broker.snapshot('/', 0).queues.some(({ name }) => name === GRAVE);
    const names = [...this.book.queues.keys(), ...(hasGrave ? [GRAVE] : [])];
    const found = findAll(this.world, broker, names, () => this.failure !== null);
    if (this.failure instanceof StorageDamaged && this.disk.bites.has('bit rot')) return;
    if (this.failure !== null) throw this.failure;
    if (found === null) {
      if (this.definitionsKept) throw new BrokenPromise('the user was promised and is gone');
      return;
    }
    const grave = new Set(found.get(GRAVE)?.map(({ id }) => id));
    this.tally.buried += grave.size;
    for (const queue of this.book.queues.values()) {
      checkQueue(queue, found.get(queue.name) as Found[], { ...ending, at: this.wall() }, this.gone, grave);
    }
  }

  // --- living ---

  private live(): Ending {
    const { random, world, disk } = this;
    const client = world.host('client');
    const workload = new Workload(client, random, this.book, this.ids, () => this.wall());
    const bad = random.int(5) === 0;
    if (bad)
      disk.fail(
        OPERATIONS[random.int(OPERATIONS.length)] as DiskOperation,
        1 + random.int(12),
        random.int(2) === 0 ? 'ENOSPC' : 'EIO',
      );
    const end = world.now + 1 + random.float() * LIFE_MS;
    while (world.now < end && this.failure === null) {
      workload.act();
      if (random.int(40) === 0) this.pressMemory();
      world.runFor(random.int(3) === 0 ? random.float() * 3 : random.float() * 0.3);
    }
    const orderly = this.failure === null && !bad && random.int(5) === 0;
    if (orderly) this.stop(workload);
    else this.crash(workload);
    disk.mend();
    return { orderly, startedTwice: false, cutOff: false, repaired: false, at: this.wall() };
  }

  /** As if memory were short: backlogs go to the shelf but for a few messages at their heads. */
  private pressMemory(): void {
    for (const queue of (this.broker as Broker).vhosts.get('/')?.queues.values() ?? []) {
      // biome-ignore lint/complexity/useLiteralKeys: the backlog is the queue's own.
      if (this.random.int(2) === 0) (queue as ClassicQueue)['backlog'].shelve(this.random.int(4));
    }
  }

  private stop(workload: Workload): void {
    const { world } = this;
    world.runUntil(() => workload.quiet);
    const mark = workload.askMark();
    world.runUntil(() => workload.marked === mark);
    let stopped = false;
    (this.broker as Broker).stop(() => {
      stopped = true;
    });
    world.runUntil(() => stopped);
    world.crash('node');
    this.disk.crash(this.random.int(2) === 0 ? 'process' : 'machine');
    this.tally.orderlyStops++;
  }

  private crash(workload: Workload): void {
    const { bites } = this.disk;
    const errors = (bites.get('full') ?? 0) + (bites.get('failing') ?? 0);
    if (this.failure === null && errors > this.errorsBefore) {
      throw new BrokenPromise('the disk failed, and the node went on as if nothing had happened');
    }
    this.errorsBefore = errors;
    this.goDown(this.random.int(2) === 0 ? 'process' : 'machine');
    workload.client.abort();
  }

  private goDown(what: 'process' | 'machine'): void {
    if (this.world.host('node').process.alive) this.world.crash('node');
    this.disk.crash(what);
    this.disk.mend();
    this.tally.crashes++;
    this.broker = null;
  }
}
