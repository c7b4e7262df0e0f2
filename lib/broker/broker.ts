/**
 * One node: listens, keeps connections, vhosts and users. Everything below it is handed what it needs through `NodeHost`.
 */
import { REPLY } from '../amqp/constants';
import { MemoryStorage, type Storage } from '../storage/storage';
import type { EventBody } from '../trace/events';
import { NO_TRACE, type TraceSink } from '../trace/sink';
import type { Snapshot } from '../trace/snapshot';
import type { Address, Link, LinkHandler, TlsOptions, World } from '../world/world';
import { AccessControl } from './access';
import { Alarms, type Resource } from './alarms';
import type {
  BrokerApi,
  BrokerOptions,
  ConnectionDetails,
  EffectivePolicy,
  ListenerInfo,
  QueueDetails,
  UserOptions,
  VhostMetadata,
} from './api';
import { allDefinitions, Catalogue, type DefinitionChange, store } from './catalogue';
import type { ClusterPort } from './cluster-port';
import { Connection } from './connection';
import { DeadLetterOffice } from './dead-letter';
import { Definitions } from './definitions';
import { connectionDetails, queueDetails } from './details';
import { ProtocolError } from './errors';
import type { Limits, NodeHost } from './node-host';
import { Parameters } from './parameters';
import { PolicyList, Ruling, type Subject } from './policies';
import { Quotas } from './quotas';
import { ReplyAddresses } from './reply-to';
import { Listeners } from './listeners';
import { MemoryBudget } from './queue/memory-budget';
import { NO_CONDITIONS, type Answer, type Queue } from './queue/queue';
import { ResourceMonitor, UNKNOWN_RESOURCES } from './resource-monitor';
import { applyChange, restore } from './restore';
import { snapshotOf } from './snapshot';
import { NO_METADATA, Vhost } from './vhost';

/** RabbitMQ's default user: everything on `/`, from this machine only. */
const GUEST: UserOptions = { name: 'guest', password: 'guest', tags: ['administrator'], loopbackOnly: true };
/** Octets; a node of a lab is not expected to hold more in memory. */
const MESSAGE_MEMORY = 256 << 20;
const ALL = { configure: '.*', write: '.*', read: '.*' };

/** Null for a queue that is not there; rejects with what a channel would be told. */
function asked<T>(queue: Queue | undefined, ask: (queue: Queue, answer: Answer<T>) => void): Promise<T | null> {
  if (queue === undefined) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    ask(queue, (result) => (result instanceof ProtocolError ? reject(result) : resolve(result)));
  });
}

export function createBroker(world: World, options: BrokerOptions): Broker {
  return new Broker(world, options);
}

export class Broker implements BrokerApi, NodeHost {
  readonly nodeName: string;
  readonly access: AccessControl;
  readonly parameters: Parameters;
  readonly policies: PolicyList;
  readonly operatorPolicies: PolicyList;
  readonly quotas: Quotas;
  readonly definitions: Definitions;
  readonly vhosts = new Map<string, Vhost>();
  readonly replies: ReplyAddresses;
  readonly limits: Limits;
  readonly maxMessageSize: number;
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly memoryBudget: MemoryBudget;
  readonly resources: ResourceMonitor;
  readonly trace: TraceSink;
  readonly cluster: ClusterPort | null;
  readonly deadLetters: DeadLetterOffice;
  readonly connections = new Set<Connection>();
  readonly resourceAlarms = new Alarms(() => {
    for (const connection of [...this.connections]) connection.unblock();
  });
  private readonly open: Listeners;
  /** Begins where process numbers of a RabbitMQ that has just started do. */
  private number = 700;
  /** It has told that it started. */
  private serves = false;
  private onEmpty: (() => void) | null = null;

  constructor(
    readonly world: World,
    options: BrokerOptions,
  ) {
    this.nodeName = options.nodeName;
    this.trace = options.trace ?? NO_TRACE;
    this.cluster = options.cluster ?? null;
    this.storage = options.storage ?? new MemoryStorage();
    this.catalogue = new Catalogue(this.storage);
    this.memoryBudget = new MemoryBudget(options.messageMemory ?? MESSAGE_MEMORY);
    this.limits = {
      channelMax: options.channelMax ?? 2047,
      frameMax: options.frameMax ?? 131072,
      heartbeat: options.heartbeat ?? 60,
      handshakeTimeout: options.handshakeTimeout ?? 10000,
      sslCertLoginFrom: options.sslCertLoginFrom ?? 'distinguished_name',
    };
    this.maxMessageSize = options.maxMessageSize ?? 134217728;
    this.resources = new ResourceMonitor(world.clock, options.resources ?? UNKNOWN_RESOURCES, (resource, on) => {
      const stars = '*'.repeat(58);
      const blocked = `.\n\n${stars}\n*** Publishers will be blocked until this alarm clears ***\n${stars}\n`;
      world.log.write(
        'warning',
        `${resource} resource limit alarm ${on ? 'set' : 'cleared'} on node ${this.nodeName}${on ? blocked : ''}`,
      );
      this.setAlarm(resource, on);
    });
    this.open = new Listeners(world.net, this.accept);
    this.replies = new ReplyAddresses(world.random);
    this.deadLetters = new DeadLetterOffice(this);
    this.access = new AccessControl(
      world.random,
      (name) => this.vhosts.has(name),
      (user) => this.forceClosed(({ openSession }) => openSession?.user === user, `user '${user}' is deleted`),
      this.catalogue,
    );
    this.parameters = new Parameters((name) => this.vhosts.has(name), this.catalogue);
    const rule = (vhost: string): void => this.vhosts.get(vhost)?.applyPolicies();
    this.policies = new PolicyList('policy', this.parameters, rule);
    this.operatorPolicies = new PolicyList('operator_policy', this.parameters, rule);
    this.quotas = new Quotas(this.parameters, this.access, this, options.connectionMax ?? null);
    this.definitions = new Definitions(this);
    let known = false;
    this.catalogue.silently(() => {
      known = restore(this, this.storage);
    });
    if (!known) this.begin(options.users ?? [GUEST]);
  }

