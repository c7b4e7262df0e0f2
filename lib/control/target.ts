/** What a command can act on: the nodes that the tool can reach, as whoever runs them hands them over. */
import type { BrokerApi } from '../broker/api';

export interface ControlNode {
  /** As `-n` may name it: `rabbit1`. */
  readonly name: string;
  /** As RabbitMQ writes it: `rabbit1@localhost`. */
  readonly nodename: string;
  /** Null while the node does not answer (stopped, killed, paused), and while its application is stopped. */
  readonly broker: BrokerApi | null;
  /** The node answers, but its broker was stopped by `stop_app`. */
  readonly appStopped?: boolean;
  /** The AMQP port that clients use. */
  readonly port: number;
  readonly osPid: number;
  /** Since its last start, lab time. */
  readonly uptimeMs: number;
  /** Such as `Warren 0.1.0`. */
  readonly version: string;
  /** Where its things lie. */
  readonly places?: NodePlaces;
  /** Starting and stopping it; without it, commands that do are refused. */
  readonly lifecycle?: NodeLifecycle;
  /** The plugins that are configured; without it none can be. */
  readonly plugins?: PluginStore;
  /** The node's log; without it nothing is written down. */
  readonly log?: { write(level: 'info', text: string): void };
  /** Sets from which level on the node logs; without it the level is fixed. */
  readonly setLogLevel?: (level: string) => void;
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
  /** Ends the node. Resolves when that is certain; a process may have to answer the tool before it goes. */
  stop(): Promise<void>;
  /** Throws away all that the node keeps. Its application is stopped. */
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

export interface ControlTarget {
  /** The first one is meant when a command names none. */
  readonly nodes: readonly ControlNode[];
  /** Lab time, milliseconds. */
  now(): number;
  /** Without it, commands that need files are refused. */
  readonly files?: ControlFiles;
  /** What stands on the tool's standard input; default: nothing. */
  readonly input?: string;
}

/** The node that `-n name` means, or null: by its short name, or with the host behind it. */
export function findNode(target: ControlTarget, name: string | undefined): ControlNode | null {
  if (name === undefined) return target.nodes[0] ?? null;
  return target.nodes.find((node) => node.name === name || node.nodename === name) ?? null;
}
