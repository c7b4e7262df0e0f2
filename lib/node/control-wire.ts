/**
 * What goes over the control socket of a node: lines of JSON. The node says who it is, the caller sends one request, the node
 * answers piece by piece and ends the stream.
 */
import type { ToolName } from '../control/command';
import type { Snapshot } from '../trace/snapshot';

/** The node's first line, sent at once: whoever does not hear it has no node before it. */
export interface Hello {
  readonly node: string;
}

export type Request = { readonly cookie: string } & Order;

/** A command line. */
export interface ToolCall {
  readonly tool: ToolName;
  readonly args: readonly string[];
  /** Where relative paths in it start. */
  readonly folder: string;
  /** What stands on its standard input. */
  readonly input: string;
}

export type Order =
  | ({ readonly kind: 'tool' } & ToolCall)
  | { readonly kind: 'snapshot'; readonly vhost: string; readonly at: number }
  | { readonly kind: 'alarm'; readonly resource: 'memory' | 'disk'; readonly on: boolean };

export type Answer =
  | { readonly stdout: string }
  | { readonly stderr: string }
  /** `ending`: the command stops the node, whose process goes once this is said. */
  | { readonly exitCode: number; readonly ending: boolean }
  | { readonly snapshot: Snapshot }
  /** The order was carried out. */
  | { readonly done: true }
  | { readonly refused: string };

/** Cuts a stream into lines; give it to a socket's `data`. */
export function lineReader(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) onLine(line);
  };
}