  /** What a node has that never ran before. */
  private begin(users: readonly UserOptions[]): void {
    this.addVhost('/', { description: 'Default virtual host', tags: [] });
    for (const user of users) {
      this.access.add(user);
      this.access.setPermissions('/', user.name, ALL);
    }
  }

  restoreVhost(name: string, metadata: Partial<VhostMetadata>): void {
    this.vhosts.set(name, new Vhost(name, this, { ...NO_METADATA, ...metadata }));
  }

  /** Definitions as another node has changed them: taken over, written down, and told to nobody. */
  takeOver(changes: readonly DefinitionChange[]): void {
    this.catalogue.silently(() => {
      for (const change of changes) applyChange(this, change);
    });
    for (const change of changes) if (change.lasting) store(this.storage, change);
  }

  /** Everything that is defined, also what does not outlive the nodes: for a node that starts and takes it over. */
  definitionsNow(): DefinitionChange[] {
    return allDefinitions(this.storage, this.vhosts.values());
  }

  /** Queues of a node that is gone: nobody misses those that would not outlive it. */
  homeDown(node: string): void {
    this.catalogue.silently(() => {
      for (const vhost of this.vhosts.values()) vhost.homeDown(node);
    });
  }

  homeUp(): void {
    for (const vhost of this.vhosts.values()) vhost.epoch++;
  }

  emit(event: EventBody): void {
    if (this.trace.active) this.trace.emit(this.nodeName, event);
  }

  nextNumber(): number {
    return ++this.number;
  }

  // --- listening ---

  /** Serves once what the start itself wrote is safe. */
  listen(at: Address, ready: (error: Error | null, bound: Address | null) => void, tls?: TlsOptions): void {
    this.storage.afterSync(() => {
      const started = (error: Error | null, bound: Address | null): void => {
        if (bound !== null) {
          this.world.log.write('info', `started ${tls === undefined ? 'TCP' : 'TLS'} listener on ${bound.host}:${bound.port}`);
          this.resources.start();
          this.serves = true;
          this.emit({ type: 'node.started' });
        }
        ready(error, bound);
      };
      this.open.add(at, started, tls);
    });
  }

  get listeners(): readonly ListenerInfo[] {
    return this.open.list();
  }

  suspendListeners(): void {
    const count = this.open.list().length;
    const text = `Asked to suspend ${count} client connection listeners. No new client connections will be accepted`;
    this.world.log.write('info', `${text} until these listeners are resumed!`);
    this.open.suspend();
  }

  resumeListeners(done: (error: Error | null) => void): void {
    const count = this.open.list().length;
    const text = `Asked to resume ${count} client connection listeners. New client connections will be accepted from now on`;
    this.world.log.write('info', text);
    this.open.resume(done);
  }

  private readonly accept = (link: Link): LinkHandler => {
    const connection = new Connection(link, this, (gone) => {
      this.connections.delete(gone);
      if (this.connections.size === 0) this.onEmpty?.();
    });
    this.connections.add(connection);
    return connection;
  };

  stop(done: () => void): void {
    this.resources.stop();
    let waits = 2;
    const one = (): void => {
      if (--waits > 0) return;
      for (const { queues } of this.vhosts.values()) for (const queue of queues.values()) queue.beforeStop();
      this.storage.close(() => {
        this.emit({ type: 'node.stopped' });
        done();
      });
    };
    this.open.close(one);
    this.onEmpty = () => {
      this.onEmpty = null;
      one();
    };
    const reason = new ProtocolError(REPLY.connectionForced, "broker forced connection closure with reason 'shutdown'", false);
    for (const connection of this.connections) this.shut(connection, reason);
    if (this.connections.size === 0) this.onEmpty();
  }

  /** Tells the client and closes the socket without waiting for its answer, so that a node stops promptly. */
  private shut(connection: Connection, reason: ProtocolError): void {
    if (connection.openSession !== null) connection.end.byError(reason, 0);
    connection.end.closeSocket();
  }

  kill(): void {
    this.resources.stop();
    this.storage.abandon();
    this.open.close(() => undefined);
    for (const connection of this.connections) connection.link.abort();
    if (this.serves) this.emit({ type: 'node.killed' });
  }

