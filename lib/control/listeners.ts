/**
 * Listeners as RabbitMQ's tools write them: the one for other nodes, then plain ones, then secured ones, of each the last one
 * first (RabbitMQ).
 */
import type { Row } from './cells';
import type { MemberFacts, MemberListener } from './cluster-control';
import type { ControlListener, ControlNode } from './target';

export interface Told {
  readonly interface: string;
  readonly node: string;
  readonly port: number;
  readonly protocol: MemberListener['protocol'];
  readonly purpose: string;
}

export function toldListeners(node: ControlNode): Told[] {
  return inOrder(memberListeners(node)).map((one) => toldOf(one, node.nodename));
}

/** As `MemberFacts` has them. */
export function memberListeners({ listeners }: ControlNode): MemberListener[] {
  return listeners.map(({ host, port, tls }) => ({ host, port, protocol: tls === null ? 'amqp' : 'amqp/ssl' }));
}

/** Of a member of the cluster. */
export function toldOfMember({ listeners }: MemberFacts, nodename: string): Told[] {
  return inOrder(listeners).map((one) => toldOf(one, nodename));
}

export function told({ host, port, tls }: ControlListener, node: string): Told {
  return toldOf({ host, port, protocol: tls === null ? 'amqp' : 'amqp/ssl' }, node);
}

const PURPOSES: Readonly<Record<MemberListener['protocol'], string>> = {
  clustering: 'inter-node and CLI tool communication',
  amqp: 'AMQP 0-9-1',
  'amqp/ssl': 'AMQP 0-9-1 over TLS',
};

function inOrder(listeners: readonly MemberListener[]): MemberListener[] {
  const latest = [...listeners].reverse();
  return Object.keys(PURPOSES).flatMap((protocol) => latest.filter((one) => one.protocol === protocol));
}

function toldOf({ host, port, protocol }: MemberListener, node: string): Told {
  return { interface: host.includes(':') ? `[${host}]` : host, node, port, protocol, purpose: PURPOSES[protocol] };
}

export function listenerLine({ interface: at, port, protocol, purpose }: Told): string {
  return `Interface: ${at}, port: ${port}, protocol: ${protocol}, purpose: ${purpose}`;
}

export function listenerRow({ node, protocol, interface: at, port, purpose }: Told): Row {
  return { node: { atom: node }, protocol: { atom: protocol }, interface: at, port, purpose };
}

/** Other names under which people ask for a protocol. */
const ALIASES: Readonly<Record<string, string>> = {
  amqp091: 'amqp',
  'amqp0.9.1': 'amqp',
  'amqp0-9-1': 'amqp',
  'amqp1.0': 'amqp',
  amqps: 'amqp/ssl',
};

/** `AMQPS` is `amqp/ssl`. */
export function protocolOf(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] as string) : lower;
}
