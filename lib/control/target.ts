/** What a command can act on: the nodes that the tool can reach, as whoever runs them hands them over. */
import type { BrokerApi } from '../broker/api';

export interface ControlNode {
  /** As `-n` may name it: `rabbit1`. */
  readonly name: string;
  /** As RabbitMQ writes it: `rabbit1@localhost`. */
  readonly nodename: string;
  /** Null while the node does not answer: stopped, killed or paused. */
  readonly broker: BrokerApi | null;
  /** The AMQP port that clients use. */
  readonly port: number;
  readonly osPid: number;
  /** Since its last start, lab time. */
  readonly uptimeMs: number;
  /** Such as `Warren 0.1.0`. */
  readonly version: string;
}

export interface ControlTarget {
  /** The first one is meant when a command names none. */
  readonly nodes: readonly ControlNode[];
  /** Lab time, milliseconds. */
  now(): number;
}

/** The node that `-n name` means, or null: by its short name, or with the host behind it. */
export function findNode(target: ControlTarget, name: string | undefined): ControlNode | null {
  if (name === undefined) return target.nodes[0] ?? null;
  return target.nodes.find((node) => node.name === name || node.nodename === name) ?? null;
}
