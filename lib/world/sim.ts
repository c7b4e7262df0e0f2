/**
 * The simulated world: hosts, a network between them, virtual time, faults, all decided by one seed. Promises: two runs of
 * the same seed and program give the same events and the same `hash()`; no time passes but by events; each fault counts
 * what it did. Programs for the engine's ports run here as they are; programs on `node:net` and timers with `runProgram`
 * (sim-node-api.ts).
 */
import { SeededRandom } from './random';
import { Fault, type FaultKind } from './sim-faults';
import { type Machine, SimNet } from './sim-net';
import type { NetworkModel, NetworkOptions, Path } from './sim-path';
import { type SimProcess, SimScheduler } from './sim-scheduler';
import type { Clock, Log, LogLevel, Network, Random, Turn, World } from './world';

export type { Fault, FaultKind } from './sim-faults';
export type { NetworkOptions } from './sim-path';

export interface LogLine {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly host: string;
  readonly level: LogLevel;
  readonly text: string;
}

export interface SimOptions extends NetworkOptions {
  /** Wall time at which virtual time begins, in milliseconds since 1970. Default 2024-01-01T00:00:00Z. */
  readonly epochMs?: number;
  readonly onLog?: (line: LogLine) => void;
}

const DEFAULT_EPOCH_MS = Date.UTC(2024, 0, 1);
const DEFAULT_BUDGET_MS = 60_000;

export class SimWorld {
  readonly scheduler = new SimScheduler();
  /** Chance for the scenario itself; the hosts and the network have streams of their own. */
  readonly random: SeededRandom;
  /** Every fault so far, in the order in which they were made. */
  readonly faults: Fault[] = [];
  readonly epochStart: number;
  readonly onLog: ((line: LogLine) => void) | null;
  private readonly net: SimNet;
  private readonly hosts = new Map<string, SimHost>();

  /** `seed` is a whole number from 0 to 2^53 - 1. */
  constructor(
    readonly seed: number,
    options: SimOptions = {},
  ) {
    const root = new SeededRandom(seed);
    this.random = root.stream('scenario');
    this.epochStart = options.epochMs ?? DEFAULT_EPOCH_MS;
    this.onLog = options.onLog ?? null;
    const model: NetworkModel = {
      scheduler: this.scheduler,
      latencyMs: options.latencyMs ?? 0.2,
      jitterMs: options.jitterMs ?? 0.8,
      bytesPerMs: options.bytesPerMs ?? Infinity,
      chunking: options.chunking ?? true,
      delays: root.stream('network delays'),
      cuts: root.stream('network cuts'),
      resends: root.stream('network resends'),
    };
    this.net = new SimNet(model, root);
  }

  /** Virtual milliseconds since the simulation began. */
  get now(): number {
    return this.scheduler.now;
  }

  /** The world as the host of this name sees it. The first mention builds the host; after a crash it starts a new life. */
  host(name: string): SimHost {
    const known = this.hosts.get(name);
    if (known?.process.alive) return known;
    const machine = this.net.machine(name);
    if (!machine.process.alive) machine.process = this.net.newProcess(name);
    const host = new SimHost(this, machine, this.net.networkFor(machine, machine.process));
    this.hosts.set(name, host);
    return host;
  }

  /** Fingerprint of everything that happened so far. */
  hash(): string {
    return this.scheduler.hash.digest();
  }

  /** Puts a remark into the fingerprint, so that runs which differ only in it differ in their hash. */
  record(text: string): void {
    this.scheduler.hash.mixText(text);
  }

  // Driving, for worlds without programs on node's own interfaces:

  /** Does the next event; false if nothing will ever happen. */
  step(): boolean {
    return this.scheduler.step();
  }

  /** Lets `ms` of virtual time pass. */
  runFor(ms: number): void {
    const end = this.now + ms;
    while (this.scheduler.nextAt <= end) this.step();
    this.scheduler.idleUntil(end);
  }

  /** Goes on until `condition` holds, checked after each event. Throws when nothing is left to happen or the budget is spent. */
  runUntil(condition: () => boolean, budgetMs: number = DEFAULT_BUDGET_MS): void {
    const end = this.now + budgetMs;
    while (!condition()) {
      if (this.scheduler.nextAt === Infinity) throw new Error(`Nothing is left to happen. ${this.describe()}`);
      if (this.scheduler.nextAt > end) throw new Error(`${budgetMs} ms of virtual time were not enough. ${this.describe()}`);
      this.step();
    }
  }

  /** Goes on until nothing is left to happen. Throws when the budget is spent. */
  runUntilIdle(budgetMs: number = DEFAULT_BUDGET_MS): void {
    this.runUntil(() => this.scheduler.nextAt === Infinity, budgetMs);
  }

  // Faults. All last until undone, all are counted.

  /** No byte passes between the two hosts, either way. Open connections stall, and break after long. */
  cut(a: string, b: string): Fault {
    const fault = this.newFault('cut', `${a} | ${b}`);
    this.path(a, b).cutBy = fault;
    this.path(b, a).cutBy = fault;
    return fault;
  }

  /** No byte passes from `from` to `to`; the other way stays open. */
  cutOneWay(from: string, to: string): Fault {
    const fault = this.newFault('cut', `${from} > ${to}`);
    this.path(from, to).cutBy = fault;
    return fault;
  }

  /** Undoes every cut and latency. What waited goes on soon. */
  heal(): void {
    for (const path of this.net.allPaths()) path.heal();
  }

