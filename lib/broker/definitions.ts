/**
 * The definitions of a node as the JSON that RabbitMQ's tools write and read: what rabbitmqctl export_definitions here gives,
 * import_definitions there takes, and the other way round. What belongs to a connection or is internal stays out (RabbitMQ).
 */
import { type FieldTable, plainTable, tableOf } from '../amqp/field-table';
import type { AccessControl } from './access';
import {
  type DefinitionsApi,
  type Json,
  type JsonObject,
  type LimitsApi,
  ParameterError,
  type UserLimits,
  type VhostMetadata,
} from './api';
import { ProtocolError } from './errors';
import { Exchange, isExchangeKind, type Target } from './exchange/exchange';
import type { Parameters } from './parameters';
import { HASHING_ALGORITHM } from './password';
import type { PolicyList } from './policies';
import { checkQueueArguments } from './queue-arguments';
import type { Vhost } from './vhost';

/** The parts of a node that have definitions. */
export interface Defined {
  readonly access: AccessControl;
  readonly parameters: Parameters;
  readonly policies: PolicyList;
  readonly quotas: LimitsApi;
  readonly vhosts: ReadonlyMap<string, Vhost>;
  addVhost(name: string, metadata: Partial<VhostMetadata>): void;
  changeVhostMetadata(name: string, change: Partial<VhostMetadata>): void;
}

/** RabbitMQ's version whose definitions these are. */
const VERSION = '3.10.8';

type Importer = (node: Defined, item: Item) => void;

/** In the order of importing: each kind needs those before it. */
const IMPORTERS: ReadonlyArray<readonly [kind: string, Importer]> = [
  ['users', importUser],
  ['vhosts', importVhost],
  [
    'permissions',
    ({ access }, item) => access.setPermissions(item.text('vhost'), item.text('user'), item.texts('configure', 'write', 'read')),
  ],
  [
    'topic_permissions',
    ({ access }, item) =>
      access.setTopicPermissions(item.text('vhost'), item.text('user'), item.texts('exchange', 'write', 'read')),
  ],
  [
    'parameters',
    ({ parameters }, item) =>
      parameters.setAny(item.text('vhost'), item.text('component'), item.text('name'), withoutPairs(item.value('value'))),
  ],
  ['global_parameters', ({ parameters }, item) => parameters.setGlobal(item.text('name'), withoutPairs(item.value('value')))],
  [
    'policies',
    ({ policies }, item) =>
      policies.set(item.text('vhost'), item.text('name'), {
        pattern: item.text('pattern'),
        definition: item.value('definition'),
        priority: item.value('priority', 0),
        applyTo: item.value('apply-to', 'all'),
      }),
  ],
  ['exchanges', importExchange],
  ['queues', importQueue],
  ['bindings', importBinding],
];

export class Definitions implements DefinitionsApi {
  constructor(private readonly node: Defined) {}

  export(): JsonObject {
    const { access, parameters, policies, vhosts } = this.node;
    const places = [...vhosts.values()];
    return {
      rabbit_version: VERSION,
      rabbitmq_version: VERSION,
      users: access.exportUsers().map(({ name, tags, limits, passwordHash }) => ({
        name,
        tags,
        limits: { ...limits },
        password_hash: passwordHash,
        hashing_algorithm: HASHING_ALGORITHM,
      })),
      vhosts: places.map(({ name, metadata }) => ({ name, limits: [], metadata: metadataOf(metadata) })),
      permissions: ofEach(places, ({ name }) => access.listPermissions(name)),
      topic_permissions: ofEach(places, ({ name }) => access.listTopicPermissions(name)),
      parameters: parameters.list().map((parameter) => ({ ...parameter })),
      global_parameters: parameters.listGlobal().map((parameter) => ({ ...parameter })),
      policies: policies.list().map(({ vhost, name, pattern, applyTo, definition, priority }) => ({
        vhost,
        name,
        pattern,
        'apply-to': applyTo,
        definition,
        priority,
      })),
      queues: ofEach(places, queuesOf),
      exchanges: ofEach(places, exchangesOf),
      bindings: ofEach(places, bindingsOf),
    };
  }

