/**
 * How much a vhost and a user may have: connections, queues, channels. The limits of a vhost are a runtime parameter (component
 * `vhost-limits`, name `limits`), those of a user stand with the user.
 */
import { REPLY } from '../amqp/constants';
import type { AccessControl } from './access';
import { type Json, type JsonObject, type LimitsApi, ParameterError, type UserLimits, type VhostLimits } from './api';
import { printedJson, printedPairs } from './erlang-term';
import { preconditionFailed, ProtocolError } from './errors';
import type { Component, Parameters } from './parameters';

const COMPONENT = 'vhost-limits';
const NAME = 'limits';
const VHOST_LIMITS = ['max-connections', 'max-queues'];
const USER_LIMITS = ['max-connections', 'max-channels'];

/** What clients have open, to be held against the limits. */
export interface Clients {
  countConnections(of: { readonly vhost?: string; readonly user?: string }): number;
  countChannels(user: string): number;
}

/** Of the node; of queues, those of the whole cluster. */
export interface Usage extends Clients {
  countQueues(vhost: string): number;
}

export class Quotas implements LimitsApi {
  /** What clients have open on other nodes, which counts as well; null: there are none. */
  elsewhere: Clients | null = null;
  /** Told, as long as there are limits of vhosts or users, when they change, and when clients open or close something. */
  onUse: (() => void) | null = null;

  constructor(
    private readonly parameters: Parameters,
    private readonly access: AccessControl,
    private readonly usage: Usage,
    /** Null: no limit. */
    private readonly connectionMax: number | null,
  ) {
    const component: Component = {
      validate: (name, value) => limitErrors(name, value, VHOST_LIMITS),
      changed: () => this.used(),
    };
    parameters.register(COMPONENT, component);
    access.onLimits = () => this.used();
  }

  /** A client has opened or closed a connection or a channel. */
  used(): void {
    if (this.onUse !== null && this.areSet) this.onUse();
  }

  private get areSet(): boolean {
    const { parameters, access } = this;
    if (parameters.list().some(({ component }) => component === COMPONENT)) return true;
    return access.listUsers().some(({ name }) => Object.keys(access.limits(name)).length > 0);
  }

  private connections(of: { readonly vhost?: string; readonly user?: string }): number {
    return this.usage.countConnections(of) + (this.elsewhere?.countConnections(of) ?? 0);
  }

  setVhost(vhost: string, definition: Json): void {
    this.parameters.setAny(vhost, COMPONENT, NAME, definition);
  }

  clearVhost(vhost: string): void {
    this.parameters.clearAny(vhost, COMPONENT, NAME);
  }

  vhost(vhost: string): VhostLimits {
    return (this.parameters.value(vhost, COMPONENT, NAME) ?? {}) as VhostLimits;
  }

  setUser(user: string, definition: Json): void {
    const wrong = limitErrors('user-limits', definition, USER_LIMITS);
    if (wrong.length > 0) throw new ParameterError(wrong.join('\n'));
    this.access.setLimits(user, { ...this.access.limits(user), ...(definition as UserLimits) });
  }

  clearUser(user: string, limit: keyof UserLimits | 'all'): void {
    const { [limit as keyof UserLimits]: _, ...others } = this.access.limits(user);
    this.access.setLimits(user, limit === 'all' ? {} : others);
  }

  user(user: string): UserLimits {
    return this.access.limits(user);
  }

  // --- what is refused ---

  /** connection.open: throws 530 where one connection more would be too many. */
  admitConnection(user: string, vhost: string): void {
    const max = this.connectionMax;
    if (max !== null && this.usage.countConnections({}) >= max) {
      throw notAllowed(`connection refused: node connection limit (${max}) is reached`);
    }
    const perVhost = limitOf(this.vhost(vhost)['max-connections']);
    if (perVhost !== null && this.connections({ vhost }) >= perVhost) {
      throw notAllowed(`access to vhost '${vhost}' refused for user '${user}': connection limit (${perVhost}) is reached`);
    }
    const perUser = limitOf(this.access.limitsOrNone(user)['max-connections']);
    if (perUser !== null && this.connections({ user }) >= perUser) {
      throw notAllowed(`connection refused for user '${user}': user connection limit (${perUser}) is reached`);
    }
  }

  /** channel.open: throws 530. */
  admitChannel(user: string): void {
    const max = limitOf(this.access.limitsOrNone(user)['max-channels']);
    if (max === null || this.usage.countChannels(user) + (this.elsewhere?.countChannels(user) ?? 0) < max) return;
    throw notAllowed(`number of channels opened for user '${user}' has reached the maximum allowed user limit of (${max})`);
  }

  /** queue.declare of a new queue: throws 406. */
  admitQueue(vhost: string, queue: string): void {
    const max = limitOf(this.vhost(vhost)['max-queues']);
    if (max === null || this.usage.countQueues(vhost) < max) return;
    throw preconditionFailed(`cannot declare queue '${queue}': queue limit in vhost '${vhost}' (${max}) is reached`);
  }
}

function notAllowed(detail: string): ProtocolError {
  return new ProtocolError(REPLY.notAllowed, detail);
}

/** A negative limit is none. Null: nothing needs to be counted. */
function limitOf(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}

/** RabbitMQ tells the mistakes in this order, the last key first. */
function limitErrors(name: string, definition: Json, known: readonly string[]): readonly string[] {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    return [`${name} not a list ${printedJson(definition)}`];
  }
  const entries = Object.entries(definition as JsonObject);
  const unknown = entries.filter(([key]) => !known.includes(key));
  const wrong = [...known].reverse().flatMap((key) => {
    const value = (definition as JsonObject)[key];
    return value === undefined || Number.isInteger(value)
      ? []
      : [`${key} should be a number, actually was ${printedJson(value)}`];
  });
  return unknown.length === 0 ? wrong : [`Unrecognised terms ${printedPairs(Object.fromEntries(unknown))} in ${name}`, ...wrong];
}
