/** Builds a node's definitions from what an earlier one left in the storage (catalogue.ts). */
import type { Storage } from '../storage/storage';
import type { AccessControl, StoredUser } from './access';
import type { Json, Permission, TopicPermission, VhostMetadata } from './api';
import { argsOf, keyParts, KINDS, type Kind, type StoredBinding, type StoredExchange, type StoredQueue } from './catalogue';
import type { Parameters } from './parameters';
import type { Vhost } from './vhost';

export interface Restorable {
  readonly access: AccessControl;
  readonly parameters: Parameters;
  readonly vhosts: ReadonlyMap<string, Vhost>;
  restoreVhost(name: string, metadata: Partial<VhostMetadata>): void;
}

type Restorer = (node: Restorable, names: readonly string[], value: unknown) => void;

const RESTORERS: Readonly<Record<Kind, Restorer>> = {
  vhost: (node, [name = ''], metadata) => node.restoreVhost(name, metadata as Partial<VhostMetadata>),

  user: (node, [name = ''], user) => node.access.restore(name, user as StoredUser),

  permission: (node, [vhost = '', user = ''], permission) => node.access.setPermissions(vhost, user, permission as Permission),

  'topic-permission': (node, [vhost = '', user = ''], permission) =>
    node.access.setTopicPermissions(vhost, user, permission as TopicPermission),

  parameter: (node, [vhost = '', component = '', name = ''], parameter) =>
    node.parameters.restore({ vhost, component, name, value: (parameter as { value: Json }).value }),

  'global-parameter': (node, [name = ''], parameter) => node.parameters.restoreGlobal(name, (parameter as { value: Json }).value),

  exchange: (node, [vhost = '', name = ''], value) => {
    const { kind, autoDelete, internal, args } = value as StoredExchange;
    node.vhosts.get(vhost)?.declareExchange({ name, kind, durable: true, autoDelete, internal, args: argsOf(args) });
  },

  queue: (node, [vhost = '', name = ''], value) => {
    const { autoDelete, args } = value as StoredQueue;
    node.vhosts.get(vhost)?.declareQueue({ name, durable: true, autoDelete, owner: null, args: argsOf(args) });
  },

  binding: (node, [vhost = ''], value) => {
    const { source, toQueue, target, routingKey, args } = value as StoredBinding;
    const place = node.vhosts.get(vhost);
    const from = place?.exchanges.get(source);
    const to = toQueue ? place?.queues.get(target) : place?.exchanges.get(target);
    if (from !== undefined && to !== undefined) place?.bind(from, to, routingKey, argsOf(args));
  },
};

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
