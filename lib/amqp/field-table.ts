/**
 * Field tables (spec 4.2.5.5, with RabbitMQ's type tags) to and from bytes.
 *
 * Values keep the type they had on the wire: RabbitMQ names it in errors, compares by it, and passes headers on
 * unchanged, so a table that is decoded and encoded again gives the same bytes.
 */
import { AmqpLimitError, AmqpSyntaxError } from './syntax-error';

/** Erlang's names of the types, as they appear in RabbitMQ's error texts. */
export type FieldKind =
  | 'longstr'
  | 'bool'
  | 'byte'
  | 'unsignedbyte'
  | 'short'
  | 'unsignedshort'
  | 'signedint'
  | 'unsignedint'
  | 'long'
  | 'float'
  | 'double'
  | 'decimal'
  | 'timestamp'
  | 'table'
  | 'array'
  | 'binary'
  | 'void';

export interface DecimalValue {
  readonly scale: number;
  readonly unscaled: number;
}

/**
 * A value with its wire type. Strings are kept as latin1 text of their bytes when they are not valid UTF-8 (`raw` then holds
 * the bytes); 64-bit integers beyond 2^53 are bigint.
 */
export interface Field {
  readonly kind: FieldKind;
  readonly value: FieldContent;
}

export type FieldContent = string | boolean | number | bigint | null | Buffer | DecimalValue | FieldTable | readonly Field[];

/** Insertion order is wire order. A key that stands twice keeps its last value (as RabbitMQ's lookups differ, see ledger). */
export type FieldTable = Map<string, Field>;

const TAG_OF: Readonly<Record<FieldKind, string>> = {
  longstr: 'S',
  bool: 't',
  byte: 'b',
  unsignedbyte: 'B',
  short: 's',
  unsignedshort: 'u',
  signedint: 'I',
  unsignedint: 'i',
  long: 'l',
  float: 'f',
  double: 'd',
  decimal: 'D',
  timestamp: 'T',
  table: 'F',
  array: 'A',
  binary: 'x',
  void: 'V',
};

const KIND_OF = new Map<number, FieldKind>(Object.entries(TAG_OF).map(([kind, tag]) => [tag.charCodeAt(0), kind as FieldKind]));
/** 'L' is written by some clients for a signed 64-bit integer; RabbitMQ reads it like 'l'. */
KIND_OF.set('L'.charCodeAt(0), 'long');

/** Octets of a value whose size does not depend on its content. */
const FIXED_SIZE: Readonly<Partial<Record<FieldKind, number>>> = {
  bool: 1,
  byte: 1,
  unsignedbyte: 1,
  short: 2,
  unsignedshort: 2,
  signedint: 4,
  unsignedint: 4,
  long: 8,
  float: 4,
  double: 8,
  decimal: 5,
  timestamp: 8,
  void: 0,
};

/** Tables may nest this deep; a frame could carry thousands of levels, enough to exhaust the stack of a naive reader. */
export const FIELD_DEPTH_MAX = 128;

/** Reads the table whose 4-octet length stands at `at`. `end` bounds it. Throws AmqpSyntaxError. */
export function readTable(bytes: Buffer, at: number, end: number, depth = 0): FieldTable {
  const stop = blockEnd(bytes, at, end);
  if (depth > FIELD_DEPTH_MAX) throw new AmqpLimitError(`field table nests deeper than ${FIELD_DEPTH_MAX} levels`);
  const table: FieldTable = new Map();
  let o = at + 4;
  while (o < stop) {
    const nameEnd = o + 1 + (bytes[o] as number);
    if (nameEnd >= stop) throw new AmqpSyntaxError('field name runs past the end of its table');
    const name = readText(bytes, o + 1, nameEnd);
    const size = valueSize(bytes, nameEnd, stop);
    table.set(name, readValue(bytes, nameEnd, nameEnd + 1 + size, depth));
    o = nameEnd + 1 + size;
  }
  return table;
}

function blockEnd(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) throw new AmqpSyntaxError('length of a table or array is cut off');
  const stop = at + 4 + bytes.readUInt32BE(at);
  if (stop > end) throw new AmqpSyntaxError('table or array is longer than what holds it');
  return stop;
}

