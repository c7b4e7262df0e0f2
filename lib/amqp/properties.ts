/**
 * The content header of basic messages: body size, property flags, the fourteen properties (spec 4.2.6.1).
 * The broker passes headers on as they came and decodes them only when something asks.
 */
import { encodeTable, readTable, readText, textBytes, type FieldTable } from './field-table';
import { AmqpSyntaxError } from './syntax-error';

export interface Properties {
  contentType?: string;
  contentEncoding?: string;
  headers?: FieldTable;
  deliveryMode?: number;
  priority?: number;
  correlationId?: string;
  replyTo?: string;
  expiration?: string;
  messageId?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  type?: string;
  userId?: string;
  appId?: string;
  clusterId?: string;
}

type PropertyType = 'shortstr' | 'table' | 'octet' | 'timestamp';

/** In wire order; the first has flag bit 15, the last bit 2. */
const PROPERTIES: ReadonlyArray<readonly [keyof Properties, PropertyType]> = [
  ['contentType', 'shortstr'],
  ['contentEncoding', 'shortstr'],
  ['headers', 'table'],
  ['deliveryMode', 'octet'],
  ['priority', 'octet'],
  ['correlationId', 'shortstr'],
  ['replyTo', 'shortstr'],
  ['expiration', 'shortstr'],
  ['messageId', 'shortstr'],
  ['timestamp', 'timestamp'],
  ['type', 'shortstr'],
  ['userId', 'shortstr'],
  ['appId', 'shortstr'],
  ['clusterId', 'shortstr'],
];

/** Flag bits of the properties that a broker acts on; the others only travel. */
export const FLAG = {
  headers: 1 << 13,
  deliveryMode: 1 << 12,
  priority: 1 << 11,
  replyTo: 1 << 9,
  expiration: 1 << 8,
  messageId: 1 << 7,
  userId: 1 << 4,
} as const;

/** Octets of a header payload before the property list: class id, weight, body size, flags. */
export const HEADER_FIXED_SIZE = 14;

/** The property list that stands at `at` (behind the flags) and ends at `end`. Throws AmqpSyntaxError. */
export function readProperties(bytes: Buffer, flags: number, at: number, end: number): Properties {
  const properties: Record<string, unknown> = {};
  let o = at;
  if ((flags & 3) !== 0) throw new AmqpSyntaxError('continuation of property flags is not used by class basic');
  for (let i = 0; i < PROPERTIES.length; i++) {
    if ((flags & (0x8000 >> i)) === 0) continue;
    const [name, type] = PROPERTIES[i] as readonly [keyof Properties, PropertyType];
    const next = propertyEnd(type, bytes, o, end);
    properties[name] = readProperty(type, bytes, o, next);
    o = next;
  }
  return properties as Properties;
}

function propertyEnd(type: PropertyType, bytes: Buffer, o: number, end: number): number {
  const fixed = type === 'timestamp' ? 8 : type === 'table' ? 4 : 1;
  if (o + fixed > end) throw new AmqpSyntaxError('content header is cut off');
  const next = type === 'table' ? o + 4 + bytes.readUInt32BE(o) : type === 'shortstr' ? o + 1 + (bytes[o] as number) : o + fixed;
  if (next > end) throw new AmqpSyntaxError('content header is cut off');
  return next;
}

function readProperty(type: PropertyType, bytes: Buffer, o: number, end: number): unknown {
  switch (type) {
    case 'shortstr':
      return readText(bytes, o + 1, end);
    case 'table':
      return readTable(bytes, o, end);
    case 'octet':
      return bytes[o];
    case 'timestamp':
      return bytes.readUInt32BE(o) * 0x100000000 + bytes.readUInt32BE(o + 4);
  }
}

/** The payload of a content header frame. */
export function encodeHeaderPayload(bodySize: number, properties: Properties): Buffer {
  const fixed = Buffer.alloc(HEADER_FIXED_SIZE);
  fixed.writeUInt16BE(60, 0);
  fixed.writeUInt32BE(Math.floor(bodySize / 0x100000000), 4);
  fixed.writeUInt32BE(bodySize % 0x100000000, 8);
  const parts: Buffer[] = [fixed];
  let flags = 0;
  for (let i = 0; i < PROPERTIES.length; i++) {
    const [name, type] = PROPERTIES[i] as readonly [keyof Properties, PropertyType];
    const value = properties[name];
    if (value === undefined) continue;
    flags |= 0x8000 >> i;
    parts.push(encodeProperty(type, value));
  }
  fixed.writeUInt16BE(flags, 12);
  return Buffer.concat(parts);
}

function encodeProperty(type: PropertyType, value: unknown): Buffer {
  if (type === 'table') return encodeTable(value as FieldTable);
  if (type === 'octet') return Buffer.from([value as number]);
  if (type === 'timestamp') {
    const eight = Buffer.alloc(8);
    eight.writeBigUInt64BE(BigInt(value as number));
    return eight;
  }
  const text = textBytes(value as string);
  if (text.length > 255) throw new RangeError(`property of ${text.length} octets; 255 is the limit`);
  return Buffer.concat([Buffer.from([text.length]), text]);
}
