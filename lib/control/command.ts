/**
 * A command of rabbitmqctl as data: its grammar, what it prints first, and what it does. Groups of commands are the files
 * in commands/; the table of all is commands/all.ts. Texts and exit codes are those of RabbitMQ 3.10.8.
 */
import type { BrokerApi } from '../broker/api';
import type { Row } from './cells';
import type { Options, SwitchSpec } from './grammar';
import type { ControlNode, ControlTarget } from './target';

/** The headings under which `help` lists commands, in its order. */
export const GROUPS = [
  'Help',
  'Cluster',
  'Users',
  'Access Control',
  'Monitoring, observability and health checks',
  'Virtual hosts',
  'Operations',
  'Queues',
] as const;

export interface Command {
  readonly name: string;
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
  /** Says what is wrong with the arguments before anything is done. */
  readonly check?: (call: Call) => Failure | null;
  /** Lines printed before the result, unless they are unwanted. */
  readonly banner?: (call: Call) => string;
  /** Runs without a node: help, version. */
  readonly local?: (call: Call) => Result;
  readonly run?: (call: NodeCall) => Result;
}

/** One use of a command. */
export interface Call {
  readonly target: ControlTarget;
  readonly args: readonly string[];
  readonly options: Options;
  /** `-p`, else `/`. */
  readonly vhost: string;
  /** The node meant, as RabbitMQ writes it; it may not exist. */
  readonly nodename: string;
}

export interface NodeCall extends Call {
  readonly node: ControlNode;
  readonly broker: BrokerApi;
}

export type Result =
  /** Nothing to say. */
  | { readonly kind: 'done' }
  /** A line; `--formatter json` prints the object. An `aside` is left out when the tool is to be quiet. */
  | { readonly kind: 'message'; readonly text: string; readonly json?: Readonly<Record<string, string>>; readonly aside?: true }
  /** Text as it stands, in every format. */
  | { readonly kind: 'text'; readonly text: string }
  /** `whole`: RabbitMQ prints an empty line for an empty list of this kind, and nothing for the others. */
  | { readonly kind: 'rows'; readonly columns: readonly string[]; readonly rows: readonly Row[]; readonly whole?: true }
  | Failure;

export interface Failure {
  readonly kind: 'failed';
  readonly exitCode: number;
  /** To standard error. */
  readonly text: string;
  /** `argument`: the usage line follows. `bare`: without the heading `Error:`. */
  readonly form?: 'argument' | 'bare';
  /** What some commands answer instead (with exit code 69) where JSON is asked for. */
  readonly json?: string;
  /** What the tool asked on standard output, in every format, before it found that nobody answers. */
  readonly asked?: string;
}

/** sysexits.h, as RabbitMQ's tools use it. */
export const EXIT = { ok: 0, usage: 64, data: 65, noUser: 67, unavailable: 69, software: 70 } as const;

export const DONE: Result = { kind: 'done' };

export function failed(exitCode: number, text: string, more: Pick<Failure, 'form' | 'json' | 'asked'> = {}): Failure {
  return { kind: 'failed', exitCode, text, ...more };
}
