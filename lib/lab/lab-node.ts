/** A node of a lab: the engine's node together with the relay in front of it. */
import * as fs from 'node:fs';
import type { TraceSink } from '../trace/sink';
import type { DiskFaultCounts, Duration, LabNode } from './api';
import { milliseconds } from './duration';
import type { EngineNode } from './engine';
import { DiskFaults } from './faulty-disk';
import { copied, empty } from './lab-folder';
import type { Relay } from './relay';

/** Why the relay holds the bytes of a node. */
export const HELD = { cut: 'cut', paused: 'paused' } as const;

/** What a call on a lab, or on a node of it, says that comes too late. */
export const LAB_STOPPED = "This lab is stopped. Start it again: run the cell with 'Lab.start' once more.";

type Happening = 'node.started' | 'node.stopped' | 'node.killed' | 'node.paused' | 'node.resumed';

/**
 * Calls are done one after another, in the order in which they were made. A call that asks for the state that the node is
 * in does nothing, so that a cell can be run twice.
 */
export class NodeHandle implements LabNode {
  private last: Promise<unknown> = Promise.resolve();
  /** Whether the engine's node is on its way up, which may take as long as other nodes stay away. */
  private starting = false;
  private retired = false;

  /**
   * `told`: whether the engine itself puts start, stop and kill into the trace. `beforeEnd` is called when the node is about to
   * be stopped or killed, `diskLost` when what it held is gone.
   */
  constructor(
    private readonly node: EngineNode,
    readonly relay: Relay,
    private readonly trace: TraceSink,
    private readonly told: boolean,
    private readonly beforeEnd: () => void,
    private readonly diskLost: () => void,
  ) {}

  get name(): string {
    return this.node.name;
  }

  get state(): LabNode['state'] {
    return this.node.state;
  }

  get port(): number {
    return this.relay.port;
  }

  /** The engine has started the node: clients may come. */
  async ready(): Promise<void> {
    await this.relay.open();
    this.happened('node.started', this.told);
  }

  stop(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'stopped' || this.state === 'killed') return;
      this.mustNotBePaused('stop');
      this.beforeEnd();
      this.relay.close();
      await this.node.stop();
      this.happened('node.stopped', this.told);
    });
  }

  kill(): Promise<void> {
    // Not in turn: the call of start() that is pending ends by this one.
    if (this.starting) return this.node.kill();
    return this.inTurn(async () => {
      if (this.state === 'stopped' || this.state === 'killed') return;
      this.beforeEnd();
      this.relay.close();
      const ended = this.node.kill();
      // Not once it has ended: what clients and other nodes notice meanwhile comes of the kill, and stands after it in the trace.
      this.happened('node.killed', this.told);
      await ended;
      this.relay.release(HELD.paused);
    });
  }

  start(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'running') return;
      this.mustNotBePaused('start');
      this.starting = true;
      await this.node.start().finally(() => (this.starting = false));
      await this.ready();
    });
  }

  pause(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'paused') return;
      this.mustRun('pause');
      this.relay.hold(HELD.paused);
      await this.node.pause();
      this.happened('node.paused', false);
    });
  }

  resume(): Promise<void> {
    return this.inTurn(async () => {
      if (this.state === 'running') return;
      if (this.state !== 'paused')
        throw new Error(`${this.name} is ${this.state}, so it cannot resume; start it: await lab.node('${this.name}').start().`);
      await this.node.resume();
      this.happened('node.resumed', false);
      this.relay.release(HELD.paused);
    });
  }

  alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    return this.inTurn(async () => {
      if (resource !== 'memory' && resource !== 'disk') throw new Error(`'${resource}' has no alarm; it is 'memory' or 'disk'.`);
      this.mustRun('raise or clear an alarm of');
      await this.node.alarm(resource, on);
      this.trace.emit(this.name, { type: on ? 'fault' : 'healed', fault: `${resource} alarm`, target: this.name });
    });
  }

  loseDisk(): Promise<void> {
    return this.inTurn(async () => {
      this.mustBeDown('lose the disk of');
      await this.node.loseDisk();
      this.diskLost();
      this.trace.emit(this.name, { type: 'fault', fault: 'disk lost', target: this.name });
    });
  }

  copyDisk(): Promise<string> {
    return this.inTurn(async () => {
      this.mustBeDown('copy the disk of');
      return copied(this.folder());
    });
  }

  useDisk(copy: string): Promise<void> {
    return this.inTurn(async () => {
      this.mustBeDown('change the disk of');
      const folder = this.folder();
      empty(folder);
      this.diskLost();
      fs.cpSync(copy, folder, { recursive: true, preserveTimestamps: true });
      this.trace.emit(this.name, { type: 'fault', fault: 'disk replaced', target: this.name });
    });
  }

  slowDisk(delay: Duration): Promise<void> {
    return this.inTurn(async () => {
      const ms = milliseconds(delay);
      this.faultyDisk().delayMs = ms;
      this.trace.emit(this.name, { type: ms > 0 ? 'fault' : 'healed', fault: 'slow disk', target: this.name });
    });
  }

  breakDisk(fault: 'full' | 'failing sync', on: boolean): Promise<void> {
    return this.inTurn(async () => {
      if (fault === 'full') this.faultyDisk().full = on;
      else if (fault === 'failing sync') this.faultyDisk().failingSync = on;
      else throw new Error(`A disk cannot be broken by '${fault}'; it can be 'full', or have a 'failing sync'.`);
      const name = fault === 'full' ? 'full disk' : fault;
      this.trace.emit(this.name, { type: on ? 'fault' : 'healed', fault: name, target: this.name });
    });
  }

  get diskFaults(): DiskFaultCounts {
    return { ...(this.node.diskFaults ?? new DiskFaults()).counts };
  }

  /** The lab ends: calls that wait for their turn do nothing any more, so that none starts a node behind its back. */
  retire(): void {
    this.retired = true;
  }

  /** The engine's node went down without a call: a tool stopped it, its disk failed, its process was killed. */
  fell(): void {
    this.relay.close();
    this.happened(this.state === 'stopped' ? 'node.stopped' : 'node.killed', this.told);
  }

  private faultyDisk(): DiskFaults {
    if (this.node.diskFaults !== null) return this.node.diskFaults;
    throw new Error(
      `The disk of ${this.name} belongs to a process of its own and cannot be spoiled from here; a lab on the embedded ` +
        'engine can (WARREN_ENGINE unset, without processes).',
    );
  }

  private folder(): string {
    if (this.node.folder !== null) return this.node.folder;
    throw new Error(`The disk of ${this.name} is not the lab's: it runs elsewhere (WARREN_AMQP_URL).`);
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.last.then(() => {
      if (this.retired) throw new Error(LAB_STOPPED);
      return act();
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  private mustRun(what: string): void {
    if (this.state === 'running') return;
    const call = this.state === 'paused' ? 'resume' : 'start';
    throw new Error(`Cannot ${what} ${this.name}: it is ${this.state}. First await lab.node('${this.name}').${call}().`);
  }

  private mustBeDown(what: string): void {
    if (this.state === 'stopped' || this.state === 'killed') return;
    throw new Error(`Cannot ${what} ${this.name}: it is ${this.state}. First await lab.node('${this.name}').kill().`);
  }

  private mustNotBePaused(what: string): void {
    if (this.state !== 'paused') return;
    throw new Error(
      `Cannot ${what} ${this.name} while it is paused; resume it first (await lab.node('${this.name}').resume()), or kill it.`,
    );
  }

  private happened(type: Happening, told: boolean): void {
    if (!told) this.trace.emit(this.name, { type });
  }
}
