/**
 * Where an answer's program runs: another process that sees nothing but itself and a way to its broker. Three kinds, from the
 * tightest to none; which one is said in the report.
 */
import type { ChildProcess } from 'node:child_process';

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

export interface SandboxSpec {
  /** Started inside; paths as they are inside (`inside` says where folders appear). */
  readonly command: readonly string[];
  /** Its whole environment, but for AMQP_URL. */
  readonly env: Readonly<Record<string, string>>;
  /** The broker's address with PORT in the place of the port. */
  readonly url: string;
  /** Unix socket (or pipe) outside that leads to the broker. */
  readonly socket: string;
  /** Folder with the answer, readable inside. */
  readonly answer: string;
  /** More folders that the program may read, such as a Python with pika; same path inside. */
  readonly readable: readonly string[];
}

/** Paths that a command inside uses. */
export interface InsidePaths {
  readonly answer: string;
  /** Folder of program.cjs, door.cjs. */
  readonly runner: string;
  /** This very Node. */
  readonly node: string;
  readonly socket: string;
  /** Port of the way to the broker; 0: any free one. */
  readonly port: number;
}

/** A sandbox that runs. */
export interface Room {
  /** `node door.cjs`, or what stands around it, with pipes for stdin, stdout and stderr. */
  readonly child: ChildProcess;
  /** Ends all that runs inside, at once. */
  kill(): void;
}

/** One way to isolate. */
export interface SandboxKind {
  readonly isolation: Isolation;
  inside(spec: Pick<SandboxSpec, 'socket' | 'answer'>): InsidePaths;
  open(spec: SandboxSpec, limits: Limits): Room;
}
