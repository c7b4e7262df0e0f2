/**
 * Where an answer's program runs: another process that sees nothing but itself and a way to its broker. Three kinds, from the
 * tightest to none; which one is said in the report.
 */
import type { ChildProcess } from 'node:child_process';
import type { ControlGroup } from './cgroup';

/** How far the program is kept away from the machine. */
export type Isolation = 'bubblewrap' | 'namespaces' | 'none';

/** What a program may use; beyond it the run is over limit. */
export interface Limits {
  /** CPU time of all its processes, milliseconds. */
  readonly cpuMs: number;
  /** Wall time from its start, milliseconds; start-up does not count. */
  readonly wallMs: number;
  /** Resident memory of all its processes, MiB. */
  readonly memoryMiB: number;
  readonly processes: number;
  /** What it prints, octets. */
  readonly outputBytes: number;
}

/** What a sandbox shows. */
export interface SandboxSpec {
  /** Folder with the answer, readable inside. */
  readonly answer: string;
  /** More folders that the program may read, such as a Python with pika; same path inside. */
  readonly readable: readonly string[];
  /** Modules that are loaded before there is an order; paths, or names of packages that the runner finds. */
  readonly ahead: readonly string[];
}

/** What runs in a sandbox; paths as they are inside (`SandboxKind.inside` says where folders appear). */
export interface Order {
  /** Started in a process of its own; or `module`, which runs in the first one. */
  readonly command?: readonly string[];
  readonly module?: string;
  /** What the module finds in process.argv. */
  readonly args?: readonly string[];
  /** Its whole environment, but for PATH and AMQP_URL. */
  readonly env: Readonly<Record<string, string>>;
  /** The broker's address with PORT in the place of the port; '' for a program that gets no broker. */
  readonly url: string;
}

/** Paths that a command inside uses. */
export interface InsidePaths {
  readonly answer: string;
  /** Folder of program.cjs, door.cjs. */
  readonly runner: string;
  /** This very Node. */
  readonly node: string;
  /** PATH: folders of programs, this Node's the first. */
  readonly path: string;
  /** Port of the way to the broker; 0: any free one. */
  readonly port: number;
}

/** Descriptors of a sandbox's first process, and what they are to it: see door.cjs. */
export const STDIO = ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] as const;
export const CONTROL = 4;

/** A sandbox that runs, and waits for its order. */
export interface Room {
  /** `node door.cjs`, or what stands around it, with descriptors as in STDIO. */
  readonly child: ChildProcess;
  readonly inside: InsidePaths;
  /** What the kernel holds it in; null where no such group can be made. */
  readonly group: ControlGroup | null;
  /** Ends all that runs inside, at once. */
  kill(): void;
}

/** One way to isolate. */
export interface SandboxKind {
  readonly isolation: Isolation;
  inside(answer: string): InsidePaths;
  open(spec: SandboxSpec, limits: Limits): Room;
}
