/** Names of nodes as RabbitMQ forms them: `rabbit@HOST` unless something else was asked for. */
import * as os from 'node:os';

const NODE_NAME = /^[A-Za-z0-9_-]+@[A-Za-z0-9_.-]+$/;

/** The name of this machine without its domain. */
export function shortHostname(): string {
  return os.hostname().split('.', 1)[0] as string;
}

/** `rabbit2` becomes `rabbit2@HOST`. */
export function completeNodeName(name: string): string {
  return name.includes('@') ? name : `${name}@${shortHostname()}`;
}

/** The node that is meant when nothing names one: `RABBITMQ_NODENAME`, else `rabbit@HOST`. */
export function defaultNodeName(environment: NodeJS.ProcessEnv = process.env): string {
  return completeNodeName(environment.RABBITMQ_NODENAME || 'rabbit');
}

export function isNodeName(name: string): boolean {
  return NODE_NAME.test(name);
}
