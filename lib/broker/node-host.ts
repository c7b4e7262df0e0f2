/** `Host` and what connections need besides: users, vhosts, limits, reply addresses, alarms. */
import type { AccessControl } from './access';
import type { Alarms } from './alarms';
import type { Host } from './host';
import type { Quotas } from './quotas';
import type { ReplyAddresses } from './reply-to';
import type { Vhost } from './vhost';

export interface Limits {
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds. */
  readonly heartbeat: number;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  /** What of a client's certificate is its user name (RabbitMQ: ssl_cert_login_from). */
  readonly sslCertLoginFrom: 'distinguished_name' | 'common_name';
}

export interface NodeHost extends Host {
  readonly access: AccessControl;
  readonly quotas: Quotas;
  readonly vhosts: ReadonlyMap<string, Vhost>;
  readonly replies: ReplyAddresses;
  readonly limits: Limits;
  readonly maxMessageSize: number;
  /** What `set_cluster_name` has set, else the name of the node. */
  readonly clusterName: string;
  /** A number that no other connection of this node has. */
  nextNumber(): number;
  readonly resourceAlarms: Alarms;
}
