/** How the rest of the house sees a broker: what it is started with and what can be asked of it. */
import type { Storage } from '../storage/storage';
import type { Address, World } from '../world/world';
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
  /** Milliseconds for the handshake; default 10000, as RabbitMQ. */
  readonly handshakeTimeout?: number;
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

export type BrokerFactory = (world: World, options: BrokerOptions) => BrokerApi;

/** Throws `AccessError` (lib/broker/access.ts) on unknown or doubled names. */
export interface AccessControlApi {
  addUser(name: string, password: string, tags?: readonly string[]): void;
  deleteUser(name: string): void;
  changePassword(name: string, password: string): void;
  setUserTags(name: string, tags: readonly string[]): void;
  authenticate(name: string, password: string): boolean;
  listUsers(): { name: string; tags: readonly string[] }[];
  setPermissions(vhost: string, user: string, permission: Permission): void;
  clearPermissions(vhost: string, user: string): void;
  listPermissions(vhost: string): ({ user: string } & Permission)[];
  listUserPermissions(user: string): ({ vhost: string } & Permission)[];
}

export interface BrokerApi {
  readonly nodeName: string;
  readonly access: AccessControlApi;
  listen(at: Address, ready: (error: Error | null, bound: Address | null) => void): void;
  /** Orderly: every client gets connection.close 320, then sockets end. Durable state stays in this object's store. */
  stop(done: () => void): void;
  /** kill -9: links are cut, memory is forgotten. */
  kill(): void;
  /** Starts and clears a resource alarm: publishers are blocked as RabbitMQ does. */
  setAlarm(resource: 'memory' | 'disk', on: boolean): void;
  addVhost(name: string): void;
  /** Closes the connections in it; all its content goes. */
  deleteVhost(name: string): void;
  listVhosts(): readonly string[];
  /** Ready messages thrown away; null if there is no such queue. */
  purgeQueue(vhost: string, queue: string): number | null;
  deleteQueue(vhost: string, queue: string): number | null;
  closeConnections(match: (connection: string, name: string) => boolean, reason: string): number;
  snapshot(vhost: string, at: number): Snapshot;
}
