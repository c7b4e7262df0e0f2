/**
 * Listings: each is a table of columns, filled from a snapshot of the broker and, where a column wants more, from details.ts. A
 * column that has no meaning for a thing, such as the members of a queue that has none, is empty (RabbitMQ).
 */
import type { ChannelSnapshot, ConnectionSnapshot, ConsumerSnapshot, QueueSnapshot, Snapshot } from '../../trace/snapshot';
import type { Row } from '../cells';
import { columnsOf, unknownColumns } from '../columns';
import type { Command, NodeCall } from '../command';
import { answerWith, othersRows, type ShareCall, type Shares } from '../members';
import { pidOf } from '../pids';
import type { ControlNode, ControlTarget } from '../target';
import { PEEK, peekHere } from './peek';
import { connectionDetails, uncommittedOf } from './details';
import { EXCLUSIVE_CONSUMERS, exclusiveConsumers, queueRows, queuesAskedFor } from './queue-rows';

interface Listing {
  readonly name: string;
  /** Columns that RabbitMQ 3.10 accepts. */
  readonly columns: string;
  readonly defaults: string;
  /** All columns, if they come in this order, however they are asked for. */
  readonly order?: string;
  readonly usage: string;
  readonly description: string;
  readonly banner: Command['banner'];
  readonly switches?: Command['switches'];
  /** Of one vhost; `list_connections` and `list_channels` go through all of them. */
  readonly rows: (snapshot: Snapshot, call: ShareCall) => readonly Row[];
  readonly everyVhost?: true;
  /** What it shows besides the rows of this node; default: nothing, as all members know the same. */
  readonly gather?: (call: NodeCall, own: readonly Row[]) => Promise<readonly Row[]>;
}

/** What other members have of it. */
function everywhere(listing: string): Listing['gather'] {
  return async ({ node, vhost, args }, own) => [...own, ...(await othersRows(node, { listing, vhost, args }))];
}

const LISTINGS: readonly Listing[] = [
  {
    name: 'list_bindings',
    columns: 'arguments destination_kind destination_name routing_key source_kind source_name',
    defaults: 'source_name source_kind destination_name destination_kind routing_key arguments',
    usage: '[--vhost <vhost>] [--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists the bindings of a virtual host',
    banner: ({ vhost }) => `Listing bindings for vhost ${vhost}...`,
    rows: bindingRows,
  },
  {
    name: 'list_channels',
    columns:
      'acks_uncommitted confirm connection consumer_count global_prefetch_count messages_unacknowledged messages_uncommitted ' +
      'messages_unconfirmed name number pid prefetch_count transactional user vhost',
    defaults: 'pid user consumer_count messages_unacknowledged',
    usage: '[--no-table-headers] [<column> ...]',
    description: 'Lists the channels of the node',
    banner: () => 'Listing channels ...',
    rows: channelRows,
    everyVhost: true,
    gather: everywhere('list_channels'),
  },
  {
    name: 'list_connections',
    columns:
      'auth_mechanism channel_max channels client_properties connected_at frame_max host name peer_cert_issuer ' +
      'peer_cert_subject peer_cert_validity peer_host peer_port pid port protocol recv_cnt recv_oct send_cnt ' +
      'send_oct send_pend ssl ssl_cipher ssl_hash ssl_key_exchange ssl_protocol state timeout user vhost',
    defaults: 'user peer_host peer_port state',
    usage: '[--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists the connections of the node',
    banner: () => 'Listing connections ...',
    rows: connectionRows,
    everyVhost: true,
    gather: everywhere('list_connections'),
  },
  {
    name: 'list_consumers',
    columns: 'ack_required active activity_status arguments channel_pid consumer_tag prefetch_count queue_name',
    defaults: 'queue_name channel_pid consumer_tag ack_required prefetch_count active arguments',
    order: 'queue_name channel_pid consumer_tag ack_required prefetch_count active activity_status arguments',
    usage: '[--vhost <vhost>] [--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists the consumers of a virtual host',
    banner: ({ vhost }) => `Listing consumers in vhost ${vhost} ...`,
    rows: consumerRows,
    gather: everywhere('list_consumers'),
  },
  {
    name: 'list_exchanges',
    columns: 'arguments auto_delete durable internal name policy type',
    defaults: 'name type',
    usage: '[--vhost <vhost>] [--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists the exchanges of a virtual host',
    banner: ({ vhost }) => `Listing exchanges for vhost ${vhost} ...`,
    rows: exchangeRows,
  },
  {
    name: 'list_queues',
    columns:
      'arguments auto_delete consumer_capacity consumer_utilisation consumers disk_reads disk_writes durable exclusive ' +
      'exclusive_consumer_pid exclusive_consumer_tag head_message_timestamp leader members memory message_bytes ' +
      'message_bytes_persistent message_bytes_ram message_bytes_ready message_bytes_unacknowledged messages ' +
      'messages_persistent messages_ram messages_ready messages_ready_ram messages_unacknowledged ' +
      'messages_unacknowledged_ram name online owner_pid pid policy slave_pids state synchronised_slave_pids type',
    defaults: 'name messages',
    usage: '[--vhost <vhost>] [--online] [--offline] [--local] [--no-table-headers] [<column>, ...] [--timeout <timeout>]',
    description: 'Lists the queues of a virtual host',
    switches: { online: { type: 'flag' }, offline: { type: 'flag' }, local: { type: 'flag' } },
    banner: ({ vhost, options: { timeout = 60 } }) =>
      `Timeout: ${timeout.toFixed(1)} seconds ...\nListing queues for vhost ${vhost} ...`,
    rows: queueRows,
    gather: queuesAskedFor,
  },
];

