/** One program of an answer while it runs: its sandbox, what it says of itself, and the limits that it is held to. */
import type { ChildProcess } from 'node:child_process';
import * as net from 'node:net';
import type { Duplex, Stream } from 'node:stream';
import type { ProgramEnd } from '../history';
import { memoryBoundMiB } from './cgroup';
import { Lines } from './lines';
import { CONTROL, type Limits, type Order, type Room } from './sandbox';
import { usageOf, type Usage } from './watch';

/** Which limit, in words for the report. */
export interface Excess {
  readonly limit: 'cpu' | 'memory' | 'processes' | 'output';
  readonly allowed: number;
  readonly used: number;
  readonly unit: string;
}

/** Each look reads some forty files of /proc. What happens between two is bounded by the kernel, see rlimits.ts. */
const LOOK_EVERY_MS = 100;
/** What a program says of itself, in octets, at most. */
const SAID_BYTES = 64 << 10;
/** Who was told to stop is killed, with all that it has started, when it does nothing at so many looks in a row, or is late. */
const LEAVING = { lookMs: 20, looks: 4, lateMs: 400 } as const;
const TEXT_MAX = 4000;

export class ProgramProcess {
  private readonly child: ChildProcess;
  private state: ProgramEnd['state'] = 'running';
  private text = '';
  private exitCode: number | null = null;
  private output = '';
  private outputBytes = 0;
  private over: Excess | null = null;
  private watching: NodeJS.Timeout | null = null;
  private readonly listeners = new Set<() => void>();
  /** Resolves when its module is loaded, or it has ended: false. */
  readonly loaded: Promise<boolean>;
  readonly ended: Promise<void>;
  private markLoaded: (loaded: boolean) => void = () => undefined;

  /**
   * `room` has had no order yet. `way` is given the server on which the program's connections to its broker arrive, before
   * anything of the answer runs.
   */
  constructor(
    readonly name: string,
    private readonly room: Room,
    order: Order,
    private readonly limits: Limits,
    way: (server: net.Server) => void = (server) => void server.close(),
  ) {
    this.loaded = new Promise((resolve) => {
      this.markLoaded = resolve;
    });
    const { child } = this.room;
    this.child = child;
    this.begin(order, way);
    child.stdout?.on('data', (bytes: Buffer) => this.printed(bytes.toString()));
    // What bwrap itself or Node complains of comes here, too.
    child.stderr?.on('data', (bytes: Buffer) => this.printed(bytes.toString()));
    const lines = new Lines(SAID_BYTES, (line) => this.said(line));
    this.control.on('error', () => undefined);
    // It is open both ways: until this end is closed as well, the process counts as not closed.
    this.control.on('end', () => this.control.end());
    this.control.on('data', (bytes: Buffer) => {
      lines.take(bytes);
      this.hold('output', SAID_BYTES, lines.octets, 'octets');
    });
    this.ended = goneWith(child, [child.stdout, child.stderr, this.control]).then((error) => {
      this.holdMemory();
      if (error !== null) this.failed(`the sandbox did not start: ${error.message}`);
      this.exitCode = child.exitCode;
      this.end(this.state === 'running' ? 'exited' : this.state);
    });
    this.watching = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** What is known of it now. */
  get fate(): ProgramEnd {
    const { name: program, state, text, exitCode, output } = this;
    return { program, state, text, exitCode, output };
  }

  get excess(): Excess | null {
    return this.over;
  }

  /** Calls back when its state changes. */
  onChange(fn: () => void): void {
    this.listeners.add(fn);
  }

  /** CPU time used so far, and whether it waits for something. */
  usage(): Usage | null {
    return this.child.pid === undefined || this.hasEnded ? null : usageOf(this.child.pid);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /**
   * Aborts its signal (SIGTERM in other languages), and ends it when it does nothing more: a connection that is open keeps many a
   * program that is done. Resolves when it is gone.
   */
  async stop(): Promise<void> {
    if (this.state === 'running') this.state = 'stopped';
    this.control.write('stop\n');
    const began = performance.now();
    let quiet = 0;
    let cpuMs = -1;
    const looking = setInterval(() => {
      const usage = this.usage();
      quiet = usage?.idle === true && usage.cpuMs === cpuMs ? quiet + 1 : 0;
      cpuMs = usage?.cpuMs ?? -1;
      if (quiet >= LEAVING.looks || performance.now() - began > LEAVING.lateMs) this.room.kill();
    }, LEAVING.lookMs);
    await this.ended;
    clearInterval(looking);
  }

  /** kill -9: no word, no farewell. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.state === 'running') this.state = 'killed';
    this.room.kill();
    await this.ended;
  }

  private look(): void {
    this.holdMemory();
    const usage = this.usage();
    if (usage === null) return;
    const { cpuMs, memoryMiB, processes } = usage;
    this.hold('cpu', this.limits.cpuMs, cpuMs, 'ms');
    this.hold('memory', this.limits.memoryMiB, Math.round(memoryMiB), 'MiB');
    this.hold('processes', this.limits.processes, processes, '');
  }

  /** The kernel is quicker than a look. */
  private holdMemory(): void {
    if (this.room.group?.outOfMemory) this.hold('memory', this.limits.memoryMiB, memoryBoundMiB(this.limits), 'MiB');
  }

  private hold(limit: Excess['limit'], allowed: number, used: number, unit: string): void {
    if (used <= allowed || this.over !== null) return;
    this.over = { limit, allowed, used, unit };
    this.changed();
    void this.kill();
  }

  /** No channel of Node's own stands open to what the answer runs: it is closed before. */
  private begin(order: Order, way: (server: net.Server) => void): void {
    const { child, inside } = this.room;
    const env = { PATH: inside.path, ...order.env };
    // Who has ended already takes no order; its end tells.
    child.send({ ...order, env, port: inside.port }, () => undefined);
    if (order.url === '') {
      child.disconnect();
      return;
    }
    child.once('message', (_name: unknown, server: unknown) => {
      if (server instanceof net.Server) way(server);
      if (child.connected) child.disconnect();
    });
  }

  private get control(): Duplex {
    return this.child.stdio[CONTROL] as Duplex;
  }

  private said(text: string): void {
    if (text === 'loaded') this.markLoaded(true);
    else if (text === 'resolved' && this.state === 'running') this.state = 'resolved';
    else if (text.startsWith('threw ') && this.state === 'running') this.failed(text.slice('threw '.length));
    this.changed();
  }

  private failed(text: string): void {
    this.text = text.slice(0, TEXT_MAX);
    this.state = 'threw';
    this.changed();
  }

  private printed(text: string): void {
    this.outputBytes += Buffer.byteLength(text);
    if (this.output.length < this.limits.outputBytes) this.output += text.slice(0, this.limits.outputBytes - this.output.length);
    this.hold('output', this.limits.outputBytes, this.outputBytes, 'octets');
  }

  private end(state: ProgramEnd['state']): void {
    if (this.watching !== null) clearInterval(this.watching);
    this.watching = null;
    this.state = state;
    this.markLoaded(false);
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/**
 * Resolves when a process is gone and all that it wrote is read; with the error, if it never was. Node's own event `close` does
 * not come where the channel was closed from this side.
 */
async function goneWith(child: ChildProcess, streams: readonly (Stream | null)[]): Promise<Error | null> {
  const closed = streams.map((stream) => new Promise((resolve) => stream?.once('close', resolve)));
  const error = await new Promise<Error | null>((resolve) => {
    child.once('exit', () => resolve(null));
    child.once('error', resolve);
  });
  if (error === null) await Promise.all(closed);
  return error;
}
