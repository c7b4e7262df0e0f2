/**
 * Wire records joined to what a person thinks of: a message published and its confirm, a message delivered and its settlement.
 */
import type { WireContent, WireRecord } from './wire-record';

export interface Publish {
  readonly record: WireRecord;
  readonly program: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly mandatory: boolean;
  readonly persistent: boolean;
  /** Its number on a channel in confirm mode, from 1; 0 elsewhere. */
  readonly sequence: number;
  /** What the program was told: the record, if it arrived. */
  readonly confirmed: WireRecord | null;
  readonly refused: WireRecord | null;
  readonly returned: WireRecord | null;
}

export interface Delivery {
  readonly record: WireRecord;
  readonly program: string;
  /** Empty for a delivery to a consumer that nobody saw begin. */
  readonly queue: string;
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  readonly tag: number;
  /** The consumer acknowledges nothing (noAck): settled by being sent. */
  readonly automatic: boolean;
  /** The record that settled it, and how; null while it was not. */
  readonly settled: { readonly record: WireRecord; readonly how: 'ack' | 'requeue' | 'discard' } | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ChannelState {
  confirming: boolean;
  sequence: number;
  readonly unconfirmed: Map<number, Mutable<Publish>>;
  readonly unsettled: Map<number, Mutable<Delivery>>;
  readonly published: Mutable<Publish>[];
  /** Queue and mode of each consumer, by its tag. */
  readonly consumers: Map<string, { queue: string; automatic: boolean }>;
  /** Answers come in the order of the questions. */
  readonly asked: { queue: string; automatic: boolean }[];
  readonly got: { queue: string; automatic: boolean }[];
}

/** Number fields of the codec may be bigint (delivery tags are 64 bits). */
const number = (value: unknown): number => Number(value);

export function publishesOf(records: readonly WireRecord[]): Publish[] {
  const { publishes } = join(records);
  return publishes;
}

export function deliveriesOf(records: readonly WireRecord[]): Delivery[] {
  const { deliveries } = join(records);
  return deliveries;
}

function join(records: readonly WireRecord[]): { publishes: Publish[]; deliveries: Delivery[] } {
  const publishes: Publish[] = [];
  const deliveries: Delivery[] = [];
  const channels = new Map<string, ChannelState>();
  for (const record of records) {
    const key = `${record.connection} ${record.channel}`;
    if (record.method === 'channel.open') channels.delete(key);
    let channel = channels.get(key);
    if (channel === undefined) {
      channel = newChannel();
      channels.set(key, channel);
    }
    STEPS[record.method]?.(channel, record, publishes, deliveries);
  }
  return { publishes, deliveries };
}

function newChannel(): ChannelState {
  return {
    confirming: false,
    sequence: 0,
    unconfirmed: new Map(),
    unsettled: new Map(),
    published: [],
    consumers: new Map(),
    asked: [],
    got: [],
  };
}

type Step = (channel: ChannelState, record: WireRecord, publishes: Publish[], deliveries: Delivery[]) => void;

/** What each method means for its channel. */
const STEPS: Readonly<Record<string, Step>> = {
  'confirm.select': (channel) => {
    channel.confirming = true;
  },
  'basic.publish': (channel, record, publishes) => {
    const { exchange, routingKey, mandatory } = record.args as { exchange: string; routingKey: string; mandatory: boolean };
    const { properties, body } = record.content as WireContent;
    const sequence = channel.confirming ? ++channel.sequence : 0;
    const publish: Mutable<Publish> = {
      record,
      program: record.program,
      exchange,
      routingKey,
      body: body.toString(),
      properties,
      mandatory,
      persistent: properties.deliveryMode === 2,
      sequence,
      confirmed: null,
      refused: null,
      returned: null,
    };
    if (sequence > 0) channel.unconfirmed.set(sequence, publish);
    channel.published.push(publish);
    publishes.push(publish);
  },
  'basic.return': (channel, record) => {
    const { body } = record.content as WireContent;
    const { exchange, routingKey } = record.args;
    const returned = channel.published.find(
      (each) =>
        each.returned === null && each.exchange === exchange && each.routingKey === routingKey && each.body === body.toString(),
    );
    if (returned !== undefined && !record.cut) returned.returned = record;
  },
  'basic.consume': (channel, { args }) => {
    channel.asked.push({ queue: args.queue as string, automatic: args.noAck as boolean });
  },
  'basic.consume-ok': (channel, { args }) => {
    const consumer = channel.asked.shift();
    if (consumer !== undefined) channel.consumers.set(args.consumerTag as string, consumer);
  },
  'basic.deliver': (channel, record, _publishes, deliveries) => {
    const consumer = channel.consumers.get(record.args.consumerTag as string);
    deliver(channel, record, consumer ?? { queue: '', automatic: false }, deliveries);
  },
  'basic.get': (channel, { args }) => {
    channel.got.push({ queue: args.queue as string, automatic: args.noAck as boolean });
  },
  'basic.get-empty': (channel) => {
    channel.got.shift();
  },
  'basic.get-ok': (channel, record, _publishes, deliveries) => {
    deliver(channel, record, channel.got.shift() ?? { queue: '', automatic: false }, deliveries);
  },
  // Both directions: the broker confirms with it, a consumer settles with it.
  'basic.ack': (channel, record) => {
    if (record.cut) return;
    if (record.from === 'program') settle(channel, record, 'ack');
    else for (const publish of covered(channel.unconfirmed, record)) publish.confirmed = record;
  },
  'basic.nack': (channel, record) => {
    if (record.cut) return;
    if (record.from === 'program') settle(channel, record, record.args.requeue === true ? 'requeue' : 'discard');
    else for (const publish of covered(channel.unconfirmed, record)) publish.refused = record;
  },
  'basic.reject': (channel, record) => {
    if (!record.cut) settle(channel, record, record.args.requeue === true ? 'requeue' : 'discard');
  },
};

function deliver(
  channel: ChannelState,
  record: WireRecord,
  { queue, automatic }: { queue: string; automatic: boolean },
  deliveries: Delivery[],
): void {
  const { properties, body } = record.content as WireContent;
  const tag = number(record.args.deliveryTag);
  const delivery: Mutable<Delivery> = {
    record,
    program: record.program,
    queue,
    body: body.toString(),
    properties,
    redelivered: record.args.redelivered as boolean,
    tag,
    automatic,
    settled: null,
  };
  if (!automatic) channel.unsettled.set(tag, delivery);
  deliveries.push(delivery);
}

function settle(channel: ChannelState, record: WireRecord, how: 'ack' | 'requeue' | 'discard'): void {
  for (const delivery of covered(channel.unsettled, record)) delivery.settled = { record, how };
}

/** Takes out what a tag covers: itself, with `multiple` all up to it, all if it is 0 then. */
function covered<T>(open: Map<number, T>, { args }: WireRecord): T[] {
  const tag = number(args.deliveryTag);
  const keys = args.multiple === true ? [...open.keys()].filter((each) => tag === 0 || each <= tag) : [tag];
  return keys.flatMap((key) => {
    const found = open.get(key);
    open.delete(key);
    return found === undefined ? [] : [found];
  });
}
