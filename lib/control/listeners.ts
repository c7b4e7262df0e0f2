/** Listeners as RabbitMQ's tools write them: plain ones before secured ones, of each the last one first (RabbitMQ). */
import type { Row } from './cells';
import type { ControlListener, ControlNode } from './target';

export interface Told {
  readonly interface: string;
  readonly node: string;
  readonly port: number;
  readonly protocol: 'amqp' | 'amqp/ssl';
  readonly purpose: string;
}

export function toldListeners({ listeners, nodename }: ControlNode): Told[] {
  const plain = listeners.filter(({ tls }) => tls === null).reverse();
  return [...plain, ...listeners.filter(({ tls }) => tls !== null).reverse()].map((one) => told(one, nodename));
}

export function told({ host, port, tls }: ControlListener, node: string): Told {
  return {
    interface: host.includes(':') ? `[${host}]` : host,
    node,
    port,
    protocol: tls === null ? 'amqp' : 'amqp/ssl',
    purpose: tls === null ? 'AMQP 0-9-1' : 'AMQP 0-9-1 over TLS',
  };
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
