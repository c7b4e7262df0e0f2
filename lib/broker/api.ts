/** How the rest of the house sees a broker: what it is started with and what can be asked of it. */
import type { Storage } from '../storage/storage';
import type { Address, PeerCertificate, TlsOptions, TlsSession, World } from '../world/world';
import type { ResourceMonitor, ResourceProbes } from './resource-monitor';
import type { ClusterPort } from './cluster-port';
import type { Snapshot } from '../trace/snapshot';
import type { TraceSink } from '../trace/sink';

export interface BrokerOptions {
  /** `rabbit1`, or `rabbit1@host` as RabbitMQ writes it; shown in events and in `cluster_name`. */
  readonly nodeName: string;
  readonly trace?: TraceSink;
  /** Default: `guest`/`guest`, administrator, from loopback only, with all permissions on `/`. */
  readonly users?: readonly UserOptions[];
  /** Seconds the server proposes in connection.tune; default 60. */
  readonly heartbeat?: number;
  /** Default 2047, as RabbitMQ. */
  readonly channelMax?: number;
  /** Default 131072, as RabbitMQ. */
  readonly frameMax?: number;
  /** Octets of the largest message body; default 134217728 (128 MiB), as RabbitMQ 3.10. */
  readonly maxMessageSize?: number;
  /** Where durable things go; default: nowhere, everything ends with the node. */
  readonly storage?: Storage;
  /** Octets of memory for ready messages; what exceeds it goes to the storage. Default 256 MiB. */
  readonly messageMemory?: number;
  /** What memory and disk alarms are judged by; default: none are raised. */
  readonly resources?: ResourceProbes;
  /** The cluster that the node is in; default: none, and it can be in none. */
  readonly cluster?: ClusterPort;
  /** What of a client's certificate is its user name with EXTERNAL; default `distinguished_name`, as RabbitMQ. */
  readonly sslCertLoginFrom?: 'distinguished_name' | 'common_name';
  /** Milliseconds for the handshake; default 10000, as RabbitMQ. */
  readonly handshakeTimeout?: number;
  /**
   * Open connections of the node; default: no limit. One more is refused with 530, as later releases of RabbitMQ do; with 3.10
   * `connection_max` is soft and nobody is told.
   */
  readonly connectionMax?: number;
}

export interface UserOptions {
  readonly name: string;
  readonly password: string;
  readonly tags?: readonly string[];
  readonly loopbackOnly?: boolean;
}