function commandOf({ name, columns, defaults, order, everyVhost, rows, gather, ...rest }: Listing): Command {
  return {
    name,
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Monitoring, observability and health checks',
    args: [0, Number.POSITIVE_INFINITY],
    table: true,
    check: unknownColumns(columns.split(' ')),
    run: async (call) => {
      const own = rowsHere({ rows, everyVhost }, call);
      return {
        kind: 'rows',
        columns: inOrder(columnsOf(call.args, defaults.split(' ')), order),
        rows: gather === undefined ? own : await gather(call, own),
      };
    },
    ...rest,
  };
}

function inOrder(columns: readonly string[], order: string | undefined): readonly string[] {
  return order === undefined ? columns : order.split(' ').filter((column) => columns.includes(column));
}

function rowsHere({ rows, everyVhost }: Pick<Listing, 'rows' | 'everyVhost'>, call: ShareCall): readonly Row[] {
  const { broker, target, vhost } = call;
  const vhosts = broker.listVhosts().filter((other) => everyVhost || other === vhost);
  return vhosts.flatMap((other) => rows(broker.snapshot(other, target.now()), call));
}

export const LISTING_COMMANDS: readonly Command[] = LISTINGS.map(commandOf);

const SHARED: ReadonlyArray<Pick<Listing, 'name' | 'rows' | 'everyVhost'>> = [
  ...LISTINGS.filter(({ gather }) => gather !== undefined),
  { name: EXCLUSIVE_CONSUMERS, rows: exclusiveConsumers },
];

const SHARES: Shares = {
  ...Object.fromEntries(SHARED.map((listing) => [listing.name, (call: ShareCall) => rowsHere(listing, call)])),
  [PEEK.name]: peekHere,
};

/** What a node answers to the tools' side of another member: see `ClusterControl.ask`. */
export function answerMember(node: ControlNode, target: Pick<ControlTarget, 'now'>, question: string): string {
  return answerWith(SHARES, node, target, question);
}

function pid({ broker, node }: ShareCall, kind: 'connection' | 'channel', name: string): { readonly pid: string } {
  return { pid: pidOf(broker, node.nodename, kind, name) };
}

/** As RabbitMQ names a channel. */
function channelName(connection: string, channel: number): string {
  return `${connection} (${channel})`;
}