  import(definitions: Json): void {
    if (typeof definitions !== 'object' || definitions === null || Array.isArray(definitions)) {
      throw new ParameterError('definitions must be a JSON object');
    }
    for (const [kind, importer] of IMPORTERS) {
      const items = itemsOf(definitions as JsonObject, kind);
      for (const item of items) this.importOne(importer, item);
      // Users and vhosts are there by now, nothing else of the definitions is (RabbitMQ).
      if (kind === 'vhosts') checkQueueLimits(this.node, itemsOf(definitions as JsonObject, 'queues'));
    }
  }

  private importOne(importer: Importer, item: Item): void {
    try {
      importer(this.node, item);
    } catch (error) {
      // What a client would be told of such arguments.
      throw error instanceof ProtocolError ? new ParameterError(error.detail) : error;
    }
  }
}

// --- out ---

function metadataOf({ description, tags, defaultQueueType }: VhostMetadata): JsonObject {
  return {
    description,
    tags: tags ?? [],
    ...(defaultQueueType === null ? {} : { default_queue_type: defaultQueueType }),
  };
}

/** What each vhost has, with the name of the vhost. */
function ofEach(places: readonly Vhost[], listed: (place: Vhost) => readonly object[]): JsonObject[] {
  return places.flatMap((place) => listed(place).map((item) => ({ ...item, vhost: place.name })));
}

function queuesOf({ queues }: Vhost): JsonObject[] {
  return [...queues.values()]
    .filter(({ owner }) => owner === null)
    .map(({ name, durable, autoDelete, kind, args }) => ({
      name,
      type: kind,
      durable,
      auto_delete: autoDelete,
      arguments: jsonOf(args),
    }));
}

/** Those that every vhost has are no definitions. */
function isOwn({ name, internal }: Exchange): boolean {
  return name !== '' && !name.startsWith('amq.') && !internal;
}

function exchangesOf({ exchanges }: Vhost): JsonObject[] {
  return [...exchanges.values()].filter(isOwn).map(({ name, kind, durable, autoDelete, args }) => ({
    name,
    type: kind,
    durable,
    auto_delete: autoDelete,
    arguments: jsonOf(args),
  }));
}

function bindingsOf({ exchanges }: Vhost): JsonObject[] {
  return [...exchanges.values()].flatMap(({ name: source, outgoing }) =>
    [...outgoing.values()]
      .filter(({ target }) => isExchange(target) || target.owner === null)
      .map(({ target, routingKey, args }) => ({
        source,
        destination: target.name,
        destination_type: isExchange(target) ? 'exchange' : 'queue',
        routing_key: routingKey,
        arguments: jsonOf(args),
      })),
  );
}

function isExchange(target: Target): target is Exchange {
  return target instanceof Exchange;
}

function jsonOf(args: FieldTable): JsonObject {
  const text = JSON.stringify(plainTable(args), (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  return JSON.parse(text) as JsonObject;
}

// --- in ---

function itemsOf(definitions: JsonObject, kind: string): Item[] {
  const items = definitions[kind] ?? [];
  if (!Array.isArray(items)) throw new ParameterError(`'${kind}' in definitions must be a list`);
  return items.map((item: Json) => new Item(kind, item));
}

/** All new queues of a vhost together must have room in it. */
function checkQueueLimits({ vhosts, quotas }: Defined, queues: readonly Item[]): void {
  for (const { name, queues: present } of vhosts.values()) {
    const added = queues.filter((item) => item.text('vhost') === name && !present.has(item.text('name'))).length;
    const limit = quotas.vhost(name)['max-queues'] ?? -1;
    if (limit < 0 || added === 0 || present.size + added <= limit) continue;
    const text =
      `Adding ${added} queue(s) to virtual host "${name}" would exceed the limit of ${limit} queue(s).\\n\\n` +
      `This virtual host currently has ${present.size} queue(s) defined.\\n\\nImport aborted!`;
    throw new ParameterError(`{:vhost_limit_exceeded, '${text}'}`);
  }
}

/** One definition, with complaints about what it lacks. */
class Item {
  private readonly values: JsonObject;

  constructor(
    private readonly kind: string,
    item: Json,
  ) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      throw new ParameterError(`each of '${kind}' in definitions must be a JSON object`);
    }
    this.values = item as JsonObject;
  }

  value(key: string, otherwise?: Json): Json {
    const value = this.values[key] ?? otherwise;
    if (value === undefined) throw new ParameterError(`'${key}' is missing in one of '${this.kind}' in definitions`);
    return value;
  }

  text(key: string, otherwise?: string): string {
    const value = this.value(key, otherwise);
    if (typeof value !== 'string') throw new ParameterError(`'${key}' in one of '${this.kind}' in definitions must be text`);
    return value;
  }

  texts<const K extends string>(...keys: readonly K[]): Record<K, string> {
    return Object.fromEntries(keys.map((key) => [key, this.text(key)])) as Record<K, string>;
  }

  flag(key: string, otherwise: boolean): boolean {
    return this.value(key, otherwise) === true;
  }

  args(): FieldTable {
    const value = this.value('arguments', {});
    return Array.isArray(value) ? new Map() : tableOf(value as JsonObject);
  }
}

