/**
 * What a lab needs of a broker, whichever it is. Four answers: embedded-engine.ts (the broker in this process),
 * process-engine.ts (the same broker, a process a node), rabbitmq-engine.ts (servers of the lab's own), url-engine.ts (a
 * cluster that runs elsewhere). Faults of the network and listening to the wire are not here: the relay does both, the same
 * on every engine.
 */
import type { Snapshot } from '../trace/snapshot';
import type { TraceLog } from '../trace/trace-log';
import type { Address } from '../world/world';
import type { EngineName, LabClock, LabNode } from './api';
import type { DiskFaults } from './faulty-disk';
import type { ChannelFacts } from './wire-channel';

export interface Engine {
  readonly name: EngineName;
  /** As connection.start says, e.g. `RabbitMQ 3.10.8`. Valid after `start`. */
  readonly version: string;
  readonly clock: EngineClock;
  /** Whether the start and the end of nodes are in the trace without the lab's doing, or are none of its business. */
  readonly tellsOfNodes: boolean;
  /** Whether the relay must decode the wire because the broker does not tell what happens in it. */
  readonly silent: boolean;
  /** Who clients are unless they say otherwise. Valid after `start`. */
  readonly login: Login;
  start(plan: EnginePlan): Promise<void>;
  readonly nodes: readonly EngineNode[];
  /** Links between nodes that can be cut; absent where they are not the lab's to spoil. */
  readonly links?: NodeLinks;
  snapshot(vhost: string, wire: WireKnowledge): Promise<Snapshot>;
  /** What all vhosts hold at this moment; empty where that cannot be known without asking another process. */
  glance(): readonly Snapshot[];
  /** Runs a command of the family of rabbitmqctl. Resolves whatever its exit code is. */
  run(tool: string, args: readonly string[]): Promise<CommandOutput>;
  /** As `rabbitmqctl import_definitions` with this JSON, where there is a quicker way. Rejects if it is refused. */
  define?(definitions: string): Promise<void>;
  /** Resolves when nothing happens any more without time passing. */
  settled(): Promise<void>;
  /** Ends everything that `start` started, in an orderly way if clients are connected. Can be called at any time, and twice. */
  stop(): Promise<void>;
}

export interface EnginePlan {
  readonly labName: string;
  readonly nodes: readonly string[];
  /** Whether the nodes are joined to one cluster before `start` resolves. */
  readonly cluster: boolean;
  /** Settings of every node, by the names of rabbitmq.conf. */
  readonly config: Readonly<Record<string, string | number>>;
  readonly trace: TraceLog;
  readonly seed: number | undefined;
  /** What moves on the lab's relays. */
  readonly traffic: Traffic;
  /** The port that clients use for a node; commands show this one. */
  portOf(node: string): number;
  /** A node went down by itself; its `state` says so already. */
  fell(node: string): void;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

/**
 * A node of an engine; the lab's own `LabNode` adds the relay to it. Calls come one at a time and only in a fitting state;
 * `kill` alone may come while `start` is pending, which then rejects; the process gets its signal before `kill` returns.
 */
export interface EngineNode extends Pick<LabNode, 'stop' | 'kill' | 'start' | 'pause' | 'resume' | 'alarm' | 'loseDisk'> {
  readonly name: string;
  readonly state: LabNode['state'];
  /** Where its data lie; null if they are not the lab's. */
  readonly folder: string | null;
  /** Faults that can be put on the node's disk; null if it is not the lab's to spoil. */
  readonly diskFaults: DiskFaults | null;
  /** Where it listens while it runs. */
  readonly address: Address;
}

export interface NodeLinks {
  /** Two nodes of a cluster lose each other at once, and do not find each other again. */
  cut(node: string, other: string): Promise<void>;
  /** They may find each other again. */
  heal(node: string, other: string): Promise<void>;
}

export interface EngineClock extends LabClock {
  /** Calls back after so many milliseconds of lab time. */
  after(delayMs: number, fn: () => void): void;
}

export interface Traffic {
  /** Grows with every chunk of bytes that moves. */
  readonly moved: number;
  /** Chunks that latency holds back at the moment. */
  readonly waiting: number;
  /** Ports of the clients that are connected. */
  readonly clientPorts: readonly number[];
}

/** What was learned by listening to the wire and cannot be asked of the broker. */
export interface WireKnowledge {
  channel(connection: string, channel: number): ChannelFacts | undefined;
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line tools that `lab.sh` knows. */
export const TOOLS: readonly string[] = ['rabbitmqctl', 'rabbitmq-plugins', 'rabbitmq-diagnostics', 'rabbitmq-queues'];

/** The engine that the options, else the environment ask for. Throws on a name that does not exist. */
export function chooseEngine(wanted: string | undefined, environment: NodeJS.ProcessEnv): EngineName {
  const url = environment.WARREN_AMQP_URL;
  const name = wanted ?? (url ? 'url' : environment.WARREN_ENGINE || 'warren');
  if (name === 'warren' || name === 'rabbitmq' || name === 'url') return name;
  const source = wanted === undefined ? 'WARREN_ENGINE' : 'The option engine';
  throw new Error(`${source} is '${name}'; it can be 'warren' (the broker of this course), 'rabbitmq' (a real one) or 'url'.`);
}

/** Loads what the engine needs only when it is chosen: the first lab of a kernel should be there at once. */
export function createEngine(name: EngineName, processes: boolean): Engine {
  switch (name) {
    case 'warren':
      if (processes) return new (require('./process-engine') as typeof import('./process-engine')).ProcessEngine();
      return new (require('./embedded-engine') as typeof import('./embedded-engine')).EmbeddedEngine();
    case 'rabbitmq':
      return new (require('./rabbitmq-engine') as typeof import('./rabbitmq-engine')).RabbitmqEngine();
    case 'url':
      return new (require('./url-engine') as typeof import('./url-engine')).UrlEngine();
  }
}
