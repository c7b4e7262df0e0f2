/**
 * Reads one connection on its way through the grader, writes down its methods with their contents, and passes on frame after
 * frame. It stands in front of any broker. What it cannot read is passed on, for the broker to refuse, and nothing that the
 * program sends behind it.
 */
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_METHOD, FRAME_OVERHEAD, PROTOCOL_HEADER } from '../../amqp/constants';
import { plainTable } from '../../amqp/field-table';
import { decodeMethod } from '../../amqp/method-codec';
import { HEADER_FIXED_SIZE, readProperties } from '../../amqp/properties';
import type { LineEnd } from '../../lab/relay-line';
import type { WireContent, WireRecord } from './wire-record';

export type Recorded = Pick<WireRecord, 'channel' | 'from' | 'method' | 'args' | 'content'>;

type Side = 'client' | 'node';

interface WholeFrame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
  /** The frame as it was on the wire. */
  readonly bytes: Buffer;
}

/** Octets before a frame's payload. */
const FRAME_HEAD = 7;
/** A larger frame is none: the largest that any of our brokers agrees on is 128 KiB. */
const FRAME_MAX = (128 << 10) + FRAME_OVERHEAD;

interface Incomplete {
  readonly method: string;
  readonly args: Record<string, unknown>;
  properties: Record<string, unknown> | null;
  readonly bodies: Buffer[];
  missing: number;
}

const CONTENT_METHODS = new Set(['basic.publish', 'basic.deliver', 'basic.return', 'basic.get-ok']);
const WHO = { client: 'program', node: 'broker', network: 'network' } as const;

export class Recorder {
  private readonly held: Record<Side, Buffer> = { client: Buffer.alloc(0), node: Buffer.alloc(0) };
  private readonly incomplete = { client: new Map<number, Incomplete>(), node: new Map<number, Incomplete>() };
  private headerLeft = PROTOCOL_HEADER.length;
  private deaf = false;

  /** `write` is called with a record before `pass` is with its last frame. */
  constructor(
    private readonly write: (what: Recorded) => void,
    private readonly pass: (from: Side, bytes: Buffer) => void,
  ) {
    this.note('program', 'tcp.open', {});
  }

  onBytes(from: Side, chunk: Buffer): void {
    if (this.deaf) {
      if (from === 'node') this.pass(from, chunk);
      return;
    }
    let bytes = chunk;
    if (from === 'client' && this.headerLeft > 0) {
      const header = chunk.subarray(0, this.headerLeft);
      this.headerLeft -= header.length;
      this.pass(from, header);
      bytes = chunk.subarray(header.length);
    }
    // Copied: a frame may wait here for its rest, and the socket's buffer is used again.
    this.held[from] = Buffer.concat([this.held[from], bytes]);
    while (!this.deaf) {
      const frame = this.nextFrame(from);
      if (frame === null) return;
      const recorded = this.read(from, frame);
      if (recorded !== null) this.write(recorded);
      this.pass(from, frame.bytes);
    }
  }

  /** What a frame completes. One that cannot be read is the last of its connection: nothing may pass unseen behind it. */
  private read(from: Side, frame: WholeFrame): Recorded | null {
    try {
      return this.frame(from, frame);
    } catch {
      this.deaf = true;
      this.pass('node', this.held.node);
      return null;
    }
  }

  /** Takes a whole frame from what is held, if there is one. */
  private nextFrame(from: Side): WholeFrame | null {
    const held = this.held[from];
    if (held.length < FRAME_HEAD) return null;
    const size = held.readUInt32BE(3) + FRAME_OVERHEAD;
    if (size > FRAME_MAX || (held.length >= size && held[size - 1] !== FRAME_END)) {
      this.goDeaf();
      return null;
    }
    if (held.length < size) return null;
    this.held[from] = held.subarray(size);
    const bytes = held.subarray(0, size);
    return { type: bytes[0] as number, channel: bytes.readUInt16BE(1), payload: bytes.subarray(FRAME_HEAD, size - 1), bytes };
  }

  private goDeaf(): void {
    this.deaf = true;
    for (const side of ['client', 'node'] as const) if (this.held[side].length > 0) this.pass(side, this.held[side]);
  }

  onEnd(by: LineEnd): void {
    this.note(by === 'node' ? 'broker' : 'program', 'tcp.end', { by: WHO[by] });
  }

  private note(from: WireRecord['from'], method: string, args: Record<string, unknown>): void {
    this.write({ channel: 0, from, method, args });
  }

  private frame(from: Side, { type, channel, payload }: WholeFrame): Recorded | null {
    if (type === FRAME_METHOD) return this.method(from, channel, payload);
    if (type === FRAME_HEADER || type === FRAME_BODY) return this.contentFrame(from, type, channel, payload);
    return null;
  }

  private method(from: Side, channel: number, payload: Buffer): Recorded | null {
    const decoded = decodeMethod(payload, 0, payload.length);
    if (decoded === null) return null;
    const method: string = decoded.name;
    const args = method === 'connection.start-ok' ? {} : plain(decoded.args as Record<string, unknown>);
    if (!CONTENT_METHODS.has(method)) return { channel, from: WHO[from], method, args };
    this.incomplete[from].set(channel, { method, args, properties: null, bodies: [], missing: 0 });
    return null;
  }

  private contentFrame(from: Side, type: number, channel: number, payload: Buffer): Recorded | null {
    const open = this.incomplete[from].get(channel);
    if (open === undefined) return null;
    if (type === FRAME_HEADER) {
      open.properties = propertiesOf(payload);
      open.missing = payload.readUInt32BE(4) * 0x1_0000_0000 + payload.readUInt32BE(8);
    } else {
      open.bodies.push(payload);
      open.missing -= payload.length;
    }
    if (open.properties === null || open.missing > 0) return null;
    this.incomplete[from].delete(channel);
    const content: WireContent = { properties: open.properties, body: Buffer.concat(open.bodies) };
    return { channel, from: WHO[from], method: open.method, args: open.args, content };
  }
}

function plain(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, value instanceof Map ? plainTable(value) : value]),
  );
}

function propertiesOf(payload: Buffer): Record<string, unknown> {
  const { headers, ...rest } = readProperties(payload, payload.readUInt16BE(12), HEADER_FIXED_SIZE, payload.length);
  return headers === undefined ? rest : { ...rest, headers: plainTable(headers) };
}
