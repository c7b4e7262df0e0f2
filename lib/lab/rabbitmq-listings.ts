/**
 * A snapshot of a real RabbitMQ: one expression asks the node for everything that list_exchanges, list_queues and the
 * others would tell (six commands of 0.3 s CPU each otherwise, and six different moments), and this file says what the
 * answers mean.
 */
import type {
  ChannelSnapshot,
  ConnectionSnapshot,
  ConsumerSnapshot,
  MirrorSnapshot,
  NodeSnapshot,
  QueueSnapshot,
  Snapshot,
} from '../trace/snapshot';
import type { WireKnowledge } from './engine';

type Table = Readonly<Record<string, unknown>>;

/** What RabbitMQ's info functions say, by their own names; the answers of the management API are brought into this shape. */
export interface Listings {
  readonly exchanges: readonly {
    readonly name: string;
    readonly type: string;
    readonly durable: boolean;
    readonly auto_delete: boolean;
    readonly internal: boolean;
    readonly arguments: Table;
  }[];
  readonly queues: readonly {
    readonly name: string;
    readonly type: string;
    /** `<rabbit1@localhost.1.2.3>`; for replicated queues the leader's. */
    readonly pid: string;
    readonly durable: boolean;
    readonly auto_delete: boolean;
    readonly exclusive: boolean;
    readonly arguments: Table;
    /** This and the next two: '' of a queue that is down. */
    readonly messages_ready: number | string;
    readonly messages_unacknowledged: number | string;
    readonly consumers: number | string;
    /** Mirrors in the order in which they joined; a list only if the queue is mirrored. */
    readonly slave_pids: readonly string[] | string;
    readonly synchronised_slave_pids?: readonly string[] | string;
    readonly exclusive_consumer_tag: string;
    readonly state?: string;
    /** Of a quorum queue: nodes. */
    readonly members?: readonly string[] | string;
    readonly online?: readonly string[] | string;
    readonly leader?: string;
  }[];
  /**
   * Messages of quorum queues as their leaders count them now: the listing of queues is up to five seconds old there. A queue
   * whose leader does not answer is missing; absent where the answers come from the management API.
   */
  readonly quorums?: readonly (readonly [name: string, ready: number, unacked: number])[];
  /** The cluster of the node that was asked; absent where the answers come from the management API. */
  readonly cluster?: {
    readonly all: readonly string[];
    readonly disc: readonly string[];
    readonly partitions: readonly (readonly [node: string, from: readonly string[]])[];
  };
  readonly bindings: readonly {
    readonly source_name: string;
    readonly destination_name: string;
    readonly destination_kind: string;
    readonly routing_key: string;
    readonly arguments: Table;
  }[];
  readonly consumers: readonly {
    readonly queue_name: string;
    readonly channel_pid: string;
    readonly consumer_tag: string;
    readonly ack_required: boolean;
    readonly prefetch_count: number;
    readonly active: boolean;
    readonly arguments: Table;
  }[];
  readonly connections: readonly {
    readonly pid: string;
    readonly node: string;
    readonly name: string;
    readonly user: string;
    readonly vhost: string;
    readonly state: string;
    readonly client_properties: Table;
  }[];
  readonly channels: readonly {
    readonly pid: string;
    readonly connection: string;
    readonly number: number;
    readonly prefetch_count: number;
    readonly global_prefetch_count: number;
    readonly confirm: boolean;
    readonly transactional: boolean;
    readonly messages_unacknowledged: number;
    readonly messages_unconfirmed: number;
  }[];
}

