/** Methods to and from bytes by walking the table of methods.ts. For everything but the hot few, which have code of their own. */
import { FRAME_END, FRAME_METHOD, FRAME_OVERHEAD } from './constants';
import { encodeTable, readTable, readText, isEscaped, textBytes, type FieldTable } from './field-table';
import { fieldsOf, methodId, methodName, type ArgsOf, type Method, type MethodName, type WireType } from './methods';
import { uint16At, uint32At } from './octets';
import { AmqpSyntaxError, AmqpTextError } from './syntax-error';

/**
 * Reads the method whose class id stands at `at`; its payload ends at `end`. Null if no such method exists.
 * Throws AmqpSyntaxError; with `utf8` AmqpTextError for a short string that is not UTF-8, as RabbitMQ asks of its clients.
 */
export function decodeMethod(bytes: Buffer, at: number, end: number, texts: 'any' | 'utf8' = 'any'): Method | null {
  if (end - at < 4) throw new AmqpSyntaxError('method frame without class and method id');
  const name = methodName(uint32At(bytes, at));
  if (name === undefined) return null;
  const args: Record<string, unknown> = {};
  let o = at + 4;
  let bit = 0;
  for (const [key, type] of fieldsOf(name)) {
    if (type === 'bit') {
      // Successive bits share octets, lowest first (spec 4.2.5.2).
      if (bit % 8 === 0) o = need(o, 1, end);
      args[key] = ((bytes[o - 1] as number) & (1 << (bit % 8))) !== 0;
      bit++;
      continue;
    }
    bit = 0;
    const next = sizeOf(type, bytes, o, end);
    const value = readOne(type, bytes, o, next);
    if (type === 'shortstr' && texts === 'utf8' && isEscaped(value as string))
      throw new AmqpTextError('Malformed UTF-8 in shortstr');
    args[key] = value;
    o = next;
  }
  return { name, args } as unknown as Method;
}

function need(o: number, count: number, end: number): number {
  if (o + count > end) throw new AmqpSyntaxError('method arguments are cut off');
  return o + count;
}

/** The offset behind the value at `o`. */
function sizeOf(type: WireType, bytes: Buffer, o: number, end: number): number {
  switch (type) {
    case 'octet':
    case 'bit':
      return need(o, 1, end);
    case 'short':
      return need(o, 2, end);
    case 'long':
      return need(o, 4, end);
    case 'longlong':
    case 'timestamp':
      return need(o, 8, end);
    case 'shortstr':
      return need(o, 1 + (bytes[need(o, 1, end) - 1] as number), end);
    case 'longstr':
    case 'table':
      need(o, 4, end);
      return need(o, 4 + uint32At(bytes, o), end);
  }
}

function readOne(type: WireType, bytes: Buffer, o: number, end: number): unknown {
  switch (type) {
    case 'bit':
    case 'octet':
      return bytes[o];
    case 'short':
      return uint16At(bytes, o);
    case 'long':
      return uint32At(bytes, o);
    case 'longlong':
    case 'timestamp':
      return uint32At(bytes, o) * 0x100000000 + uint32At(bytes, o + 4);
    case 'shortstr':
      return readText(bytes, o + 1, end);
    case 'longstr':
      return Buffer.from(bytes.subarray(o + 4, end));
    case 'table':
      return readTable(bytes, o, end);
  }
}

/** The payload of a method frame (class id, method id, arguments). */
export function encodeMethodPayload<N extends MethodName>(name: N, args: ArgsOf<N>): Buffer {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(methodId(name));
  const parts: Buffer[] = [id];
  const values = args as Record<string, unknown>;
  let bits: Buffer | null = null;
  let bit = 0;
  for (const [key, type] of fieldsOf(name)) {
    if (type === 'bit') {
      if (bits === null || bit === 8) {
        bits = Buffer.alloc(1);
        parts.push(bits);
        bit = 0;
      }
      if (values[key]) bits[0] = (bits[0] as number) | (1 << bit);
      bit++;
      continue;
    }
    bits = null;
    parts.push(encodeOne(type, values[key]));
  }
  return Buffer.concat(parts);
}

/** A whole method frame. */
export function encodeMethod<N extends MethodName>(channel: number, name: N, args: ArgsOf<N>): Buffer {
  return frame(FRAME_METHOD, channel, encodeMethodPayload(name, args));
}

export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(payload.length + FRAME_OVERHEAD);
  bytes[0] = type;
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(payload.length, 3);
  payload.copy(bytes, 7);
  bytes[bytes.length - 1] = FRAME_END;
  return bytes;
}

function encodeOne(type: WireType, value: unknown): Buffer {
  switch (type) {
    case 'shortstr':
      return shortstr(value as string);
    case 'longstr': {
      const bytes = value as Buffer;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }
    case 'table':
      return encodeTable(value as FieldTable);
    default:
      return encodeNumber(type, value as number);
  }
}

function shortstr(text: string): Buffer {
  const bytes = textBytes(text);
  if (bytes.length > 255) throw new RangeError(`short string of ${bytes.length} octets; 255 is the limit`);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function encodeNumber(type: WireType, value: number): Buffer {
  if (type === 'octet') return Buffer.from([value]);
  if (type === 'short') {
    const two = Buffer.alloc(2);
    two.writeUInt16BE(value);
    return two;
  }
  if (type === 'long') {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    return four;
  }
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(value));
  return eight;
}