/** Octets of the value behind the tag at `at`; checks that they lie before `end`. */
function valueSize(bytes: Buffer, at: number, end: number): number {
  const kind = KIND_OF.get(bytes[at] as number);
  if (kind === undefined) throw new AmqpSyntaxError(`unknown field type ${bytes[at]}`);
  const fixed = FIXED_SIZE[kind];
  if (fixed === undefined) return blockEnd(bytes, at + 1, end) - at - 1;
  if (at + 1 + fixed > end) throw new AmqpSyntaxError('field value is cut off');
  return fixed;
}

function readValue(bytes: Buffer, at: number, end: number, depth: number): Field {
  const kind = KIND_OF.get(bytes[at] as number) as FieldKind;
  return { kind, value: readContent(kind, bytes, at + 1, end, depth) };
}

function readContent(kind: FieldKind, bytes: Buffer, o: number, end: number, depth: number): FieldContent {
  switch (kind) {
    case 'longstr':
      return readText(bytes, o + 4, end);
    case 'bool':
      return bytes[o] !== 0;
    case 'byte':
      return bytes.readInt8(o);
    case 'unsignedbyte':
      return bytes.readUInt8(o);
    case 'short':
      return bytes.readInt16BE(o);
    case 'unsignedshort':
      return bytes.readUInt16BE(o);
    case 'signedint':
      return bytes.readInt32BE(o);
    case 'unsignedint':
      return bytes.readUInt32BE(o);
    case 'long':
      return narrow(bytes.readBigInt64BE(o));
    case 'timestamp':
      return narrow(bytes.readBigUInt64BE(o));
    case 'float':
      return bytes.readFloatBE(o);
    case 'double':
      return bytes.readDoubleBE(o);
    case 'decimal':
      return { scale: bytes.readUInt8(o), unscaled: bytes.readUInt32BE(o + 1) };
    case 'table':
      return readTable(bytes, o, end, depth + 1);
    case 'array':
      return readArray(bytes, o, end, depth + 1);
    case 'binary':
      return Buffer.from(bytes.subarray(o + 4, end));
    case 'void':
      return null;
  }
}

function readArray(bytes: Buffer, at: number, end: number, depth: number): Field[] {
  if (depth > FIELD_DEPTH_MAX) throw new AmqpLimitError(`field table nests deeper than ${FIELD_DEPTH_MAX} levels`);
  const fields: Field[] = [];
  for (let o = at + 4; o < end; ) {
    const size = valueSize(bytes, o, end);
    fields.push(readValue(bytes, o, o + 1 + size, depth));
    o += 1 + size;
  }
  return fields;
}

function narrow(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** Text that is not UTF-8 is escaped byte by byte into U+DC80..U+DCFF, so that writing it gives the same bytes back. */
export function readText(bytes: Buffer, from: number, to: number): string {
  if (isAscii(bytes, from, to)) return bytes.toString('latin1', from, to);
  const text = bytes.toString('utf8', from, to);
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes.subarray(from, to))) return text;
  let escaped = '';
  for (let i = from; i < to; i++) {
    const b = bytes[i] as number;
    escaped += b < 0x80 ? String.fromCharCode(b) : String.fromCharCode(0xdc00 + b);
  }
  return escaped;
}

/** Nearly all names and keys are; reading them as latin1 takes half the time. */
function isAscii(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > 255) return false;
  for (let i = from; i < to; i++) if ((bytes[i] as number) > 0x7f) return false;
  return true;
}

const ESCAPED_BYTE = /[\udc80-\udcff]/;

/** True for text that `readText` could not read as UTF-8. */
export function isEscaped(text: string): boolean {
  return ESCAPED_BYTE.test(text) && textBytes(text).length === text.length;
}

/** The bytes of a text made by `readText`, or of any other text as UTF-8. */
export function textBytes(text: string): Buffer {
  if (!ESCAPED_BYTE.test(text)) return Buffer.from(text, 'utf8');
  const plain = Buffer.alloc(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80 && (unit < 0xdc80 || unit > 0xdcff)) return Buffer.from(text, 'utf8'); // a surrogate pair: ordinary UTF-8
    plain[i] = unit & 0xff;
  }
  return plain;
}

/** Encodes a table with its 4-octet length. Throws RangeError on a name over 255 octets or an integer out of range. */
export function encodeTable(table: FieldTable): Buffer {
  const parts: Buffer[] = [Buffer.alloc(4)];
  for (const [name, field] of table) {
    const key = textBytes(name);
    if (key.length > 255) throw new RangeError(`field name of ${key.length} octets; 255 is the limit`);
    parts.push(Buffer.from([key.length]), key, encodeField(field));
  }
  return withLength(parts);
}

