/**
 * The typed events of everything that happens (DESIGN I7). Diagrams, graders, tests and history checkers read this one
 * stream. This file imports nothing.
 *
 * Two strata: *wire* events can be had in front of any broker (the lab's relay decodes them before a real RabbitMQ, the
 * embedded engine emits the same ones); *broker* events only our engine knows.
 *
 * `message` is the identity of one published message inside one trace: every event about that message, in whatever
 * queue, carries the same number. 0 means unknown (published before anybody listened). `label` is what a picture calls
 * the message: its message-id property, else its first printable body bytes, else `#<message>`.
 */
export interface EventBase {
  /** Dense, increasing over all nodes of a lab. */
  readonly seq: number;
  /** Lab time, milliseconds since the lab started. */
  readonly at: number;
  readonly node: string;
}

export interface MessageRef {
  readonly message: number;
  readonly label: string;
}

/** Where on a node a wire event happened. Connection names are those of the node, e.g. `127.0.0.1:49152 -> 127.0.0.1:5672`. */
export interface ChannelRef {
  readonly connection: string;
  readonly channel: number;
}

export type ConfirmOutcome = 'ack' | 'nack';
export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** Events that are visible on the wire, in front of any broker. */
export type WireEvent =
  | { type: 'connection.opened'; connection: string; name: string; user: string; vhost: string; product: string }
  /** Closed by the server, with a reason, before it was open; `user` and `vhost` as the client asked for them, else ''. */
  | { type: 'connection.refused'; connection: string; name: string; user: string; vhost: string; code: number; text: string }
  | { type: 'connection.closed'; connection: string; by: 'client' | 'server' | 'network'; code: number; text: string }
  | { type: 'connection.blocked'; connection: string; reason: string }
  | { type: 'connection.unblocked'; connection: string }
  | ({ type: 'channel.opened' } & ChannelRef)
  | ({ type: 'channel.closed'; by: 'client' | 'server'; code: number; text: string } & ChannelRef)
  | ({
      type: 'publish';
      exchange: string;
      routingKey: string;
      mandatory: boolean;
      persistent: boolean;
      bodyBytes: number;
      publishSeq: number;
    } & ChannelRef &
      MessageRef)
  | ({ type: 'return'; exchange: string; routingKey: string; code: number; text: string } & ChannelRef & MessageRef)
  | ({ type: 'confirm'; outcome: ConfirmOutcome; publishSeq: number; multiple: boolean } & ChannelRef)
  | ({
      type: 'deliver';
      consumerTag: string;
      deliveryTag: number;
      redelivered: boolean;
      queue: string;
      exchange: string;
      routingKey: string;
      bodyBytes: number;
    } & ChannelRef &
      MessageRef)
  | ({ type: 'get'; queue: string; deliveryTag: number; redelivered: boolean } & ChannelRef & MessageRef)
  | ({ type: 'ack'; deliveryTag: number; multiple: boolean } & ChannelRef)
  | ({ type: 'reject'; deliveryTag: number; multiple: boolean; requeue: boolean } & ChannelRef)
  | ({
      type: 'consumer.added';
      consumerTag: string;
      queue: string;
      noAck: boolean;
      exclusive: boolean;
      priority: number;
      prefetch: number;
    } & ChannelRef)
  | ({ type: 'consumer.cancelled'; consumerTag: string; queue: string; by: 'client' | 'server' } & ChannelRef);

/** Events that only the engine knows. */
export type BrokerEvent =
  | { type: 'node.started' }
  | { type: 'node.stopped' }
  | { type: 'node.killed' }
  | { type: 'node.paused' }
  | { type: 'node.resumed' }
  | { type: 'vhost.added'; vhost: string }
  | { type: 'vhost.deleted'; vhost: string }
  | { type: 'exchange.declared'; vhost: string; exchange: string; kind: string }
  | { type: 'exchange.deleted'; vhost: string; exchange: string }
  | { type: 'queue.declared'; vhost: string; queue: string; durable: boolean; exclusive: boolean; autoDelete: boolean }
  | {
      type: 'queue.deleted';
      vhost: string;
      queue: string;
      reason: 'deleted' | 'expired' | 'auto-delete' | 'exclusive' | 'node-down';
      messages: number;
    }
  | { type: 'queue.purged'; vhost: string; queue: string; messages: number }
  | { type: 'binding.added'; vhost: string; source: string; destination: string; toQueue: boolean; routingKey: string }
  | { type: 'binding.removed'; vhost: string; source: string; destination: string; toQueue: boolean; routingKey: string }
  | ({ type: 'routed'; vhost: string; exchange: string; routingKey: string; queues: readonly string[] } & MessageRef)
  | ({ type: 'enqueued'; vhost: string; queue: string; depth: number } & MessageRef)
  | ({ type: 'settled'; vhost: string; queue: string } & MessageRef)
  | ({ type: 'requeued'; vhost: string; queue: string } & MessageRef)
  | ({
      type: 'dead-lettered';
      vhost: string;
      queue: string;
      reason: DeathReason;
      exchange: string;
      routingKey: string;
    } & MessageRef)
  | ({ type: 'dropped'; vhost: string; queue: string; reason: DeathReason | 'cycle' | 'unroutable' } & MessageRef);

