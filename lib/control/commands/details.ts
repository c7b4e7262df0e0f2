/**
 * Columns of listings that are found by looking at connections and queues themselves, and only when they are asked for; none of
 * them is a default.
 */
import type { ConnectionDetails, QueueDetails } from '../../broker/api';
import type { Row } from '../cells';
import { columnsOf } from '../columns';
import type { ShareCall } from '../members';
import { pidOf } from '../pids';

type TlsSession = NonNullable<ConnectionDetails['tls']>;
type Details<T> = Readonly<Record<string, (of: T, call: ShareCall) => Row[string]>>;

/** RabbitMQ's empty value: an atom without a name. */
export const NONE: Row[string] = { atom: '' };

const CONNECTION: Details<ConnectionDetails> = {
  auth_mechanism: ({ mechanism }) => mechanism,
  channel_max: ({ channelMax }) => channelMax,
  client_properties: ({ clientProperties }) => ({ table: clientProperties }),
  connected_at: ({ connectedAt }) => Math.floor(connectedAt),
  frame_max: ({ frameMax }) => frameMax,
  timeout: ({ heartbeat }) => heartbeat,
  recv_oct: ({ received }) => received.octets,
  recv_cnt: ({ received }) => received.pieces,
  send_oct: ({ sent }) => sent.octets,
  send_cnt: ({ sent }) => sent.pieces,
  send_pend: ({ pendingOctets }) => pendingOctets,
  ssl: ({ tls }) => tls !== null,
  ssl_protocol: ({ tls }) => tlsPart(tls, ({ protocol }) => protocol),
  ssl_key_exchange: ({ tls }) => tlsPart(tls, ({ keyExchange }) => keyExchange),
  ssl_cipher: ({ tls }) => tlsPart(tls, ({ cipher }) => cipher),
  ssl_hash: ({ tls }) => tlsPart(tls, ({ hash }) => hash),
  peer_cert_subject: ({ peerCertificate }) => peerCertificate?.distinguishedName ?? NONE,
  peer_cert_issuer: ({ peerCertificate }) => peerCertificate?.issuer ?? NONE,
  peer_cert_validity: ({ peerCertificate }) => peerCertificate?.validity ?? NONE,
};

const QUEUE: Details<QueueDetails> = {
  owner_pid: ({ owner }, { broker, node }) =>
    owner === null ? NONE : { pid: pidOf(broker, node.nodename, 'connection', owner) },
  messages_ready_ram: ({ readyInMemory }) => readyInMemory,
  messages_unacknowledged_ram: ({ unackedInMemory }) => unackedInMemory,
  messages_ram: ({ readyInMemory, unackedInMemory }) => readyInMemory + unackedInMemory,
  messages_persistent: ({ persistent }) => persistent,
  message_bytes: ({ octets }) => octets.ready + octets.unacked,
  message_bytes_ready: ({ octets }) => octets.ready,
  message_bytes_unacknowledged: ({ octets }) => octets.unacked,
  message_bytes_ram: ({ octets }) => octets.inMemory,
  message_bytes_persistent: ({ octets }) => octets.persistent,
  head_message_timestamp: ({ headTimestamp }) => headTimestamp ?? NONE,
  disk_reads: ({ diskReads }) => diskReads,
  disk_writes: ({ diskWrites }) => diskWrites,
  memory: ({ memory }) => memory,
  consumer_capacity: capacity,
  consumer_utilisation: capacity,
};

/** Without consumers RabbitMQ writes a whole number. */
function capacity({ capacity: value }: QueueDetails): Row[string] {
  return value === null ? 0 : { float: value };
}

/** By connection. */
export function connectionDetails(call: ShareCall): ReadonlyMap<string, Row> {
  if (!wanted(call, CONNECTION)) return new Map();
  return new Map(call.broker.connectionDetails().map((of) => [of.connection, rowOf(CONNECTION, of, call)]));
}

/** Of one vhost, by queue. */
export function queueDetails(call: ShareCall): ReadonlyMap<string, Row> {
  if (!wanted(call, QUEUE)) return new Map();
  return new Map(call.broker.queueDetails(call.vhost).map((of) => [of.queue, rowOf(QUEUE, of, call)]));
}

/** Of the channels of all connections, by connection and number: what waits for its transaction. */
export function uncommittedOf({ broker }: ShareCall): (connection: string, channel: number) => Row {
  const known = new Map(broker.connectionDetails().map(({ connection, uncommitted }) => [connection, uncommitted]));
  return (connection, channel) => {
    const { publishes, acks } = known.get(connection)?.get(channel) ?? { publishes: 0, acks: 0 };
    return { messages_uncommitted: publishes, acks_uncommitted: acks };
  };
}

function wanted<T>({ args }: ShareCall, details: Details<T>): boolean {
  return columnsOf(args, []).some((column) => Object.hasOwn(details, column));
}

function rowOf<T>(details: Details<T>, of: T, call: ShareCall): Row {
  return Object.fromEntries(Object.entries(details).map(([column, cell]) => [column, cell(of, call)]));
}

// --- TLS in Erlang's words ---

interface Suite {
  readonly protocol: string;
  readonly keyExchange: string;
  readonly cipher: string;
  readonly hash: string;
}

function tlsPart(tls: TlsSession | null, part: (suite: Suite) => string): Row[string] {
  return tls === null ? NONE : { atom: part(suiteOf(tls)) };
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; since TLS 1.3 a suite says nothing of keys: `TLS_AES_256_GCM_SHA384`. */
function suiteOf({ protocol, cipher: name }: TlsSession): Suite {
  const [, exchange = '', cipher = '', hash = ''] = /^TLS_(?:(.*)_WITH_)?(.*?)(?:_(SHA\d*|MD5))?$/.exec(name) ?? [];
  const authenticated = /_(GCM|CCM|CCM_8)$|POLY1305$/.test(cipher);
  return {
    protocol: protocol.toLowerCase(),
    keyExchange: exchange === '' ? 'any' : exchange.toLowerCase(),
    cipher: cipher.toLowerCase(),
    hash: authenticated ? 'aead' : hash.toLowerCase(),
  };
}
