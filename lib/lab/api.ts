/**
 * What a notebook imports: the lab, its nodes, its clock, its trace. One set of types, three engines behind it
 * (DESIGN I3): `warren` (the embedded engine), `rabbitmq` (real rabbitmq-server processes of the lab's own), `url` (a
 * cluster that runs elsewhere, in a vhost of the lab's own). Which one is chosen by `LabOptions.engine`, else by
 * `WARREN_AMQP_URL`, else by `WARREN_ENGINE`, else it is `warren`.
 */
import type { EventOf, EventType, TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import type { Picture } from './picture';
import type { Recording } from './recording';
import type { WireCapture } from './wire-capture';

export type EngineName = 'warren' | 'rabbitmq' | 'url';

export interface LabOptions {
  /** Node names; default `['rabbit1']`. */
  readonly nodes?: readonly string[];
  /** A lab of the same name is stopped first, so that a cell can be run twice. Default `'lab'`. */
  readonly name?: string;
  readonly engine?: EngineName;
  /**
   * Each node of the engine `warren` is an operating system process: kill is kill -9, pause is SIGSTOP, and time cannot be
   * stopped. Nodes of a real RabbitMQ always are. Default false.
   */
  readonly processes?: boolean;
  /**
   * Joins the nodes to one cluster, all as disc nodes, in the order of their names in `nodes`. Default false: each stands
   * alone.
   */
  readonly cluster?: boolean;
  /**
   * Settings of every node, as in rabbitmq.conf: `{ cluster_partition_handling: 'pause_minority' }`. A node refuses to start on
   * a name that it does not know.
   */
  readonly config?: Readonly<Record<string, string | number>>;
  /** AMQP port of each node in turn; default: free ports chosen by the system. */
  readonly ports?: readonly number[];
  /** Keeps at most this many trace events, the oldest go first. Default 100,000. */
  readonly traceLimit?: number;
  /** Seed of the engine's random choices (queue names, tags) on the embedded engine. Default: random. */
  readonly seed?: number;
}

export interface UrlOptions {
  readonly user?: string;
  readonly password?: string;
  /** Default `/`, or the lab's own vhost on the `url` engine. */
  readonly vhost?: string;
  /** Seconds; default 0 (off), so that a frozen or wound clock kills no connection. */
  readonly heartbeat?: number;
}

/** A duration in milliseconds, or text such as `'250ms'`, `'30s'`, `'5min'`, `'2h'`. */
export type Duration = number | string;

export interface CommandResult {
  readonly line: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LabNode {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'killed' | 'paused';
  readonly port: number;
  /** Orderly stop: clients see connection.close 320. */
  stop(): Promise<void>;
  /** kill -9: sockets drop, everything in memory is gone. What was confirmed is on the disk. */
  kill(): Promise<void>;
  /**
   * Resolves when clients may come. A member of a cluster may have to wait for others first: then this is pending, and rejects
   * with what the log says when the node gives up. `kill()` ends the waiting.
   */
  start(): Promise<void>;
  /** SIGSTOP: nothing answers until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Sets or clears a resource alarm as RabbitMQ would on low memory or disk. */
  alarm(resource: 'memory' | 'disk', on: boolean): Promise<void>;
  /** Empties the node's folder. The node must be down; it then starts as one that never ran. */
  loseDisk(): Promise<void>;
  /** Copies the node's folder, and gives the path of the copy, which goes with the lab. The node must be down. */
  copyDisk(): Promise<string>;
  /** Puts such a copy, of this node or another, in the place of the node's folder. The node must be down. */
  useDisk(copy: string): Promise<void>;
  /** Every write and sync of the disk takes so much longer, in lab time; 0 heals. This and the next only without processes. */
  slowDisk(delay: Duration): Promise<void>;
  /**
   * Breaks or heals the disk: on a full one nothing can be written, a failing sync does not say what was kept. Either takes the
   * node down as soon as it has something to write.
   */
  breakDisk(fault: 'full' | 'failing sync', on: boolean): Promise<void>;
  /** How often each fault of the disk mattered since the lab started. */
  readonly diskFaults: DiskFaultCounts;
}

export interface DiskFaultCounts {
  readonly slow: number;
  readonly full: number;
  readonly 'failing sync': number;
}

export interface LabClock {
  /** Lab time in milliseconds since the lab started. */
  now(): number;
  /** Stops lab time. On a real RabbitMQ time cannot be stopped; the call says so once and does nothing. */
  freeze(): Promise<void>;
  /** Lets lab time run on at the speed of the wall clock. */
  run(): Promise<void>;
  /**
   * Winds lab time forward: every timer in order, and between them waits until all connections have gone quiet. On a
   * real RabbitMQ it really waits, and says so if it takes more than a second.
   */
  advance(by: Duration): Promise<void>;
  /** Lab seconds per wall second, 0.01 to 1000. Throws on a real RabbitMQ unless it is 1. */
  speed(factor: number): Promise<void>;
}

export interface LabTrace {
  readonly events: readonly TraceEvent[];
  of<T extends EventType>(type: T): EventOf<T>[];
  /** Resolves with the first event, past or coming, for which `match` holds; rejects after `timeout` wall time (default 5 s). */
  waitFor(match: (event: TraceEvent) => boolean, timeout?: Duration): Promise<TraceEvent>;
  /** Forgets everything so far. */
  clear(): void;
  /** Puts a remark into the trace; pictures show it at its moment. */
  note(text: string): void;
  on(listener: (event: TraceEvent) => void): () => void;
}

export interface LabDraw {
  /**
   * Who sends to whom, through what, and where messages wait. This and the others draw into the cell (through tslab's display)
   * and return the picture.
   */
  topology(options?: TopologyOptions): Promise<Picture>;
  /** Who sent what to whom, and when: the trace as lanes and arrows. */
  sequence(options?: SequenceOptions): Promise<Picture>;
  /** What each node was doing when: running, stopped, killed, waiting, paused, partitioned, and what was done to it. */
  timeline(options?: TimelineOptions): Promise<Picture>;
  /** Quantities over lab time. */
  plot(options: PlotOptions): Promise<Picture>;
}

export interface TopologyOptions {
  readonly title?: string;
  /** The message to follow, by its label. */
  readonly follow?: string;
  /** Draws this snapshot instead of the present state. */
  readonly snapshot?: Snapshot;
  /** Also shows predeclared amq.* exchanges without bindings. Default false. */
  readonly predeclared?: boolean;
}

export interface SequenceOptions {
  readonly title?: string;
  /** Only events from this sequence number on; default: all. */
  readonly since?: number;
  readonly follow?: string;
  readonly events?: readonly TraceEvent[];
}

export interface TimelineOptions {
  readonly title?: string;
  /** Only what happened from this event on, by its sequence number; default: all. */
  readonly since?: number;
  /** Draws these events instead of the trace; the picture then ends with the last of them. */
  readonly events?: readonly TraceEvent[];
}

export interface PlotOptions {
  readonly title: string;
  /** One line each: a name, a unit and points [lab ms, value]. */
  readonly series: readonly PlotSeries[];
}

export interface PlotSeries {
  readonly name: string;
  readonly unit: string;
  readonly points: ReadonlyArray<readonly [number, number]>;
}

/** What can be done to the traffic of one client connection or one node. */
export interface LabFaults {
  /**
   * Cuts the network between clients and this node (both ways); open connections stall, new ones time out. With names of other
   * nodes: between it and each of those in a cluster, at one moment, and both ends notice. On a real RabbitMQ all must run.
   */
  cut(node: string, ...others: readonly string[]): Promise<void>;
  /** Undoes every cut and latency. */
  heal(): Promise<void>;
  /** Delay added to every byte between clients and this node, each way. */
  latency(node: string, delay: Duration): Promise<void>;
  /** Resets the TCP connections whose name (connection_name or `host:port -> host:port`) matches; returns how many. */
  loseConnections(match?: string | RegExp): Promise<number>;
}

export interface LabApi extends LabFaults {
  readonly engine: EngineName;
  /** What `connection.start` of this engine says, e.g. `RabbitMQ 3.10.8` or `Warren 0.1.0`. */
  readonly version: string;
  readonly clock: LabClock;
  readonly trace: LabTrace;
  readonly draw: LabDraw;
  readonly nodes: readonly LabNode[];
  node(name?: string): LabNode;
  /** `amqp://user:password@127.0.0.1:port/vhost?heartbeat=0` of the node (default: the first). */
  url(node?: string, options?: UrlOptions): string;
  snapshot(vhost?: string): Promise<Snapshot>;
  /** Runs one line as it would be typed in a terminal: rabbitmqctl and friends. Never throws on a non-zero exit code. */
  sh(strings: TemplateStringsArray, ...values: unknown[]): Promise<CommandResult>;
  /** Resolves when no byte has moved on any connection for a moment and no turn is pending. */
  settled(): Promise<void>;
  /**
   * Opens a second address of the node (default: the first) that keeps every frame which passes through it, passwords masked:
   * connect to `.url` of what it returns, then read `.frames` or show them with `.table()`. It stays open until the lab stops.
   */
  tap(node?: string): Promise<WireCapture>;
  /**
   * Shows what was recorded elsewhere, such as what `replay` of an exercise gives: its message, and the broker at its end. What
   * it resolves with draws more of the recording.
   */
  open(recording: Recording): Promise<LabDraw>;
  /** Opens the live page; returns its address. In a notebook it also shows a link to it. */
  watch(): Promise<string>;
  stop(): Promise<void>;
}
