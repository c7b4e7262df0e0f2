/**
 * What claims and wire scenarios need of a running broker, whichever it is. One instance serves a whole run.
 * A third engine (a RabbitMQ 4, say) is one more class with this shape.
 */
import type { CommandResult } from '../../../lib/lab/api';
import type { Permission } from '../../../lib/broker/api';
import { findRabbitmqServer } from '../../../lib/lab/rabbitmq-server';
import type { OwnNode } from './own-node';
import type { Scenario } from './scenario';
import { RabbitmqEngine } from './rabbitmq-engine';

export type EngineName = 'warren' | 'rabbitmq';

export interface Engine {
  readonly name: EngineName;
  /** AMQP port on 127.0.0.1. */
  readonly port: number;
  /** How many checks may use it at once. One, where a check can wind the clock for all. */
  readonly concurrency: number;
  rabbitmqctl(args: readonly string[]): Promise<CommandResult>;
  /** Adds vhosts in which `guest` may do everything. */
  addVhosts(names: readonly string[]): Promise<void>;
  addUser(name: string, password: string, tags: readonly string[]): Promise<void>;
  setPermissions(vhost: string, user: string, permission: Permission): Promise<void>;
  /** Whether the user would be let in from this IPv4 address. Asked, not tried: the engines listen on loopback only. */
  mayLogInFrom(user: string, host: string): Promise<boolean>;
  setAlarm(resource: 'memory' | 'disk', on: boolean): Promise<void>;
  /** A node that claims may stop and kill. It is started and prepared once, for all who ask with this key. */
  ownNode(key: string, prepare: (node: OwnNode) => Promise<void>): Promise<OwnNode>;
  /** Plays a scenario on a cluster, unless it is the one that was played last; rejects if it went wrong. */
  factsOf(scenario: Scenario): Promise<unknown>;
  /** The scenario is to be played anew if its facts are asked for again. */
  forget(scenario: Scenario): void;
  /** Lets broker time pass: winds the clock, or waits. */
  advance(ms: number): Promise<void>;
  /** Resolves when what was sent has had every effect that it will have without time passing. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Why this engine cannot be started here, or null. */
export function missingEngine(name: EngineName): string | null {
  if (name === 'warren') return null;
  const installation = findRabbitmqServer();
  if (installation === null) return 'no RabbitMQ is installed (Debian: apt-get install rabbitmq-server)';
  return installation.version === JUDGE
    ? null
    : `the installed RabbitMQ is ${installation.version}, the ledger is about ${JUDGE}`;
}

/** The version whose behaviour the ledger records. */
export const JUDGE = '3.10.8';

export async function startEngine(name: EngineName): Promise<Engine> {
  const missing = missingEngine(name);
  if (missing !== null) throw new Error(missing);
  if (name === 'rabbitmq') return RabbitmqEngine.start();
  // Loaded late, so that a claim can be tried on RabbitMQ while the broker does not compile.
  return (require('./warren-engine') as typeof import('./warren-engine')).WarrenEngine.start();
}