function withLength(parts: Buffer[]): Buffer {
  const block = Buffer.concat(parts);
  block.writeUInt32BE(block.length - 4, 0);
  return block;
}

function encodeField(field: Field): Buffer {
  const tag = Buffer.from(TAG_OF[field.kind], 'latin1');
  return Buffer.concat([tag, encodeContent(field)]);
}

function encodeContent({ kind, value }: Field): Buffer {
  switch (kind) {
    case 'longstr':
      return withLength([Buffer.alloc(4), textBytes(value as string)]);
    case 'binary':
      return withLength([Buffer.alloc(4), value as Buffer]);
    case 'table':
      return encodeTable(value as FieldTable);
    case 'array':
      return withLength([Buffer.alloc(4), ...(value as readonly Field[]).map(encodeField)]);
    default:
      return encodeFixed(kind, value, Buffer.alloc(FIXED_SIZE[kind] as number));
  }
}

function encodeFixed(kind: FieldKind, value: FieldContent, out: Buffer): Buffer {
  switch (kind) {
    case 'bool':
      out[0] = value ? 1 : 0;
      break;
    case 'byte':
      out.writeInt8(value as number);
      break;
    case 'unsignedbyte':
      out.writeUInt8(value as number);
      break;
    case 'short':
      out.writeInt16BE(value as number);
      break;
    case 'unsignedshort':
      out.writeUInt16BE(value as number);
      break;
    case 'signedint':
      out.writeInt32BE(value as number);
      break;
    case 'unsignedint':
      out.writeUInt32BE(value as number);
      break;
    case 'long':
      out.writeBigInt64BE(BigInt(value as number | bigint));
      break;
    case 'timestamp':
      out.writeBigUInt64BE(BigInt(value as number | bigint));
      break;
    case 'float':
      out.writeFloatBE(value as number);
      break;
    case 'double':
      out.writeDoubleBE(value as number);
      break;
    case 'decimal':
      out.writeUInt8((value as DecimalValue).scale, 0);
      out.writeUInt32BE((value as DecimalValue).unscaled, 1);
      break;
    default:
      break;
  }
  return out;
}

/** Short ways to make fields. */
export const field = {
  text: (value: string): Field => ({ kind: 'longstr', value }),
  bool: (value: boolean): Field => ({ kind: 'bool', value }),
  long: (value: number | bigint): Field => ({ kind: 'long', value }),
  int: (value: number): Field => ({ kind: 'signedint', value }),
  timestamp: (value: number): Field => ({ kind: 'timestamp', value }),
  table: (value: FieldTable): Field => ({ kind: 'table', value }),
  array: (value: readonly Field[]): Field => ({ kind: 'array', value }),
};

/** A table from plain values, with the types that amqplib chooses: strings, booleans, the smallest integer, double, null. */
export function tableOf(values: Readonly<Record<string, unknown>>): FieldTable {
  const table: FieldTable = new Map();
  for (const [key, value] of Object.entries(values)) if (value !== undefined) table.set(key, fieldOf(value));
  return table;
}

function fieldOf(value: unknown): Field {
  if (value === null) return { kind: 'void', value: null };
  if (typeof value === 'string') return field.text(value);
  if (typeof value === 'boolean') return field.bool(value);
  if (typeof value === 'bigint') return field.long(value);
  if (typeof value === 'number') return numberField(value);
  if (Buffer.isBuffer(value)) return { kind: 'binary', value };
  if (Array.isArray(value)) return field.array(value.map(fieldOf));
  return field.table(tableOf(value as Record<string, unknown>));
}

function numberField(value: number): Field {
  if (!Number.isInteger(value)) return { kind: 'double', value };
  if (value >= -0x80 && value < 0x80) return { kind: 'byte', value };
  if (value >= -0x8000 && value < 0x8000) return { kind: 'short', value };
  if (value >= -0x80000000 && value < 0x80000000) return { kind: 'signedint', value };
  return { kind: 'long', value };
}

/** Plain values of a table, for people to read; types are lost. */
export function plainTable(table: FieldTable): Record<string, unknown> {
  return Object.fromEntries([...table].map(([key, f]) => [key, plainField(f)]));
}

export function plainField(f: Field): unknown {
  if (f.kind === 'table') return plainTable(f.value as FieldTable);
  if (f.kind === 'array') return (f.value as readonly Field[]).map(plainField);
  return f.value;
}
