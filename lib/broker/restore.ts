/**
 * Builds definitions from keys and values (catalogue.ts): those that an earlier node left in the storage, and those that another
 * node has changed.
 */
import type { Storage } from '../storage/storage';
import type { AccessControl, StoredUser } from './access';
import type { Json, Permission, TopicPermission, VhostMetadata } from './api';
import type { FieldTable } from '../amqp/field-table';
import {
  argsOf,
  type DefinitionChange,
  keyParts,
  KINDS,
  type Kind,
  type StoredBinding,
  type StoredExchange,
  type StoredQueue,
} from './catalogue';
import type { ClusterPort } from './cluster-port';
import type { Exchange, Target } from './exchange/exchange';
import type { Parameters } from './parameters';
import type { Vhost } from './vhost';

export interface Restorable {
  readonly nodeName: string;
  readonly cluster: ClusterPort | null;
  readonly access: AccessControl;
  readonly parameters: Parameters;
  readonly vhosts: ReadonlyMap<string, Vhost>;
  restoreVhost(name: string, metadata: Partial<VhostMetadata>): void;
  deleteVhost(name: string): void;
}

type Restorer = (node: Restorable, names: readonly string[], value: unknown) => unknown;

const RESTORERS: Readonly<Record<Kind, Restorer>> = {
  vhost: (node, [name = ''], value) => {
    const metadata = value as Partial<VhostMetadata>;
    const known = node.vhosts.get(name);
    if (known === undefined) node.restoreVhost(name, metadata);
    else known.metadata = { ...known.metadata, ...metadata };
  },

  user: (node, [name = ''], user) => node.access.restore(name, user as StoredUser),

  permission: (node, [vhost = '', user = ''], permission) => node.access.setPermissions(vhost, user, permission as Permission),

  'topic-permission': (node, [vhost = '', user = ''], permission) =>
    node.access.setTopicPermissions(vhost, user, permission as TopicPermission),

  parameter: (node, [vhost = '', component = '', name = ''], parameter) =>
    node.parameters.restore({ vhost, component, name, value: (parameter as { value: Json }).value }),

  'global-parameter': (node, [name = ''], parameter) => node.parameters.restoreGlobal(name, (parameter as { value: Json }).value),

  exchange: (node, [vhost = '', name = ''], value) => {
    const { kind, autoDelete, internal, args, transient } = value as StoredExchange;
    const place = node.vhosts.get(vhost);
    if (place === undefined || place.exchanges.has(name)) return;
    place.declareExchange({ name, kind, durable: !transient, autoDelete, internal, args: argsOf(args) });
  },

  queue: (node, [vhost = '', name = ''], value) => {
    const { autoDelete, args, transient, exclusive, home = selfOf(node), id = '', mirrors = null } = value as StoredQueue;
    const place = node.vhosts.get(vhost);
    const known = place?.queues.get(name);
    const owner = exclusive ? SOMEBODY_ELSE : null;
    if (known === undefined) {
      place?.declareQueue({ name, durable: !transient, autoDelete, owner, args: argsOf(args), home, id, mirrors });
    } else if (known.id === id) node.cluster?.relocated(known, home, mirrors);
  },

  binding: (node, [vhost = ''], value) => {
    const place = node.vhosts.get(vhost);
    const ends = place === undefined ? null : endsOf(place, value as StoredBinding);
    if (ends !== null) place?.bind(...ends);
  },
};

/** How a definition goes; nothing happens if it is not there. */
const REMOVERS: Readonly<Record<Kind, Restorer>> = {
  vhost: (node, [name = '']) => node.deleteVhost(name),
  user: (node, [name = '']) => node.access.exists(name) && node.access.deleteUser(name),
  permission: (node, [vhost = '', user = '']) => node.access.mayEnter(user, vhost) && node.access.clearPermissions(vhost, user),

  'topic-permission': (node, [vhost = '', user = '', exchange = '']) =>
    node.vhosts.has(vhost) && node.access.exists(user) && node.access.clearTopicPermissions(vhost, user, exchange),

  parameter: (node, [vhost = '', component = '', name = '']) =>
    node.parameters.value(vhost, component, name) !== undefined && node.parameters.clearAny(vhost, component, name),

  'global-parameter': (node, [name = '']) =>
    node.parameters.listGlobal().some((one) => one.name === name) && node.parameters.clearGlobal(name),

  exchange: (node, [vhost = '', name = '']) => {
    const place = node.vhosts.get(vhost);
    const exchange = place?.exchanges.get(name);
    if (exchange !== undefined) place?.deleteExchange(exchange);
  },

  queue: (node, [vhost = '', name = ''], was) => {
    const place = node.vhosts.get(vhost);
    const queue = place?.queues.get(name);
    // Another one of this name may be younger than what is meant.
    if (queue !== undefined && queue.id === (was as StoredQueue).id) place?.deleteQueue(queue, 'deleted');
  },

  binding: (node, [vhost = ''], was) => {
    const place = node.vhosts.get(vhost);
    const ends = place === undefined ? null : endsOf(place, was as StoredBinding);
    const binding = ends === null ? undefined : place?.binding(...ends);
    if (binding !== undefined) place?.unbind(binding);
  },
};

function selfOf({ cluster, nodeName }: Restorable): string {
  return cluster?.self ?? nodeName;
}

/** Owner of exclusive queues whose connection is at another node: no connection of this one is it. */
const SOMEBODY_ELSE = {};

function endsOf(place: Vhost, stored: StoredBinding): [Exchange, Target, string, FieldTable] | null {
  const { source, toQueue, target, routingKey, args } = stored;
  const from = place.exchanges.get(source);
  const to = toQueue ? place.queues.get(target) : place.exchanges.get(target);
  return from === undefined || to === undefined ? null : [from, to, routingKey, argsOf(args)];
}

/** Takes over what another node has changed. Nothing of it is told on: `node.catalogue` is silent meanwhile. */
export function applyChange(node: Restorable, change: DefinitionChange): void {
  const parts = keyParts(change.key);
  if (parts === null) return;
  const { kind, names } = parts;
  const [doers, text] = change.value === null ? [REMOVERS, change.was ?? 'null'] : [RESTORERS, change.value];
  doers[kind](node, names, JSON.parse(text));
}

/** False if the storage holds no definitions: the node is new. */
export function restore(node: Restorable, storage: Storage): boolean {
  const entries = [...storage.entries()].flatMap(([key, value]) => {
    const parts = keyParts(key);
    return parts === null ? [] : [{ ...parts, value }];
  });
  for (const kind of KINDS) {
    for (const entry of entries) if (entry.kind === kind) RESTORERS[kind](node, entry.names, JSON.parse(entry.value.toString()));
  }
  return entries.length > 0;
}
