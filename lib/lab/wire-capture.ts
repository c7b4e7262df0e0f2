/**
 * A wire conversation kept frame by frame, for reading: each frame with its name, its fields in plain values and its bytes.
 * Passwords do not get into a capture, neither into the fields nor into the bytes: captures are shown and saved.
 */
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, PROTOCOL_HEADER } from '../amqp/constants';
import { plainTable } from '../amqp/field-table';
import { FrameDecoder, type Frame } from '../amqp/frame-decoder';
import { decodeMethod, frame as encodeFrame } from '../amqp/method-codec';
import { HEADER_FIXED_SIZE, readProperties } from '../amqp/properties';
import type { WireRow } from '../draw';
import { drawn } from './cell';
import type { Picture } from './picture';
import type { RelayTap } from './relay-line';

export type WireFrameKind = 'protocol header' | 'method' | 'content header' | 'content body' | 'heartbeat' | 'unreadable';

export interface WireFrame {
  /** From 1, in the order in which frames passed. */
  readonly number: number;
  /** Lab time, milliseconds. */
  readonly at: number;
  /** From 1, one for each connection through this capture. */
  readonly connection: number;
  readonly from: 'client' | 'server';
  readonly kind: WireFrameKind;
  readonly channel: number;
  /** `basic.publish`, `content header`, ... */
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The whole frame as it was on the wire, except for passwords. */
  readonly bytes: Buffer;
}

/** What `lab.tap()` gives: an address to connect to, and what passed through it so far. */
export class WireCapture {
  /** Connect to this instead of `lab.url()`. */
  url = '';
  /** What was read already may be taken out (`frames.splice(0)`). At most 10,000 are kept. */
  readonly frames: WireFrame[] = [];
  private connections = 0;
  private count = 0;

  /** `now`: lab time, milliseconds. */
  constructor(private readonly now: () => number) {}

  newConnection(): RelayTap {
    const connection = ++this.connections;
    return new CaptureTap((from, what) => {
      if (this.frames.length >= FRAMES_MAX) return;
      this.frames.push({ number: ++this.count, at: this.now(), connection, from, ...what });
    });
  }

  /** Shows the frames as a table in the cell, and returns it. */
  table(title?: string): Picture {
    const { wireTable } = require('../draw') as typeof import('../draw');
    return drawn(wireTable(this.frames.map(rowOf), title));
  }
}

