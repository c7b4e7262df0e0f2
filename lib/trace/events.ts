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
      reason: 'deleted' | 'expired' | 'auto-delete' | 'exclusive';
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

/** Faults and steps that the lab itself caused; pictures mark them. */
export type LabEvent =
  | { type: 'fault'; fault: string; target: string }
  | { type: 'healed'; fault: string; target: string }
  | { type: 'command'; line: string; exitCode: number }
  | { type: 'note'; text: string };

export type EventBody = WireEvent | BrokerEvent | LabEvent;
export type TraceEvent = EventBase & EventBody;
export type EventType = EventBody['type'];

/** `EventOf<'publish'>` is the event with that type. */
export type EventOf<T extends EventType> = EventBase & Extract<EventBody, { type: T }>;
