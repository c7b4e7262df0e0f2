/**
 * Commands as they stand in the log: the kind (1), the leader's time, then the fields one after another (octets.ts). The time is
 * part of the entry, so that all members let the same messages expire.
 */
import type { Command, CommandOf, CommandType } from './commands';
import { readConfig, writeConfig } from './config';
import { MessageBatch } from './message-batch';
import { OctetReader, OctetWriter } from './octets';

export interface TimedCommand {
  /** Milliseconds since 1970, by the clock of the leader that took the command. */
  readonly time: number;
  readonly command: Command;
}

interface Codec<T extends CommandType> {
  write(out: OctetWriter, command: CommandOf<T>): void;
  read(from: OctetReader): CommandOf<T>;
}

/** Of deliveries or consumers, mostly neighbours: each is written as its distance from the one before. */
function writeNumbers(out: OctetWriter, numbers: readonly number[]): void {
  let before = 0;
  out.list(numbers, numbers.length, (one) => {
    out.signed(one - before);
    before = one;
  });
}

function readNumbers(from: OctetReader): number[] {
  let before = 0;
  return from.list(() => {
    before += from.signed();
    return before;
  });
}

function empty<T extends 'purge' | 'expire'>(type: T) {
  return { write: () => {}, read: () => ({ type }) };
}

function aboutNode<T extends 'nodeDown' | 'nodeUp'>(type: T) {
  return {
    write: (out: OctetWriter, { node }: { readonly node: string }) => out.text(node),
    read: (from: OctetReader) => ({ type, node: from.text() }),
  };
}

function aboutDeliveries<T extends 'settle' | 'return' | 'discard'>(type: T) {
  return {
    write: (
      out: OctetWriter,
      { consumer, deliveries }: { readonly consumer: number; readonly deliveries: readonly number[] },
    ) => {
      out.number(consumer);
      writeNumbers(out, deliveries);
    },
    read: (from: OctetReader) => ({ type, consumer: from.number(), deliveries: readNumbers(from) }),
  };
}

/** A command's place in this table is its number in the log: new ones go to the end. */
const CODECS: { readonly [T in CommandType]: Codec<T> } = {
  enqueue: {
    write: (out, { session, sequence, messages }) => {
      out.number(session);
      out.number(sequence);
      messages.write(out);
    },
    read: (from) => ({
      type: 'enqueue',
      session: from.number(),
      sequence: from.number(),
      messages: MessageBatch.read(from),
    }),
  },
  settle: aboutDeliveries('settle'),
  return: aboutDeliveries('return'),
  discard: aboutDeliveries('discard'),
  requeue: {
    write: (out, { consumer, delivery, message }) => {
      out.number(consumer);
      out.number(delivery);
      message.write(out);
    },
    read: (from) => ({
      type: 'requeue',
      consumer: from.number(),
      delivery: from.number(),
      message: MessageBatch.read(from),
    }),
  },
  open: {
    write: (out, { key, node }) => {
      out.text(key);
      out.text(node);
    },
    read: (from) => ({ type: 'open', key: from.text(), node: from.text() }),
  },
  close: {
    write: (out, { session }) => out.number(session),
    read: (from) => ({ type: 'close', session: from.number() }),
  },
  subscribe: {
    write: (out, { session, tag, credit, priority }) => {
      out.number(session);
      out.text(tag);
      out.number(credit);
      out.signed(priority);
    },
    read: (from) => ({
      type: 'subscribe',
      session: from.number(),
      tag: from.text(),
      credit: from.number(),
      priority: from.signed(),
    }),
  },
  cancel: {
    write: (out, { consumer }) => out.number(consumer),
    read: (from) => ({ type: 'cancel', consumer: from.number() }),
  },
  get: {
    write: (out, { session, tag, noAck }) => {
      out.number(session);
      out.text(tag);
      out.flag(noAck);
    },
    read: (from) => ({ type: 'get', session: from.number(), tag: from.text(), noAck: from.flag() }),
  },
  purge: empty('purge'),
  configure: {
    write: (out, { config }) => writeConfig(out, config),
    read: (from) => ({ type: 'configure', config: readConfig(from) }),
  },
  expire: empty('expire'),
  nodeDown: aboutNode('nodeDown'),
  nodeUp: aboutNode('nodeUp'),
  forgetNodes: {
    write: (out, { nodes }) => out.list(nodes, nodes.length, (node) => out.text(node)),
    read: (from) => ({ type: 'forgetNodes', nodes: from.list(() => from.text()) }),
  },
  collectDead: {
    write: (out, { credit }) => out.number(credit),
    read: (from) => ({ type: 'collectDead', credit: from.number() }),
  },
  settleDead: {
    write: (out, { deliveries }) => writeNumbers(out, deliveries),
    read: (from) => ({ type: 'settleDead', deliveries: readNumbers(from) }),
  },
  leave: {
    write: (out, { consumers }) => writeNumbers(out, consumers),
    read: (from) => ({ type: 'leave', consumers: readNumbers(from) }),
  },
};

const TYPES = Object.keys(CODECS) as CommandType[];
const NUMBER_OF = Object.fromEntries(TYPES.map((type, i) => [type, i])) as Record<CommandType, number>;

/** The kind of a command takes one octet. */
const TIME_AT = 1;
const out = new OctetWriter();

export function encodeCommand<T extends CommandType>(command: CommandOf<T>, time: number): Buffer {
  const { type } = command;
  out.number(NUMBER_OF[type]);
  out.number(Math.floor(time));
  (CODECS[type] as Codec<T>).write(out, command);
  return out.take();
}

/** Shares the messages' octets. Throws RangeError if this is no command. */
export function decodeCommand(bytes: Buffer): TimedCommand {
  const from = new OctetReader(bytes);
  const number = from.number();
  const type = TYPES[number];
  if (type === undefined) throw new RangeError(`no command has the number ${number}`);
  const time = from.number();
  return { time, command: CODECS[type].read(from) };
}

/** The same command, taken at another time. */
export function withTime(bytes: Buffer, time: number): Buffer {
  let behind = TIME_AT;
  while ((bytes[behind] as number) >= 0x80) behind++;
  out.number(bytes[0] as number);
  out.number(Math.floor(time));
  const head = out.take();
  const whole = Buffer.allocUnsafe(head.length + bytes.length - behind - 1);
  head.copy(whole);
  bytes.copy(whole, head.length, behind + 1);
  return whole;
}