/** Every queue is bound to the default exchange by its name; these bindings cannot be changed and stand nowhere else. */
function bindingRows({ bindings, queues }: Snapshot): Row[] {
  const defaults = queues.map(({ name }) => ({ source: '', destination: name, toQueue: true, routingKey: name, arguments: {} }));
  return [...defaults, ...bindings].map(({ source, destination, toQueue, routingKey, arguments: table }) => ({
    source_name: source,
    source_kind: 'exchange',
    destination_name: destination,
    destination_kind: toQueue ? 'queue' : 'exchange',
    routing_key: routingKey,
    arguments: { table },
  }));
}

function exchangeRows({ exchanges }: Snapshot, { broker, vhost }: ShareCall): Row[] {
  return exchanges.map(({ name, kind, durable, autoDelete, internal, arguments: table = {} }) => ({
    name,
    type: { atom: kind },
    durable,
    auto_delete: autoDelete,
    internal,
    arguments: { table },
    policy: broker.effectivePolicy(vhost, 'exchange', name)?.policy ?? '',
  }));
}

function connectionRows({ connections, vhost }: Snapshot, call: ShareCall): Row[] {
  const details = connectionDetails(call);
  return connections.map((one) => ({ ...connectionRow(one, call), ...details.get(one.connection), vhost }));
}

/** `127.0.0.1:49152 -> 127.0.0.1:5672` */
const CONNECTION_NAME = /^(.*):(\d+) -> (.*):(\d+)$/;

function connectionRow({ connection, user, state, channels }: ConnectionSnapshot, call: ShareCall): Row {
  const [, peerHost = '', peerPort = '', host = '', port = ''] = CONNECTION_NAME.exec(connection) ?? [];
  return {
    pid: pid(call, 'connection', connection),
    name: connection,
    peer_host: { address: peerHost },
    peer_port: Number(peerPort),
    host: { address: host },
    port: Number(port),
    user,
    protocol: { term: '{0,9,1}', json: [0, 9, 1] },
    channels: channels.length,
    state: { atom: state },
  };
}

function channelRows({ connections, consumers, vhost }: Snapshot, call: ShareCall): Row[] {
  const uncommitted = uncommittedOf(call);
  return connections.flatMap(({ connection, user, channels }) =>
    channels.map((channel) => {
      const own = consumers.filter((other) => other.connection === connection && other.channel === channel.channel);
      const row = { ...channelRow(connection, channel, call), ...uncommitted(connection, channel.channel) };
      return { ...row, user, vhost, consumer_count: own.length };
    }),
  );
}

function channelRow(connection: string, channel: ChannelSnapshot, call: ShareCall): Row {
  const name = channelName(connection, channel.channel);
  return {
    pid: pid(call, 'channel', name),
    connection: pid(call, 'connection', connection),
    name,
    number: channel.channel,
    transactional: channel.tx,
    confirm: channel.confirm,
    messages_unacknowledged: channel.unacked,
    messages_unconfirmed: channel.unconfirmed,
    prefetch_count: channel.prefetch,
    global_prefetch_count: channel.globalPrefetch,
  };
}

function consumerRows({ consumers, queues }: Snapshot, call: ShareCall): Row[] {
  return consumers.map((consumer) => {
    const { queue, connection, channel, consumerTag, noAck, prefetch, active, arguments: table = {} } = consumer;
    return {
      queue_name: queue,
      channel_pid: pid(call, 'channel', channelName(connection, channel)),
      consumer_tag: consumerTag,
      ack_required: !noAck,
      prefetch_count: prefetch,
      active,
      activity_status: activity(consumer, queues),
      arguments: { table },
    };
  });
}

function activity({ queue, active }: ConsumerSnapshot, queues: readonly QueueSnapshot[]): string {
  const single = queues.find(({ name }) => name === queue)?.arguments['x-single-active-consumer'] === true;
  return single ? (active ? 'single_active' : 'waiting') : 'up';
}
