/** One program of an answer while it runs: its sandbox, what it says of itself, and the limits that it is held to. */
import type { ChildProcess } from 'node:child_process';
import type { ProgramEnd } from '../history';
import { Lines } from './lines';
import type { Limits, Room, SandboxKind, SandboxSpec } from './sandbox';
import { usageOf, type Usage } from './watch';

/** Which limit, in words for the report. */
export interface Excess {
  readonly limit: 'cpu' | 'memory' | 'processes' | 'output';
  readonly allowed: number;
  readonly used: number;
  readonly unit: string;
}

const LOOK_EVERY_MS = 40;
/** What the door adds to what a program prints, at most: each octet may be written as six. */
const octetsThrough = (outputBytes: number): number => outputBytes * 6 + (1 << 20);
/** Who was told to stop and is not gone then, is killed with all that it has started. The door gives it 400 ms of these. */
const LEAVE_MS = 900;
const TEXT_MAX = 4000;

/** Facts that come from inside, see door.cjs. Any of them may be forged by the program: they only ever speak of itself. */
type Fact = { out?: unknown; err?: unknown; said?: unknown; exit?: unknown; signal?: unknown; failed?: unknown };

export class ProgramProcess {
  private readonly room: Room;
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

  constructor(
    readonly name: string,
    kind: SandboxKind,
    spec: SandboxSpec,
    private readonly limits: Limits,
  ) {
    this.loaded = new Promise((resolve) => {
      this.markLoaded = resolve;
    });
    this.room = kind.open(spec, limits);
    const { child } = this.room;
    this.child = child;
    const { command, env, url } = spec;
    const { socket, port } = kind.inside(spec);
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify({ command, env, url, socket, port })}\n`);
    const allowed = octetsThrough(limits.outputBytes);
    const lines = new Lines(allowed, (line) => this.told(line));
    child.stdout?.on('data', (bytes: Buffer) => {
      lines.take(bytes);
      this.hold('output', allowed, lines.octets, 'octets');
    });
    // What bwrap itself or Node complains of before anything runs.
    child.stderr?.on('data', (bytes: Buffer) => this.printed(bytes.toString()));
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => this.failed(`the sandbox did not start: ${error.message}`));
      child.once('close', () => {
        this.end(this.state === 'running' ? 'exited' : this.state);
        resolve();
      });
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

  /** Aborts its signal (SIGTERM in other languages), and ends it if it does not go. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.state === 'running') this.state = 'stopped';
    this.child.stdin?.write('stop\n');
    const late = setTimeout(() => this.room.kill(), LEAVE_MS);
    await this.ended;
    clearTimeout(late);
  }

  /** kill -9: no word, no farewell. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.state === 'running') this.state = 'killed';
    this.room.kill();
    await this.ended;
  }

  private look(): void {
    const usage = this.usage();
    if (usage === null) return;
    const { cpuMs, memoryMiB, processes } = usage;
    this.hold('cpu', this.limits.cpuMs, cpuMs, 'ms');
    this.hold('memory', this.limits.memoryMiB, Math.round(memoryMiB), 'MiB');
    this.hold('processes', this.limits.processes, processes, '');
  }

  private hold(limit: Excess['limit'], allowed: number, used: number, unit: string): void {
    if (used <= allowed || this.over !== null) return;
    this.over = { limit, allowed, used, unit };
    this.changed();
    void this.kill();
  }

  private told(line: string): void {
    let fact: Fact;
    try {
      fact = JSON.parse(line) as Fact;
    } catch {
      return;
    }
    if (typeof fact !== 'object' || fact === null) return;
    if (typeof fact.out === 'string') this.printed(fact.out);
    if (typeof fact.err === 'string') this.printed(fact.err);
    if (typeof fact.said === 'string') this.said(fact.said);
    if (typeof fact.failed === 'string') this.failed(fact.failed);
    if (typeof fact.exit === 'number') this.exitCode = fact.exit;
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