  // --- alarms ---

  get alarms(): readonly Resource[] {
    return this.resourceAlarms.own;
  }

  setAlarm(resource: Resource, on: boolean): void {
    this.resourceAlarms.set(resource, on);
  }

  // --- vhosts and what is in them ---

  addVhost(name: string, metadata: Partial<VhostMetadata> = {}): void {
    if (this.vhosts.has(name)) return;
    this.restoreVhost(name, metadata);
    this.catalogue.put('vhost', [name], metadata);
    this.emit({ type: 'vhost.added', vhost: name });
  }

  vhostMetadata(name: string): VhostMetadata | null {
    return this.vhosts.get(name)?.metadata ?? null;
  }

  changeVhostMetadata(name: string, change: Partial<VhostMetadata>): void {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) return;
    vhost.metadata = { ...vhost.metadata, ...change };
    this.catalogue.put('vhost', [name], vhost.metadata);
  }

  deleteVhost(name: string): void {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) return;
    this.vhosts.delete(name);
    this.access.forgetVhost(name);
    this.parameters.forgetVhost(name);
    this.forceClosed(({ openSession }) => openSession?.vhost === vhost, `vhost '${name}' is deleted`);
    for (const queue of [...vhost.queues.values()]) vhost.deleteQueue(queue, 'deleted');
    for (const exchange of [...vhost.exchanges.values()]) vhost.deleteExchange(exchange);
    // Last, so that a node that goes down in between does not leave what the next vhost of this name would find.
    this.catalogue.delete('vhost', [name]);
    this.emit({ type: 'vhost.deleted', vhost: name });
  }

  listVhosts(): readonly string[] {
    return [...this.vhosts.keys()];
  }

  purgeQueue(vhost: string, name: string): Promise<number | null> {
    return asked(this.vhosts.get(vhost)?.queues.get(name), (queue, answer) => queue.purge(answer));
  }

  deleteQueue(vhost: string, name: string): Promise<number | null> {
    return asked(this.vhosts.get(vhost)?.queues.get(name), (queue, answer) => queue.delete(NO_CONDITIONS, answer));
  }

  ruling(vhost: string, kind: Subject, name: string): Ruling | null {
    return Ruling.of(this.policies.match(vhost, kind, name), this.operatorPolicies.match(vhost, kind, name));
  }

  effectivePolicy(vhost: string, kind: 'queue' | 'exchange', name: string): EffectivePolicy | null {
    const place = this.vhosts.get(vhost);
    const ruling = (kind === 'queue' ? place?.queues.get(name) : place?.exchanges.get(name))?.ruling ?? null;
    if (ruling === null) return null;
    const { user, operator, definition } = ruling;
    return { policy: user?.name ?? null, operatorPolicy: operator?.name ?? null, definition };
  }

  // --- what quotas count ---

  countConnections(of: { readonly vhost?: string; readonly user?: string }): number {
    let count = 0;
    for (const { openSession } of this.connections) {
      if (openSession === null) continue;
      const { vhost, user } = openSession;
      if ((of.vhost ?? vhost.name) === vhost.name && (of.user ?? user) === user) count++;
    }
    return count;
  }

  countChannels(user: string): number {
    let count = 0;
    for (const { openSession, channels } of this.connections) if (openSession?.user === user) count += channels.size;
    return count;
  }

  countQueues(vhost: string): number {
    return this.vhosts.get(vhost)?.queues.size ?? 0;
  }

  closeConnections(match: (connection: string, name: string) => boolean, reason: string): number {
    return this.forceClosed((connection) => {
      const name = connection.handshake.clientProperties.get('connection_name')?.value;
      return match(connection.name, typeof name === 'string' ? name : '');
    }, reason);
  }

  /** connection.close 320 to all that match; returns how many. */
  private forceClosed(match: (connection: Connection) => boolean, reason: string): number {
    const error = new ProtocolError(REPLY.connectionForced, reason, false);
    const chosen = [...this.connections].filter((connection) => connection.openSession !== null && match(connection));
    for (const connection of chosen) connection.end.byError(error, 0);
    return chosen.length;
  }

  get clusterName(): string {
    const set = this.parameters.listGlobal().find(({ name }) => name === 'cluster_name')?.value;
    return typeof set === 'string' ? set : this.nodeName;
  }

  setTracing(vhost: string, on: boolean): void {
    this.world.log.write('info', `${on ? 'Enabling' : 'Disabling'} tracing for vhost '${vhost}'`);
    this.vhosts.get(vhost)?.setTracing(on);
  }

  isTracing(vhost: string): boolean {
    return this.vhosts.get(vhost)?.firehose != null;
  }

  connectionDetails(): ConnectionDetails[] {
    return [...this.connections].map(connectionDetails);
  }

  queueDetails(vhost: string): QueueDetails[] {
    const place = this.vhosts.get(vhost);
    return place === undefined ? [] : queueDetails(place, this.connections);
  }

  snapshot(vhost: string, at: number): Snapshot {
    return snapshotOf(this.nodeName, this.vhosts.get(vhost), this.connections, vhost, at);
  }
}