  /** Adds `ms` to the way of whatever is sent from now on between the two hosts, each way. */
  latency(a: string, b: string, ms: number): Fault {
    const fault = this.newFault('latency', `${a} | ${b}`);
    for (const path of [this.path(a, b), this.path(b, a)]) {
      path.slowedBy = fault;
      path.extraMs = ms;
    }
    return fault;
  }

  /**
   * Breaks all open connections between the two hosts now: both ends see ECONNRESET, what is under way is lost. With
   * `afterBytes`: breaks one connection, as soon as so many bytes more have been sent from `a` to `b`; these still arrive.
   */
  reset(a: string, b: string, options: { afterBytes?: number } = {}): Fault {
    const fault = this.newFault('reset', `${a} | ${b}`);
    const path = this.path(a, b);
    if (options.afterBytes !== undefined) {
      path.armedReset = { fault, left: options.afterBytes };
      return fault;
    }
    for (const link of this.machine(a).links) if (link.other?.process.name === b) link.breakDown(fault);
    return fault;
  }

  /** Undoes a reset from `a` to `b` that waits for its bytes. */
  disarm(a: string, b: string): void {
    this.path(a, b).armedReset = null;
  }

  /** The host's program stands still (SIGSTOP, a long collection of garbage); its machine still takes connections. */
  pause(host: string): Fault {
    const process = this.livingProcess(host);
    process.pausedBy ??= this.newFault('pause', host);
    return process.pausedBy;
  }

  resume(host: string): void {
    const process = this.livingProcess(host);
    if (process.pausedBy === null) return;
    process.pausedBy = null;
    this.scheduler.release(process);
  }

  /** The host's wall clock is wrong by `ms` from now on, over crashes as well. Its timers do not notice. */
  jumpClock(host: string, ms: number): Fault {
    const machine = this.machine(host);
    machine.clockError = ms;
    machine.clockFault = this.newFault('clock jump', host);
    return machine.clockFault;
  }

  /** The host's wall clock is right again. */
  setClockRight(host: string): void {
    const machine = this.machine(host);
    machine.clockError = 0;
    machine.clockFault = null;
  }

  /** kill -9: timers and memory are gone, nobody listens, peers see resets (unless cut off: then they learn it later). */
  crash(host: string): Fault {
    const fault = this.newFault('crash', host);
    const machine = this.machine(host);
    const process = this.livingProcess(host);
    fault.eventsHeld += process.waiting;
    process.alive = false;
    machine.listening.clear();
    for (const link of [...machine.links]) {
      if (link.ready) fault.connectionsReset++;
      fault.bytesDropped += link.crashed();
    }
    return fault;
  }

  /** What everybody waits for, for error messages. */
  describe(): string {
    const parts: string[] = [];
    for (const machine of this.net.machines.values()) {
      if (!machine.process.alive) parts.push(`${machine.name} has crashed`);
      if (machine.process.pausedBy !== null) parts.push(`${machine.name} is paused`);
      for (const link of machine.links) parts.push(link.describe(machine.name));
    }
    for (const path of this.net.allPaths()) if (path.cutBy !== null) parts.push(`${path.from} > ${path.to} is cut`);
    return `At ${this.now.toFixed(3)} ms: ${parts.length === 0 ? 'no link is open, no fault in force' : parts.join('; ')}.`;
  }

  private newFault(kind: FaultKind, where: string): Fault {
    const fault = new Fault(kind, where);
    this.faults.push(fault);
    this.record(`${kind} ${where}`);
    return fault;
  }

  private path(from: string, to: string): Path {
    return this.net.path(this.machine(from).name, this.machine(to).name);
  }

  private machine(name: string): Machine {
    const machine = this.net.machines.get(name);
    if (machine !== undefined) return machine;
    const known = [...this.net.machines.keys()].join(', ');
    throw new Error(`There is no host "${name}" in this simulation; there is: ${known === '' ? 'none yet' : known}.`);
  }

  private livingProcess(name: string): SimProcess {
    const process = this.machine(name).process;
    if (!process.alive) throw new Error(`The host "${name}" has crashed; sim.host("${name}") starts it again.`);
    return process;
  }
}

/** The world of one life of one host. After a crash it is inert: nothing it is asked for happens. */
export class SimHost implements World {
  readonly clock: Clock;
  readonly random: Random;
  readonly turn: Turn;
  readonly log: Log;
  readonly process: SimProcess;
  readonly name: string;
  /** IPv4 address, as peers see it. */
  readonly address: string;

  constructor(
    readonly world: SimWorld,
    machine: Machine,
    readonly net: Network,
  ) {
    const { scheduler } = world;
    const process = machine.process;
    this.process = process;
    this.name = machine.name;
    this.address = machine.address;
    this.random = machine.random;
    this.clock = {
      epochMs: () => {
        if (machine.clockFault !== null) machine.clockFault.clockReads++;
        return Math.floor(world.epochStart + scheduler.now + machine.clockError);
      },
      now: () => scheduler.now,
      after: (delayMs, fn) => {
        if (!(delayMs >= 0)) throw new RangeError(`A delay is a number of milliseconds from 0, not ${delayMs}.`);
        return scheduler.at(scheduler.now + delayMs, process, fn);
      },
    };
    this.turn = { atEnd: (fn) => scheduler.atEnd(process, fn) };
    this.log = {
      write: (level, text) => {
        scheduler.hash.mixText(text);
        world.onLog?.({ at: scheduler.now, host: machine.name, level, text });
      },
    };
  }
}
