/**
 * A message as consumers of a quorum queue get it: with the number of times that it came back, whatever its publisher wrote
 * there, and its headers sorted by name, as RabbitMQ leaves them.
 */
import { FRAME_OVERHEAD } from '../../../amqp/constants';
import { encodeTable, field, type FieldTable } from '../../../amqp/field-table';
import { FLAG, HEADER_FIXED_SIZE } from '../../../amqp/properties';
import { Message } from '../../../broker/message';
import type { Traits } from '../../../broker/traits';
import { copyOctets } from '../../../world/copy-octets';

const HEADER = 'x-delivery-count';
/** Properties that stand before the headers, the headers themselves, and the mark of a second word of flags. */
const NOT_BEHIND = (1 << 15) | (1 << 14) | FLAG.headers | 1;
/** Octets of the frame before its payload. */
const FRAME_HEAD = FRAME_OVERHEAD - 1;
/** The count in the encoded table of a message that has no other header: the last octets of it. */
const COUNT_SIZE = 8;
const FIRST = tableOf(0);
const FIRST_ENCODED = encodeTable(FIRST);

export function withDeliveryCount(message: Message, returns: number): Message {
  const flags = message.content.readUInt16BE(message.at + FRAME_HEAD + HEADER_FIXED_SIZE - 2);
  if ((flags & NOT_BEHIND) === 0) return inserted(message, flags, returns);
  const properties = message.properties();
  const counted = new Map(properties.headers).set(HEADER, field.long(returns));
  const headers: FieldTable = new Map([...counted].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return message.readdressed(message.destination, { ...properties, headers }, { ...message.traits, headers });
}

/** Most messages have no headers: then the table goes in front of the other properties, and nothing is decoded. */
function inserted({ content, at, size, destination, traits, id }: Message, flags: number, returns: number): Message {
  const more = FIRST_ENCODED.length;
  const start = room(size + more);
  const bytes = slab;
  const fixed = start + FRAME_HEAD + HEADER_FIXED_SIZE;
  copyOctets(content, at, bytes, start, fixed - start);
  bytes.writeUInt32BE(bytes.readUInt32BE(start + 3) + more, start + 3);
  bytes.writeUInt16BE(flags | FLAG.headers, fixed - 2);
  copyOctets(FIRST_ENCODED, 0, bytes, fixed, more);
  if (returns > 0) bytes.writeBigInt64BE(BigInt(returns), fixed + more - COUNT_SIZE);
  const behind = at + fixed - start;
  copyOctets(content, behind, bytes, fixed + more, at + size - behind);
  return new Message(bytes, start, size + more, destination, countedTraits(traits, returns), id);
}

const SLAB_SIZE = 65536;
/** Small messages share buffers. */
let slab = Buffer.alloc(0);
let slabUsed = 0;

/** Where `size` octets may be written in `slab`. */
function room(size: number): number {
  if (slabUsed + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(size, SLAB_SIZE));
    slabUsed = 0;
  }
  slabUsed += size;
  return slabUsed - size;
}

/** Those of the traits that many messages share, on their first delivery. */
const firstTraits = new WeakMap<Traits, Traits>();

function countedTraits(traits: Traits, returns: number): Traits {
  if (returns > 0) return { ...traits, headers: tableOf(returns) };
  let known = firstTraits.get(traits);
  if (known === undefined) {
    known = { ...traits, headers: FIRST };
    firstTraits.set(traits, known);
  }
  return known;
}

function tableOf(returns: number): FieldTable {
  return new Map([[HEADER, field.long(returns)]]);
}
