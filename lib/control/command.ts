/**
 * A command of RabbitMQ's tools as data: its grammar, what it prints first, and what it does. Groups of commands are the files
 * in commands/; the table of all is commands/all.ts. Texts and exit codes are those of RabbitMQ 3.10.8.
 */
import type { BrokerApi } from '../broker/api';
import type { Row } from './cells';
import type { Options, SwitchSpec } from './grammar';
import type { ControlNode, ControlTarget } from './target';

/** The headings under which `help` lists commands, in its order. */
export const GROUPS = [
  'Help',
  'Nodes',
  'Cluster',
  'Replication',
  'Users',
  'Access Control',
  'Monitoring, observability and health checks',
  'Parameters',
  'Policies',
  'Virtual hosts',
  'Configuration and Environment',
  'Definitions',
  'Feature flags',
  'Operations',
  'Queues',
  'Plugin Management',
  'Deprecated',
] as const;

export const TOOL_NAMES = ['rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmq-plugins', 'rabbitmq-queues'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

export interface Command {
  readonly name: string;
  /** The tools that have it; default: rabbitmqctl alone. */
  readonly tools?: readonly ToolName[];
  readonly group: (typeof GROUPS)[number];
  /** Behind the name in the usage line. */
  readonly usage: string;
  /** One line without a full stop. */
  readonly description: string;
  /** Least and most positional arguments. */
  readonly args: readonly [number, number];
  /** Options besides the general ones. */
  readonly switches?: Readonly<Record<string, SwitchSpec>>;
  /** Accepts --no-table-headers. */
  readonly table?: true;
  /** What the node must be for the command to run; default: `running`. */
  readonly needs?: Need | ((call: Pick<Call, 'options'>) => Need);
  /** It changes definitions: it is over when all running members of the cluster have them. */
  readonly changes?: true;
  /** Where none is asked for; default: `table`. */
  readonly formatter?: 'pretty_table';
  /** Says what is wrong with the arguments before anything is done. */
  readonly check?: (call: Call) => Failure | null;
  /** Lines printed before the result, unless they are unwanted; null: none this time. */
  readonly banner?: (call: Call) => string | null;
  /** What the node's log says when the command has succeeded. */
  readonly logs?: (call: Call) => string;
  /** Runs without a node: help, version. */
  readonly local?: (call: Call) => Result | Promise<Result>;
  /** What it reads of the tool's standard input: a line, for which it asks as for a password, or all. Default: nothing. */
  readonly reads?: (call: Pick<Call, 'args'>) => 'line' | 'all' | null;
  /** With the application running. */
  readonly run?: (call: NodeCall) => Result | Promise<Result>;
  /** Instead of `run`, where the application may be stopped. */
  readonly act?: (call: ReachedCall) => Result | Promise<Result>;
}

/**
 * `running`, `stopped`: the application, of a node that answers; `any` of both. `ended`: the process; the command works on its
 * folder. `not running`: the application is stopped, or the process has ended.
 */
export type Need = 'running' | 'stopped' | 'any' | 'ended' | 'not running';

/** One use of a command. */
export interface Call {
  readonly tool: ToolName;
  readonly target: ControlTarget;
  readonly args: readonly string[];
  readonly options: Options;
  /** `-p`, else `/`. */
  readonly vhost: string;
  /** The node meant, as RabbitMQ writes it; it may not exist. */
  readonly nodename: string;
}

/** The node was found; its application may be stopped, its process may have ended. */
export interface ReachedCall extends Call {
  readonly node: ControlNode;
}

export interface NodeCall extends ReachedCall {
  readonly broker: BrokerApi;
}

export type Result =
  /** Nothing to say. */
  | { readonly kind: 'done' }
  /** A line; `--formatter json` prints the object. An `aside` is left out when the tool is to be quiet. */
  | { readonly kind: 'message'; readonly text: string; readonly json?: Readonly<Record<string, unknown>>; readonly aside?: true }
  /** Text as it stands, in every format but JSON, where an object may stand for it. The warning goes to standard error. */
  | { readonly kind: 'text'; readonly text: string; readonly json?: unknown; readonly warning?: string }
  /** `whole`: RabbitMQ prints an empty line for an empty list of this kind, and nothing for the others. */
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: readonly Row[];
      readonly whole?: true;
      /** A table of it has no headings. */
      readonly bare?: true;
    }
  | Failure;

export interface Failure {
  readonly kind: 'failed';
  readonly exitCode: number;
  /** To standard error. */
  readonly text: string;
  /**
   * `argument`, `environment`: the usage line follows; the former is about the words, the latter about the node. `bare`: without
   * the heading `Error:`.
   */
  readonly form?: 'argument' | 'environment' | 'bare';
  /** What some commands answer instead (with exit code 69) where JSON is asked for: a message, or the whole object. */
  readonly json?: string | Readonly<Record<string, unknown>>;
  /** What it had said on standard output before it failed. */
  readonly said?: string;
}

/** sysexits.h, as RabbitMQ's tools use it. */
export const EXIT = { ok: 0, usage: 64, data: 65, noUser: 67, unavailable: 69, software: 70, timeout: 75 } as const;

export const DONE: Result = { kind: 'done' };

export function failed(exitCode: number, text: string, more: Pick<Failure, 'form' | 'json'> = {}): Failure {
  return { kind: 'failed', exitCode, text, ...more };
}