export interface Permission {
  /** Regular expressions, matched anywhere in the name as RabbitMQ does; '' matches nothing but ''. */
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Regular expressions for the routing keys of one topic exchange. */
export interface TopicPermission {
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** A user with the password as RabbitMQ keeps and exports it: base64 of four octets of salt and the hash of salt and password. */
export interface HashedUser {
  readonly name: string;
  readonly tags: readonly string[];
  /** '' for a user without a password: nobody can log in as it. */
  readonly passwordHash: string;
  readonly limits: UserLimits;
}

export type BrokerFactory = (world: World, options: BrokerOptions) => BrokerApi;

/**
 * What RabbitMQ refuses of policies, parameters, limits and definitions. `message` is its text, without the `Error:` that its
 * tool writes before it.
 */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

/** Throws `AccessError` (lib/broker/access.ts) on unknown or doubled names and invalid expressions. */
export interface AccessControlApi {
  addUser(name: string, password: string, tags?: readonly string[]): void;
  deleteUser(name: string): void;
  changePassword(name: string, password: string): void;
  /** Nobody can log in as this user any more. */
  clearPassword(name: string): void;
  setUserTags(name: string, tags: readonly string[]): void;
  authenticate(name: string, password: string): boolean;
  listUsers(): { name: string; tags: readonly string[] }[];
  setPermissions(vhost: string, user: string, permission: Permission): void;
  clearPermissions(vhost: string, user: string): void;
  listPermissions(vhost: string): ({ user: string } & Permission)[];
  listUserPermissions(user: string): ({ vhost: string } & Permission)[];
  setTopicPermissions(vhost: string, user: string, permission: TopicPermission): void;
  /** Without an exchange, those for all exchanges of the vhost. */
  clearTopicPermissions(vhost: string, user: string, exchange?: string): void;
  listTopicPermissions(vhost: string): ({ user: string } & TopicPermission)[];
  listUserTopicPermissions(user: string): ({ vhost: string } & TopicPermission)[];
  exportUsers(): HashedUser[];
  /** Makes or overwrites a user. Throws `ParameterError` on a hash that is none. */
  importUser(user: HashedUser): void;
}

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type ApplyTo = 'queues' | 'exchanges' | 'all';

export interface Policy {
  readonly vhost: string;
  readonly name: string;
  /** Regular expression, matched anywhere in the name of a queue or exchange. */
  readonly pattern: string;
  readonly definition: JsonObject;
  readonly priority: number;
  readonly applyTo: ApplyTo;
}

/** A policy as it is asked for: nothing of it is checked yet. */
export interface PolicyRequest {
  readonly pattern: string;
  readonly definition: Json;
  /** Default 0. */
  readonly priority?: Json;
  /** Default `all`. */
  readonly applyTo?: Json;
}

/** The policies of users, or those of operators. All throw `ParameterError`. */
export interface PoliciesApi {
  /** Makes or replaces a policy; it works on all queues and exchanges at once. */
  set(vhost: string, name: string, request: PolicyRequest): void;
  clear(vhost: string, name: string): void;
  /** Of all vhosts if none is given. */
  list(vhost?: string): readonly Policy[];
}

/** The policies that rule a queue or exchange, and what they come to together. */
export interface EffectivePolicy {
  readonly policy: string | null;
  readonly operatorPolicy: string | null;
  readonly definition: JsonObject;
}

export interface Parameter {
  readonly vhost: string;
  readonly component: string;
  readonly name: string;
  readonly value: Json;
}

export interface GlobalParameter {
  readonly name: string;
  readonly value: Json;
}

/** Runtime parameters. All throw `ParameterError`. */
export interface ParametersApi {
  set(vhost: string, component: string, name: string, value: Json): void;
  clear(vhost: string, component: string, name: string): void;
  /** Of all vhosts if none is given. Policies are no part of it; operator policies and the limits of vhosts are. */
  list(vhost?: string): readonly Parameter[];
  setGlobal(name: string, value: Json): void;
  clearGlobal(name: string): void;
  listGlobal(): readonly GlobalParameter[];
}

/** Negative: no limit. */
export type VhostLimits = { readonly 'max-connections'?: number; readonly 'max-queues'?: number };
export type UserLimits = { readonly 'max-connections'?: number; readonly 'max-channels'?: number };

/** Limits by vhost and by user. The setters check the definition; all throw `ParameterError`, for unknown users `AccessError`. */
export interface LimitsApi {
  /** Replaces all limits of the vhost. */
  setVhost(vhost: string, definition: Json): void;
  clearVhost(vhost: string): void;
  vhost(vhost: string): VhostLimits;
  /** Adds to the limits that the user has. */
  setUser(user: string, definition: Json): void;
  clearUser(user: string, limit: keyof UserLimits | 'all'): void;
  user(user: string): UserLimits;
}

/** Definitions as RabbitMQ's tools write and read them: queues, exchanges, bindings, vhosts, users, permissions, policies ... */
export interface DefinitionsApi {
  export(): JsonObject;
  /**
   * Users, permissions, policies and parameters are replaced; anything else that exists is left as it is. Throws
   * `ParameterError`, `AccessError`.
   */
  import(definitions: Json): void;
}

/** What is noted of a vhost besides its name. */
export interface VhostMetadata {
  readonly description: string;
  /** Null: nobody gave it any. */
  readonly tags: readonly string[] | null;
  /** For queues that are declared without a type; null: classic. */
  readonly defaultQueueType: 'classic' | 'quorum' | 'stream' | null;
}

/** Octets, and the pieces in which they went over the socket. */
export interface Traffic {
  readonly octets: number;
  readonly pieces: number;
}

/** What is known of a connection besides its snapshot. */
export interface ConnectionDetails {
  readonly connection: string;
  /** `PLAIN` */
  readonly mechanism: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly clientProperties: Readonly<Record<string, unknown>>;
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds; 0 for none. */
  readonly heartbeat: number;
  readonly received: Traffic;
  readonly sent: Traffic;
  /** Octets that the client has not taken yet. */
  readonly pendingOctets: number;
  /** Null without TLS. */
  readonly tls: TlsSession | null;
  readonly peerCertificate: PeerCertificate | null;
  /** By channel: what waits for its transaction. */
  readonly uncommitted: ReadonlyMap<number, { readonly publishes: number; readonly acks: number }>;
}

/** What is known of a queue besides its snapshot. */
export interface QueueDetails {
  readonly queue: string;
  /** The connection that alone may use it. */
  readonly owner: string | null;
  readonly readyInMemory: number;
  readonly unackedInMemory: number;
  /** Messages, ready or unacknowledged, that a restart leaves. */
  readonly persistent: number;
  /** Octets of bodies. */
  readonly octets: { readonly ready: number; readonly unacked: number; readonly inMemory: number; readonly persistent: number };
  /** The `timestamp` property of the message at the head. */
  readonly headTimestamp: number | null;
  /** Messages read from the disk and written to it since the node has started. */
  readonly diskReads: number;
  readonly diskWrites: number;
  /** Octets, roughly. */
  readonly memory: number;
  /** 1 if a consumer would take a message at once, 0 if none would; null without consumers. */
  readonly capacity: number | null;
}

export interface ListenerInfo {
  readonly at: Address;
  readonly tls: boolean;
}

export interface BrokerApi {
  readonly nodeName: string;
  /** What `set_cluster_name` has set, else the name of the node. */
  readonly clusterName: string;
  readonly access: AccessControlApi;
  /** Memory and disk limits of the node. */
  readonly resources: ResourceMonitor;
  readonly policies: PoliciesApi;
  readonly operatorPolicies: PoliciesApi;
  readonly parameters: ParametersApi;
  readonly quotas: LimitsApi;
  readonly definitions: DefinitionsApi;
  /** Null if there is no such queue or exchange, or no policy that rules it. */
  effectivePolicy(vhost: string, kind: 'queue' | 'exchange', name: string): EffectivePolicy | null;
  /** With `tls` an amqps listener. Several calls make several listeners. Throws on certificates that cannot be read. */
  listen(at: Address, ready: (error: Error | null, bound: Address | null) => void, tls?: TlsOptions): void;
  /** Where it listens, or has listened before listeners were suspended; in the order of opening. */
  readonly listeners: readonly ListenerInfo[];
  /** Accepts no connections until they are resumed; open ones live on. */
  suspendListeners(): void;
  /** Throws nothing; an address that is taken meanwhile is told to `done`. */
  resumeListeners(done: (error: Error | null) => void): void;
  /** Orderly: every client gets connection.close 320, then sockets end. Durable state stays in this object's store. */
  stop(done: () => void): void;
  /** kill -9: links are cut, memory is forgotten. */
  kill(): void;
  /** Starts and clears a resource alarm: publishers are blocked as RabbitMQ does. */
  setAlarm(resource: 'memory' | 'disk', on: boolean): void;
  /** In effect, `disk` first. */
  readonly alarms: readonly ('memory' | 'disk')[];
  /** Does nothing if it exists. */
  addVhost(name: string, metadata?: Partial<VhostMetadata>): void;
  /** Null if there is no such vhost. */
  vhostMetadata(name: string): VhostMetadata | null;
  changeVhostMetadata(name: string, change: Partial<VhostMetadata>): void;
  /** Closes the connections in it; all its content goes. */
  deleteVhost(name: string): void;
  listVhosts(): readonly string[];
  /** Ready messages thrown away; null if there is no such queue. Rejects with ProtocolError. */
  purgeQueue(vhost: string, queue: string): Promise<number | null>;
  deleteQueue(vhost: string, queue: string): Promise<number | null>;
  closeConnections(match: (connection: string, name: string) => boolean, reason: string): number;
  snapshot(vhost: string, at: number): Snapshot;
  connectionDetails(): readonly ConnectionDetails[];
  queueDetails(vhost: string): readonly QueueDetails[];
  /** Copies each message of the vhost to amq.rabbitmq.trace, until the node is started again. */
  setTracing(vhost: string, on: boolean): void;
  isTracing(vhost: string): boolean;
}