/** To be evaluated by a node. Base64 both ways: names may hold any character, and Erlang prints binaries in many ways. */
export function listingsExpression(vhost: string): string {
  return `
    Vhost = base64:decode(<<"${Buffer.from(vhost).toString('base64')}">>),
    Plain = fun (true) -> true;
                (false) -> false;
                (Pid) when is_pid(Pid) -> list_to_binary(rabbit_misc:pid_to_string(Pid));
                ({resource, _, _, Name}) -> Name;
                (Atom) when is_atom(Atom) -> atom_to_binary(Atom);
                (Other) -> Other
            end,
    Cell = fun ({client_properties, none}) -> {client_properties, #{}}; % of a connection that still says hello
               ({Key, Table}) when Key =:= arguments; Key =:= client_properties -> {Key, rabbit_misc:amqp_table(Table)};
               ({Key, List}) when is_list(List) -> {Key, [Plain(Item) || Item <- List]};
               ({Key, Value}) -> {Key, Plain(Value)}
           end,
    Asked = fun (Queue, Question) -> {ok, {_, Number}, _} = ra:local_query(amqqueue:get_pid(Queue), Question, 500), Number end,
    Counted = fun (Queue) ->
                {resource, _, _, Name} = amqqueue:get_name(Queue),
                try [[Name, Asked(Queue, fun rabbit_fifo:query_messages_ready/1),
                      Asked(Queue, fun rabbit_fifo:query_messages_checked_out/1)]]
                catch _:_ -> []
                end
              end,
    Rows = fun (Infos) -> [maps:from_list([Cell(Pair) || Pair <- Info]) || Info <- Infos] end,
    base64:encode(rabbit_json:encode(#{
      exchanges => Rows(rabbit_exchange:info_all(Vhost, [name, type, durable, auto_delete, internal, arguments])),
      queues => Rows(rabbit_amqqueue:info_all(Vhost, [name, type, pid, durable, auto_delete, exclusive, arguments,
        messages_ready, messages_unacknowledged, consumers, slave_pids, synchronised_slave_pids, exclusive_consumer_tag, state,
        members, online, leader])),
      quorums => [Counts || Queue <- rabbit_amqqueue:list(Vhost), amqqueue:is_quorum(Queue), Counts <- Counted(Queue)],
      cluster => #{all => rabbit_mnesia:cluster_nodes(all), disc => rabbit_mnesia:cluster_nodes(disc),
        partitions => [tuple_to_list(Pair) || Pair <- rabbit_node_monitor:partitions(rabbit_mnesia:cluster_nodes(running))]},
      bindings => Rows(rabbit_binding:info_all(Vhost)),
      consumers => Rows(rabbit_amqqueue:consumers_all(Vhost)),
      connections => Rows(rabbit_networking:connection_info_all([pid, node, name, user, vhost, state, client_properties])),
      channels => Rows(rabbit_channel:info_all([pid, connection, number, prefetch_count, global_prefetch_count, confirm,
        transactional, messages_unacknowledged, messages_unconfirmed]))
    })).`;
}