function importUser({ access }: Defined, item: Item): void {
  const name = item.text('name');
  const algorithm = item.text('hashing_algorithm', HASHING_ALGORITHM);
  if (algorithm !== HASHING_ALGORITHM) throw new ParameterError(`user '${name}': unknown hashing algorithm ${algorithm}`);
  const tags = item.value('tags', []);
  access.importUser({
    name,
    // Before 3.9 it was one text.
    tags: typeof tags === 'string' ? tags.split(',').filter((tag) => tag !== '') : (tags as readonly string[]),
    passwordHash: item.text('password_hash', ''),
    limits: withoutPairs(item.value('limits', {})) as UserLimits,
  });
}

function importVhost(node: Defined, item: Item): void {
  const name = item.text('name');
  const { description, tags, default_queue_type: type } = item.value('metadata', {}) as JsonObject;
  const metadata: Partial<VhostMetadata> = {
    ...(typeof description === 'string' ? { description } : {}),
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    ...(QUEUE_TYPES.includes(type as QueueType) ? { defaultQueueType: type as QueueType } : {}),
  };
  if (node.vhosts.has(name)) node.changeVhostMetadata(name, metadata);
  else node.addVhost(name, metadata);
}

type QueueType = VhostMetadata['defaultQueueType'];
const QUEUE_TYPES: readonly QueueType[] = ['classic', 'quorum', 'stream'];

function place(node: Defined, item: Item): Vhost {
  const name = item.text('vhost');
  const vhost = node.vhosts.get(name);
  if (vhost === undefined) throw new ParameterError(`Virtual host '${name}' does not exist`);
  return vhost;
}

function importExchange(node: Defined, item: Item): void {
  const vhost = place(node, item);
  const name = item.text('name');
  const kind = item.text('type');
  if (!isExchangeKind(kind)) throw new ParameterError(`unknown exchange type '${kind}'`);
  if (vhost.exchanges.has(name)) return;
  vhost.declareExchange({
    name,
    kind,
    durable: item.flag('durable', true),
    autoDelete: item.flag('auto_delete', false),
    internal: item.flag('internal', false),
    args: item.args(),
  });
}

function importQueue(node: Defined, item: Item): void {
  const vhost = place(node, item);
  const name = item.text('name');
  if (vhost.queues.has(name)) return;
  const args = item.args();
  const type = item.text('type', 'classic');
  const quorum = vhost.host.cluster !== null;
  if (type !== 'classic' && !(quorum && type === 'quorum')) {
    throw new ParameterError(`queue '${name}': this node has no queues of type ${type}`);
  }
  checkQueueArguments(name, vhost.name, args, quorum);
  const [durable, autoDelete] = [item.flag('durable', true), item.flag('auto_delete', false)];
  vhost.newQueue({ name, durable, autoDelete, owner: null, args });
}

function importBinding(node: Defined, item: Item): void {
  const vhost = place(node, item);
  const source = vhost.exchanges.get(item.text('source'));
  const name = item.text('destination');
  const target = item.text('destination_type') === 'exchange' ? vhost.exchanges.get(name) : vhost.queues.get(name);
  if (source === undefined || target === undefined) return;
  const args = item.args();
  source.type.check(args);
  vhost.bind(source, target, item.text('routing_key', ''), args);
}

/** RabbitMQ writes some objects as lists of pairs. */
function withoutPairs(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, withoutPairs(item)]));
  }
  const isPairs =
    value.length > 0 && value.every((item: Json) => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string');
  return isPairs ? withoutPairs(Object.fromEntries(value as [string, Json][])) : value.map(withoutPairs);
}
