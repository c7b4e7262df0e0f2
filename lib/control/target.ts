/** What a command can act on: the nodes that the tool can reach, as whoever runs them hands them over. */
import type { BrokerApi } from '../broker/api';
import type { ResourceProbes } from '../broker/resource-monitor';
import type { ClusterControl } from './cluster-control';
import type { MirrorControl } from './mirror-control';
import type { QuorumControl } from './quorum-control';

export interface ControlNode {
  /** As `-n` may name it: `rabbit1`. */
  readonly name: string;
  /** As RabbitMQ writes it: `rabbit1@localhost`. */
  readonly nodename: string;
  /** Null while the node does not answer (stopped, killed, paused), and while its application is stopped. */
  readonly broker: BrokerApi | null;
  /** The node answers, but its broker was stopped by `stop_app`. */
  readonly appStopped?: boolean;
  /** What is known from outside of a node that was not asked: its process runs. */
  readonly processRuns?: boolean;
  /** True from the start of the process until its application serves clients for the first time. */
  readonly booting?: boolean;
  /** Where clients reach it, also while its listeners are suspended. */
  readonly listeners: readonly ControlListener[];
  readonly osPid: number;
  /** Since its last start, lab time. */
  readonly uptimeMs: number;
  /** Such as `Warren 0.1.0`. */
  readonly version: string;
  /** What it runs on; without it, commands that ask for it are refused. */
  readonly machine?: Machine;
  /** Where the broker itself does not measure its memory and disk. */
  readonly probes?: ResourceProbes;
  /** Where its things lie. */
  readonly places?: NodePlaces;
  /** Starting and stopping it; without it, commands that do are refused. */
  readonly lifecycle?: NodeLifecycle;
  /** Its place among other nodes, also while its process is stopped; without it, it can have none. */
  readonly cluster?: ClusterControl;
  /** While its application runs; without it, it has no quorum queues. */
  readonly quorum?: QuorumControl;
  /** While its application runs; without it, it has no mirrored queues. */
  readonly mirrors?: MirrorControl;
  /** The plugins that are configured; without it none can be. */
  readonly plugins?: PluginStore;
  /** The node's log; without it nothing is written down. */
  readonly log?: { write(level: 'info', text: string): void };
  /** Sets from which level on the node logs; without it the level is fixed. */
  readonly setLogLevel?: (level: string) => void;
}

export interface ControlListener {
  readonly host: string;
  readonly port: number;
  /** Null without TLS. */
  readonly tls: ListenerCertificates | null;
}

/** Of an amqps listener. */
export interface ListenerCertificates {
  readonly certfile: CertificateFile;
  readonly cacertfile: CertificateFile | null;
}

export interface CertificateFile {
  readonly path: string;
  readonly pem: string;
  /** When each certificate in it ends, milliseconds since 1970. */
  readonly ends: readonly number[];
}

/** The machine and the runtime under a node. */
export interface Machine {
  /** `Linux` */
  readonly os: string;
  /** `Node.js v20.19.0` */
  readonly runtime: string;
  /** `OpenSSL 3.0.15` */
  readonly crypto: string;
  /** The command line of the process. */
  readonly commandLine: readonly string[];
  /** The variables that set up the node. */
  readonly environment: Readonly<Record<string, string>>;
  readonly interfaces: readonly NetworkInterface[];
  /** Names of OpenSSL. */
  readonly cipherSuites: readonly string[];
  /** `tlsv1.3` */
  readonly tlsVersions: readonly string[];
  /** Wall time, milliseconds since 1970. */
  epochMs(): number;
  /** Octets that parts of the process take, the whole as `total`. */
  memory(): { readonly total: number; readonly parts: Readonly<Record<string, number>> };
  /** Addresses; none if the name is not known. */
  resolve(host: string, family: 4 | 6): Promise<readonly string[]>;
  /** True if a TCP connection can be made. */
  reaches(host: string, port: number): Promise<boolean>;
}

export interface NetworkInterface {
  readonly name: string;
  readonly mac: string;
  readonly addresses: ReadonlyArray<{ readonly address: string; readonly netmask: string }>;
  readonly loopback: boolean;
}

/** Paths, as the node itself would say them. */
export interface NodePlaces {
  readonly data?: string;
  readonly config?: readonly string[];
  readonly logs?: readonly string[];
  readonly enabledPlugins?: string;
}

/** Each rejects with the reason if it cannot be done. */
export interface NodeLifecycle {
  /** Resolves when all clients have been told; the node goes on answering the tools. */
  stopApp(): Promise<void>;
  startApp(): Promise<void>;
  /** Resolves with true once the application serves clients, with false after so many milliseconds. */
  whenStarted(limitMs: number): Promise<boolean>;
  /** Ends the node. Resolves when that is certain; a process may have to answer the tool before it goes. */
  stop(): Promise<void>;
  /** Throws away all that the node keeps. Its application is stopped. A node with a `cluster` leaves that instead. */
  reset(): Promise<void>;
}

export interface PluginStore {
  read(): readonly string[];
  write(names: readonly string[]): void;
}

/** The files of whoever types the commands. */
export interface ControlFiles {
  /** Null if there is no such file. Throws if it cannot be read. */
  read(path: string): string | null;
  /** Throws if it cannot be written. */
  write(path: string, text: string): void;
  /** The folder of this path exists. */
  hasFolderOf(path: string): boolean;
}

/** What `wait` looks at, from outside the node. */
export interface Watch {
  /** The process exists. */
  isAlive(pid: number): boolean;
  /** Resolves with true once the node answers and serves clients, with false after so many milliseconds. */
  whenStarted(nodename: string, limitMs: number): Promise<boolean>;
  /** The node answers its tools. */
  answers(nodename: string): boolean;
  pause(ms: number): Promise<void>;
}

export interface ControlTarget {
  /** The first one is meant when a command names none. */
  readonly nodes: readonly ControlNode[];
  /** Lab time, milliseconds. */
  now(): number;
  /** Without it, commands that need files are refused. */
  readonly files?: ControlFiles;
  /** Without it, `wait` is refused. */
  readonly watch?: Watch;
  /** What stands on the tool's standard input; default: nothing. */
  readonly input?: string;
}

/** The node that `-n name` means, or null: by its short name, or with the host behind it. */
export function findNode(target: ControlTarget, name: string | undefined): ControlNode | null {
  if (name === undefined) return target.nodes[0] ?? null;
  return target.nodes.find((node) => node.name === name || node.nodename === name) ?? null;
}