/** Why messages are gone that nobody consumed, purged or let expire. */
export type LossReason =
  /** A copy that had fewer messages took the place of the one that had them. */
  | 'promotion'
  /** They were in memory only, or the disk did not keep them. */
  | 'restart'
  /** The node that had them is gone for good: forgotten, or its disk lost. */
  | 'node-lost'
  /** Their node was on the losing side of a partition and took over what the others have. */
  | 'partition';

/**
 * What happens between the nodes of a cluster. Nodes are called as in `EventBase.node`; in each event `node` is the one that
 * tells it, which is said where it matters.
 */
export type ClusterEvent =
  /** `node` joined: `members` are all nodes of its cluster now, itself among them. */
  | { type: 'node.joined'; kind: 'disc' | 'ram'; members: readonly string[] }
  /** `node` left its cluster and is blank again. */
  | { type: 'node.reset'; forced: boolean }
  /** `member` is no member any more; `node` removed it, with `offline` while `node` itself did not run. */
  | { type: 'node.forgotten'; member: string; offline: boolean }
  /** `node` starts and waits until these members run. Ends with its node.started, node.failed, node.stopped or node.killed. */
  | { type: 'node.waiting'; members: readonly string[] }
  /** `node` could not start, or gave up; `text` in RabbitMQ's words. */
  | { type: 'node.failed'; text: string }
  /** `node` has no link to `peer` any more: it ended, or nothing was heard for too long. Each side tells it of its own. */
  | { type: 'link.down'; peer: string }
  | { type: 'link.up'; peer: string }
  /** `node` saw these members go and come back while it ran itself: all of them, each time one is added. */
  | { type: 'partition.seen'; peers: readonly string[] }
  /** `node` is in agreement with its cluster again. */
  | { type: 'partition.healed' }
  /** `node` stopped its application since it sees half of the members or fewer (pause_minority). */
  | { type: 'minority.paused' }
  | { type: 'minority.resumed' }
  /** `node` decided for all (autoheal): the losers restart and take over what the winners have. */
  | { type: 'autoheal'; winners: readonly string[]; losers: readonly string[] }
  /** A copy on the node `mirror` began; told by the home. `synchronised`: it lacks nothing, so the queue was empty. */
  | { type: 'mirror.added'; vhost: string; queue: string; mirror: string; synchronised: boolean }
  /** The copy on `mirror` has everything now; `messages` were copied for that, 0 if it got there by the old ones' leaving. */
  | { type: 'mirror.synchronised'; vhost: string; queue: string; mirror: string; messages: number }
  | { type: 'mirror.dropped'; vhost: string; queue: string; mirror: string; reason: 'node-down' | 'policy' }
  /** `node` is the queue's home now, `from` was it. `lost` counts messages that only `from` had; null where nobody can know. */
  | { type: 'queue.promoted'; vhost: string; queue: string; from: string; synchronised: boolean; lost: number | null }
  /** `node` leads the quorum queue from now on. */
  | { type: 'raft.elected'; vhost: string; queue: string; term: number }
  /** Messages died in a failure: `count` of them, of which `messages` names the first, oldest first, at most 100. */
  | {
      type: 'messages.lost';
      vhost: string;
      queue: string;
      reason: LossReason;
      count: number;
      messages: readonly MessageRef[];
    }
  /** `node` sent the message to node `to`: a publish to the queue's home, or a delivery from there to the consumer's node. */
  | ({ type: 'forwarded'; vhost: string; queue: string; to: string } & MessageRef)
  /** `to` has a copy of the message and has told the queue's home, `node`, so. */
  | ({ type: 'replicated'; vhost: string; queue: string; to: string } & MessageRef);

/** Faults and steps that the lab itself caused; pictures mark them. */
export type LabEvent =
  | { type: 'fault'; fault: string; target: string }
  | { type: 'healed'; fault: string; target: string }
  /** It is over; `typed`: lab time at which it began, absent where that is not known. */
  | { type: 'command'; line: string; exitCode: number; typed?: number }
  | { type: 'note'; text: string };

export type EventBody = WireEvent | BrokerEvent | ClusterEvent | LabEvent;
export type TraceEvent = EventBase & EventBody;
export type EventType = EventBody['type'];

/** `EventOf<'publish'>` is the event with that type. */
export type EventOf<T extends EventType> = EventBase & Extract<EventBody, { type: T }>;