/** Reads the value of {@link listingsExpression}, as Erlang writes it. */
export function readListings(printed: string): Listings {
  return JSON.parse(Buffer.from(printed.replace(/[<>"\s]/g, ''), 'base64').toString('utf8')) as Listings;
}

export interface SnapshotFrame {
  readonly at: number;
  readonly vhost: string;
  readonly nodes: Snapshot['nodes'];
  readonly wire: WireKnowledge;
  /** The lab's name of a node that RabbitMQ names `rabbit1@localhost`. */
  nodeName(nodename: string): string;
}

export function snapshotOfListings(listings: Listings, frame: SnapshotFrame): Snapshot {
  const connections = listings.connections.filter(({ vhost }) => vhost === frame.vhost);
  const byPid = new Map(connections.map((connection) => [connection.pid, connection]));
  const places = new Map(
    listings.channels.map(({ pid, connection, number }) => [
      pid,
      { connection: byPid.get(connection)?.name ?? '', channel: number },
    ]),
  );
  return {
    at: frame.at,
    vhost: frame.vhost,
    nodes: frame.nodes.map((node) => ({ ...node, ...membershipOf(node.name, listings, frame) })),
    connections: connections.map((connection) => connectionOf(connection, listings, frame)),
    exchanges: listings.exchanges.map(({ name, type, durable, auto_delete, internal, arguments: table }) => {
      return {
        name,
        kind: type,
        durable,
        autoDelete: auto_delete,
        internal,
        alternateExchange: text(table['alternate-exchange']),
      };
    }),
    queues: listings.queues.map((queue) => {
      const counts = listings.quorums?.find(([name]) => name === queue.name);
      return { ...queueOf(queue, frame), ...(counts === undefined ? {} : { ready: counts[1], unacked: counts[2] }) };
    }),
    // The bindings to the default exchange go without saying.
    bindings: listings.bindings
      .filter(({ source_name }) => source_name !== '')
      .map(({ source_name, destination_name, destination_kind, routing_key, arguments: table }) => {
        const toQueue = destination_kind === 'queue';
        return { source: source_name, destination: destination_name, toQueue, routingKey: routing_key, arguments: table };
      }),
    consumers: listings.consumers.map((consumer) => consumerOf(consumer, listings, places.get(consumer.channel_pid), frame.wire)),
  };
}

/** What is known of a node by the cluster of the node that was asked. One that stands alone is a cluster of one. */
function membershipOf(name: string, { cluster }: Listings, frame: SnapshotFrame): Partial<NodeSnapshot> {
  if (cluster === undefined) return {};
  const named = (nodes: readonly string[]): string[] => nodes.map((node) => frame.nodeName(node));
  if (!named(cluster.all).includes(name)) return {};
  const from = cluster.partitions.find(([node]) => frame.nodeName(node) === name)?.[1] ?? [];
  return {
    cluster: named(cluster.all).sort()[0] as string,
    kind: named(cluster.disc).includes(name) ? 'disc' : 'ram',
    ...(from.length > 0 ? { partitionedFrom: named(from) } : {}),
  };
}

function connectionOf(connection: Listings['connections'][number], listings: Listings, frame: SnapshotFrame): ConnectionSnapshot {
  const { pid, name, node, user, state, client_properties: properties } = connection;
  return {
    connection: name,
    name: text(properties.connection_name) ?? text(properties.product) ?? '',
    node: frame.nodeName(node),
    user,
    // RabbitMQ also knows `flow` and the steps of the handshake; to a picture they are running connections.
    state: state === 'blocking' || state === 'blocked' || state === 'closing' ? state : 'running',
    channels: listings.channels
      .filter((channel) => channel.connection === pid)
      .map((channel) => channelOf(channel, name, frame.wire)),
  };
}

function channelOf(channel: Listings['channels'][number], connection: string, wire: WireKnowledge): ChannelSnapshot {
  const facts = wire.channel(connection, channel.number);
  return {
    channel: channel.number,
    prefetch: channel.prefetch_count,
    globalPrefetch: channel.global_prefetch_count,
    confirm: channel.confirm,
    tx: channel.transactional,
    unacked: channel.messages_unacknowledged,
    unconfirmed: channel.messages_unconfirmed,
    published: facts?.published ?? 0,
    publishedTo: facts?.publishedTo ?? [],
  };
}

function queueOf(queue: Listings['queues'][number], frame: SnapshotFrame): QueueSnapshot {
  const { name, type, pid, durable, exclusive, arguments: table } = queue;
  const mirrored = Array.isArray(queue.slave_pids);
  const kind = type === 'quorum' || type === 'stream' ? type : mirrored ? 'mirrored' : 'classic';
  return {
    name,
    kind,
    // The pid of a quorum queue is that of the member on the node that was asked.
    node: frame.nodeName(kind === 'quorum' && queue.leader ? queue.leader : nodeOf(pid)),
    ...(queue.state === 'down' || queue.state === 'minority' || queue.state === 'stopped' ? { state: queue.state } : {}),
    ...(kind === 'mirrored' ? { mirrors: mirrorsOf(queue, frame) } : {}),
    ...(kind === 'quorum' ? membersOf(queue, frame) : {}),
    durable,
    exclusive,
    autoDelete: queue.auto_delete,
    arguments: table,
    ready: Number(queue.messages_ready),
    unacked: Number(queue.messages_unacknowledged),
    consumers: Number(queue.consumers),
    deadLetterExchange: text(table['x-dead-letter-exchange']),
    deadLetterRoutingKey: text(table['x-dead-letter-routing-key']),
  };
}

/** The node in a pid, such as `<rabbit1@localhost.1.2.3>`. */
function nodeOf(pid: string): string {
  return pid.replace(/^</, '').replace(/(\.\d+){3}>$/, '');
}

function mirrorsOf(queue: Listings['queues'][number], frame: SnapshotFrame): MirrorSnapshot[] {
  const synchronised = listOf(queue.synchronised_slave_pids);
  return listOf(queue.slave_pids).map((pid) => ({
    node: frame.nodeName(nodeOf(pid)),
    synchronised: synchronised.includes(pid),
  }));
}

function membersOf(queue: Listings['queues'][number], frame: SnapshotFrame): Pick<QueueSnapshot, 'members' | 'leader'> {
  const online = listOf(queue.online);
  const members = [...listOf(queue.members)].sort();
  return {
    members: members.map((node) => ({ node: frame.nodeName(node), online: online.includes(node) })),
    leader: queue.leader ? frame.nodeName(queue.leader) : null,
  };
}

function listOf(value: readonly string[] | string | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function consumerOf(
  consumer: Listings['consumers'][number],
  listings: Listings,
  place: { connection: string; channel: number } | undefined,
  wire: WireKnowledge,
): ConsumerSnapshot {
  const { queue_name, consumer_tag, ack_required, prefetch_count, active, arguments: table } = consumer;
  const { connection, channel } = place ?? { connection: '', channel: 0 };
  const queue = listings.queues.find(({ name }) => name === queue_name);
  return {
    queue: queue_name,
    consumerTag: consumer_tag,
    connection,
    channel,
    noAck: !ack_required,
    exclusive: queue?.exclusive_consumer_tag === consumer_tag,
    active,
    priority: Number(table['x-priority'] ?? 0),
    prefetch: prefetch_count,
    unacked: wire.channel(connection, channel)?.unackedOf(consumer_tag) ?? 0,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