function rowOf({ at, from, channel, name, fields, bytes }: WireFrame): WireRow {
  const detail = Object.entries(fields)
    // Left over from AMQP 0-8: always 0.
    .filter(([key]) => key !== 'ticket')
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value || "''" : spaced(value)}`)
    .join(', ');
  const direction = from === 'client' ? 'client→broker' : 'broker→client';
  return { at, direction, channel, name, detail, bytes: bytes.length, hex: bytes.toString('hex') };
}

/** JSON in one line with a space wherever one may stand, so that a narrow column breaks it there and not inside a word. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}

const MASK = '*';

/** A capture is read by a person; what comes beyond this is not kept. */
const FRAMES_MAX = 10_000;

/** Listens to one connection. */
class CaptureTap implements RelayTap {
  private readonly decoders = { client: new FrameDecoder(), node: new FrameDecoder() };
  private start = Buffer.alloc(0);
  private deaf = false;

  constructor(private readonly add: (from: WireFrame['from'], what: Described) => void) {}

  onBytes(from: 'client' | 'node', chunk: Buffer): void {
    if (this.deaf) return;
    const side = from === 'client' ? 'client' : 'server';
    const bytes = from === 'client' ? this.withoutProtocolHeader(chunk) : Buffer.from(chunk);
    try {
      this.decoders[from].feed(bytes, (frame) => this.add(side, describeFrame(frame)));
    } catch (error) {
      this.deaf = true;
      this.add(side, { kind: 'unreadable', channel: 0, name: (error as Error).message, fields: {}, bytes });
    }
  }

  onEnd(): void {
    this.deaf = true;
  }

  /** The first eight octets of a client are no frame (spec 4.2.2). Also copies: what is kept must not be borrowed. */
  private withoutProtocolHeader(chunk: Buffer): Buffer {
    const missing = PROTOCOL_HEADER.length - this.start.length;
    if (missing === 0) return Buffer.from(chunk);
    this.start = Buffer.concat([this.start, chunk.subarray(0, missing)]);
    if (this.start.length === PROTOCOL_HEADER.length) this.add('client', describeProtocolHeader(this.start));
    return Buffer.from(chunk.subarray(missing));
  }
}

type Described = Pick<WireFrame, 'kind' | 'channel' | 'name' | 'fields' | 'bytes'>;

function describeProtocolHeader(bytes: Buffer): Described {
  const fields = { protocol: bytes.toString('latin1', 0, 4), id: bytes[4], version: [...bytes.subarray(5)].join('.') };
  return { kind: 'protocol header', channel: 0, name: 'protocol header', fields, bytes };
}

/** What stands in one frame. Throws AmqpSyntaxError if its payload cannot be read. */
export function describeFrame({ type, channel, payload }: Frame): Described {
  const rest = { channel, bytes: encodeFrame(type, channel, payload) };
  switch (type) {
    case FRAME_METHOD:
      return describeMethod(payload, rest);
    case FRAME_HEADER:
      return { kind: 'content header', name: 'content header', fields: headerFields(payload), ...rest };
    case FRAME_BODY:
      return { kind: 'content body', name: 'content body', fields: { body: readable(payload) }, ...rest };
    case FRAME_HEARTBEAT:
      return { kind: 'heartbeat', name: 'heartbeat', fields: {}, ...rest };
    default:
      return { kind: 'unreadable', name: `frame of unknown type ${type}`, fields: {}, ...rest };
  }
}

function describeMethod(payload: Buffer, rest: Pick<WireFrame, 'channel' | 'bytes'>): Described {
  const method = decodeMethod(payload, 0, payload.length);
  if (method === null) {
    const name = `unknown method ${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
    return { kind: 'unreadable', name, fields: {}, ...rest };
  }
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(method.args as Record<string, unknown>)) {
    fields[key] = value instanceof Map ? plainTable(value) : Buffer.isBuffer(value) ? readable(value) : value;
  }
  if (method.name === 'connection.start-ok') {
    const { mechanism, response, locale } = method.args;
    const secret = passwordOf(mechanism, response);
    fields.response = printable(response.toString('utf8', 0, response.length - secret.length)) + hide(secret, locale, rest.bytes);
  } else if (method.name === 'connection.update-secret') {
    fields.newSecret = hide(method.args.newSecret, method.args.reason, rest.bytes);
  }
  return { kind: 'method', name: method.name, fields, ...rest };
}

function headerFields(payload: Buffer): Record<string, unknown> {
  const properties = readProperties(payload, payload.readUInt16BE(12), HEADER_FIXED_SIZE, payload.length);
  const { headers, ...plain } = properties;
  const bodySize = payload.readUInt32BE(4) * 0x100000000 + payload.readUInt32BE(8);
  return {
    class: payload.readUInt16BE(0),
    bodySize,
    ...plain,
    ...(headers === undefined ? {} : { headers: plainTable(headers) }),
  };
}

/** The end of a login that is secret: the password, with what follows it; everything where we do not know better. */
function passwordOf(mechanism: string, response: Buffer): Buffer {
  if (mechanism === 'PLAIN') return response.subarray(response.indexOf(0, 1) + 1);
  const name = mechanism === 'AMQPLAIN' ? response.indexOf('PASSWORD') : -1;
  return name < 0 ? response : response.subarray(name + 'PASSWORD'.length + 5);
}

/** Overwrites a secret in its frame. In both methods that carry one, only a short string stands behind it. */
function hide(secret: Buffer, behind: string, frame: Buffer): string {
  const end = frame.length - 1 - (1 + Buffer.byteLength(behind));
  frame.fill(MASK, end - secret.length, end);
  return MASK.repeat(8);
}

function readable(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return printable(text);
  return [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
}

/** Control characters as people write them: a NUL as `\0`. */
function printable(text: string): string {
  let shown = '';
  for (const character of text)
    shown += character < ' ' && character !== '\n' && character !== '\t' ? controlCode(character) : character;
  return shown;
}

function controlCode(character: string): string {
  return character === '\0' ? '\\0' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
