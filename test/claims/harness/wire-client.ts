/**
 * A raw AMQP 0-9-1 client: sends any frame, right or wrong, and hands over every frame that comes, in order.
 *
 * It does nothing on its own after the handshake: no heartbeats, no close-ok, no acks. So a check decides each frame that
 * the server sees, and sees each frame that the server sends. All of it is kept in `transcript`, in the form of
 * wire-transcript.ts.
 */
import { strict as assert } from 'node:assert';
import * as net from 'node:net';
import {
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_MIN_SIZE,
  FRAME_OVERHEAD,
  PROTOCOL_HEADER,
  REPLY,
} from '../../../lib/amqp/constants';
import { encodeTable, field, tableOf, type FieldTable } from '../../../lib/amqp/field-table';
import { FrameDecoder, type Frame } from '../../../lib/amqp/frame-decoder';
import { decodeMethod, encodeMethod, frame } from '../../../lib/amqp/method-codec';
import { methodId, shapeOf, type ArgsOf, type Method, type MethodName, type WireType } from '../../../lib/amqp/methods';
import { encodeHeaderPayload, HEADER_FIXED_SIZE, readProperties, type Properties } from '../../../lib/amqp/properties';
import { describeBytes, describeFrame, describeMethod } from './wire-transcript';

/** Each step of the handshake with its usual value; a check changes what it is about. */
export interface WireOptions {
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly vhost?: string;
  /** Sent instead of `AMQP` 0 0 9 1. */
  readonly header?: Buffer;
  readonly mechanism?: string;
  /** Sent instead of the response that the mechanism needs for user and password. */
  readonly response?: Buffer;
  /** Replaces the capabilities announced in start-ok; default: those of {@link CAPABILITIES}, all true. */
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly clientProperties?: Readonly<Record<string, unknown>>;
  /** Of tune-ok; default: what the server proposed, without heartbeats. */
  readonly tune?: Partial<ArgsOf<'connection.tune-ok'>>;
  /** The last step that the client takes; default: all, until open-ok has come. `connect`: sends nothing at all. */
  readonly upTo?: 'connect' | 'header' | 'start-ok' | 'tune-ok' | 'open';
}

export interface PublishOptions {
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly mandatory?: boolean;
  readonly immediate?: boolean;
  readonly properties?: Properties;
  readonly body?: string | Buffer;
}

/** A method that came, with its content if it carries one. */
export interface Received<N extends MethodName = MethodName> {
  readonly channel: number;
  readonly name: N;
  readonly args: ArgsOf<N>;
  readonly properties: Properties;
  readonly body: Buffer;
}

export const CAPABILITIES: readonly string[] = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'authentication_failure_close',
];

const EMPTY: Readonly<Record<WireType, unknown>> = {
  bit: false,
  octet: 0,
  short: 0,
  long: 0,
  longlong: 0,
  shortstr: '',
  longstr: Buffer.alloc(0),
  table: new Map(),
  timestamp: 0,
};

/** Long enough for a busy machine; only a failing check waits for it. */
const PATIENCE_MS = 20_000;

type Incoming = Received | 'heartbeat' | { readonly protocolHeader: Buffer };

export class WireClient {
  readonly transcript: string[] = [];
  /** From connection.tune, when that has come. */
  tune: ArgsOf<'connection.tune'> | null = null;
  /** Octets of the largest frame that this client may send. */
  frameMax = FRAME_MIN_SIZE;
  /** From connection.start, when that has come. */
  start: ArgsOf<'connection.start'> | null = null;
  /** Heartbeats that came; they are counted, not queued with the methods. */
  heartbeats = 0;
  /** True once the server has ended the stream. */
  ended = false;
  readonly #socket: net.Socket;
  readonly #decoder = new FrameDecoder();
  #inbox: Incoming[] = [];
  #content = new Map<number, { method: Method; properties: Properties; missing: number; parts: Buffer[] }>();
  #wake: (() => void)[] = [];
  #headerSeen = false;

  private constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    // A reset and an orderly end are the same to a check: which one comes depends on what was unread.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.ended = true;
      this.transcript.push('S - end of stream');
      this.#wakeAll();
    });
  }

  /** Connects and takes the steps of the handshake up to `options.upTo`. */
  static async connect(options: WireOptions): Promise<WireClient> {
    const client = new WireClient(options.port);
    await client.#handshake(options);
    return client;
  }

  async #handshake(options: WireOptions): Promise<void> {
    const upTo = options.upTo;
    if (upTo === 'connect') return;
    this.sendBytes(options.header ?? Buffer.from(PROTOCOL_HEADER));
    if (options.header !== undefined || upTo === 'header') return;
    this.start = (await this.expect('connection.start', 0)).args;
    this.send('connection.start-ok', 0, startOk(options));
    if (upTo === 'start-ok') return;
    this.tune = (await this.expect('connection.tune', 0)).args;
    const tuned = { ...this.tune, heartbeat: 0, ...options.tune };
    this.frameMax = tuned.frameMax;
    this.send('connection.tune-ok', 0, tuned);
    if (upTo === 'tune-ok') return;
    this.send('connection.open', 0, { virtualHost: options.vhost ?? '/' });
    if (upTo === 'open') return;
    await this.expect('connection.open-ok', 0);
  }

  /** Sends a method; fields that are not given have their type's empty value. */
  send<N extends MethodName>(name: N, channel: number, args: Partial<ArgsOf<N>> = {}): void {
    const fields = Object.entries(shapeOf(name).fields);
    const full = Object.fromEntries(fields.map(([key, type]) => [key, (args as Record<string, unknown>)[key] ?? EMPTY[type]]));
    this.sendFrame(encodeMethod(channel, name, full as ArgsOf<N>));
  }

  /** Method, header and as many body frames as the negotiated frame size asks for. */
  publish(channel: number, options: PublishOptions = {}): void {
    const { exchange = '', routingKey = '', mandatory = false, immediate = false, properties = {} } = options;
    this.send('basic.publish', channel, { exchange, routingKey, mandatory, immediate });
    const body = Buffer.from(options.body ?? '');
    this.sendFrame(frame(FRAME_HEADER, channel, encodeHeaderPayload(body.length, properties)));
    const most = this.frameMax - FRAME_OVERHEAD;
    for (let o = 0; o < body.length; o += most) this.sendFrame(frame(FRAME_BODY, channel, body.subarray(o, o + most)));
  }

  /** A whole frame made by hand; described in the transcript as the frame that it is. */
  sendFrame(bytes: Buffer): void {
    const sent: Frame = { type: bytes[0] as number, channel: bytes.readUInt16BE(1), payload: bytes.subarray(7, -1) };
    this.transcript.push(describeFrame('C', sent));
    this.#write(bytes);
  }

  /** Bytes that need not be a frame; described in the transcript as bytes. */
  sendBytes(bytes: Buffer): void {
    this.transcript.push(describeBytes('C', bytes));
    this.#write(bytes);
  }

  /** The next method must be this one, on this channel if one is given. Methods on other channels are left for later then. */
  async expect<N extends MethodName>(name: N, channel?: number, timeoutMs = PATIENCE_MS): Promise<Received<N>> {
    const received = await this.next(channel, timeoutMs);
    assert.ok(
      received !== null,
      `expected ${name}, but nothing came within ${timeoutMs} ms${this.ended ? ' (the server closed the socket)' : ''}`,
    );
    assert.equal(received.name, name, `expected ${name}, came: ${describeMethod(received as Method)}`);
    return received as unknown as Received<N>;
  }

  /** The next method (on this channel, if one is given), or null if none comes in time or the stream ends. */
  async next(channel?: number, timeoutMs = PATIENCE_MS): Promise<Received | null> {
    const isMethod = (item: Incoming): item is Received => item !== 'heartbeat' && 'name' in item;
    const find = (): number =>
      this.#inbox.findIndex((item) => isMethod(item) && (channel === undefined || item.channel === channel));
    await this.#until(() => find() >= 0 || this.ended, timeoutMs);
    const at = find();
    return at < 0 ? null : (this.#inbox.splice(at, 1)[0] as Received);
  }

  /** Opens the channel and waits for open-ok. Returns its number. */
  async openChannel(channel = 1): Promise<number> {
    this.send('channel.open', channel);
    await this.expect('channel.open-ok', channel);
    return channel;
  }

  /** Sends a method and waits for the one that must follow on the channel. */
  async call<N extends MethodName, R extends MethodName>(
    name: N,
    channel: number,
    args: Partial<ArgsOf<N>>,
    reply: R,
  ): Promise<Received<R>> {
    this.send(name, channel, args);
    return this.expect(reply, channel);
  }

  /** channel.close must come with this code and text; `on` is the method that it must blame. Answers with close-ok. */
  async expectChannelClose(channel: number, code: number, text: string | RegExp, on?: MethodName): Promise<void> {
    const { args } = await this.expect('channel.close', channel);
    checkClose(args, code, text, on);
    this.send('channel.close-ok', channel);
  }

  /** connection.close must come with this code and text, then, after our close-ok, the end of the stream. */
  async expectConnectionClose(code: number, text: string | RegExp, on?: MethodName): Promise<void> {
    const { args } = await this.expect('connection.close', 0);
    checkClose(args, code, text, on);
    this.send('connection.close-ok', 0);
    await this.closed();
  }

  /** The eight bytes that a server sends to a client of another protocol. */
  async expectProtocolHeader(): Promise<Buffer> {
    await this.#until(() => this.#inbox.length > 0 || this.ended, PATIENCE_MS);
    const first = this.#inbox.shift();
    assert.ok(
      first !== undefined && first !== 'heartbeat' && 'protocolHeader' in first,
      'expected the protocol header of the server',
    );
    return first.protocolHeader;
  }

  /** The server must end the stream without another method. */
  async closed(timeoutMs = PATIENCE_MS): Promise<void> {
    const received = await this.next(undefined, timeoutMs);
    assert.ok(received === null, `expected the end of the stream, came: ${received && describeMethod(received as Method)}`);
    assert.ok(this.ended, `the server kept the stream open for ${timeoutMs} ms`);
  }

  /** Methods that came and were not taken yet, described; for assertions that there are none. */
  untaken(): string[] {
    return this.#inbox.flatMap((item) => (item !== 'heartbeat' && 'name' in item ? [describeMethod(item as Method)] : []));
  }

  /** Stops and restarts reading, as a client does that is too busy to read. */
  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Ends our half of the stream, or cuts it, without any method. */
  end(): void {
    this.#socket.end();
  }

  abort(): void {
    this.#socket.resetAndDestroy();
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  #onData(chunk: Buffer): void {
    let bytes = chunk;
    if (!this.#headerSeen && bytes.subarray(0, 4).toString('latin1') === 'AMQP') {
      this.#inbox.push({ protocolHeader: bytes.subarray(0, 8) });
      this.transcript.push(describeBytes('S', bytes.subarray(0, 8)));
      bytes = bytes.subarray(8);
    }
    this.#headerSeen = true;
    this.#decoder.feed(bytes, (received) => this.#onFrame(received));
    this.#wakeAll();
  }

  #onFrame(received: Frame): void {
    this.transcript.push(describeFrame('S', received));
    const { type, channel, payload } = received;
    if (type === FRAME_HEARTBEAT) this.heartbeats++;
    else if (type === FRAME_METHOD) this.#onMethod(channel, decodeMethod(payload, 0, payload.length) as Method);
    else if (type === FRAME_HEADER) this.#onHeader(channel, payload);
    else this.#onBody(channel, payload);
  }

  #onMethod(channel: number, method: Method): void {
    if (shapeOf(method.name).content) this.#content.set(channel, { method, properties: {}, missing: -1, parts: [] });
    else this.#inbox.push({ channel, ...method, properties: {}, body: Buffer.alloc(0) } as Received);
  }

  #onHeader(channel: number, payload: Buffer): void {
    const content = this.#content.get(channel);
    assert.ok(content !== undefined, 'the server sent a content header without a method before it');
    content.properties = readProperties(payload, payload.readUInt16BE(12), HEADER_FIXED_SIZE, payload.length);
    content.missing = Number(payload.readBigUInt64BE(4));
    this.#finish(channel);
  }

  #onBody(channel: number, payload: Buffer): void {
    const content = this.#content.get(channel);
    assert.ok(content !== undefined && content.missing >= payload.length, 'the server sent more body than it announced');
    content.parts.push(payload);
    content.missing -= payload.length;
    this.#finish(channel);
  }

  #finish(channel: number): void {
    const content = this.#content.get(channel);
    if (content === undefined || content.missing !== 0) return;
    this.#content.delete(channel);
    this.#inbox.push({
      channel,
      ...content.method,
      properties: content.properties,
      body: Buffer.concat(content.parts),
    } as Received);
  }

  async #until(holds: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!holds()) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function startOk(options: WireOptions): ArgsOf<'connection.start-ok'> {
  const { user = 'guest', password = 'guest', mechanism = 'PLAIN' } = options;
  const capabilities = options.capabilities ?? Object.fromEntries(CAPABILITIES.map((name) => [name, true]));
  const clientProperties: FieldTable = tableOf({ product: 'wire', ...options.clientProperties, capabilities });
  const response =
    options.response ?? (mechanism === 'AMQPLAIN' ? amqplain(user, password) : Buffer.from(`\0${user}\0${password}`));
  return { clientProperties, mechanism, response, locale: 'en_US' };
}

/** The response of mechanism AMQPLAIN: a field table without the length in front of it. */
function amqplain(user: string, password: string): Buffer {
  return encodeTable(
    new Map([
      ['LOGIN', field.text(user)],
      ['PASSWORD', field.text(password)],
    ]),
  ).subarray(4);
}

function checkClose(args: ArgsOf<'channel.close'>, code: number, text: string | RegExp, on?: MethodName): void {
  assert.equal(
    `${args.replyCode} ${args.replyText}`.slice(0, 4),
    `${code} `,
    `expected code ${code}, came ${args.replyCode} ${args.replyText}`,
  );
  if (typeof text === 'string') assert.equal(args.replyText, text);
  else assert.match(args.replyText, text);
  if (on !== undefined)
    assert.equal(args.classId * 0x10000 + args.methodId, methodId(on), `blames ${args.classId},${args.methodId}, not ${on}`);
}

/** Of a reply code, whether it closes the connection. */
export function isHard(code: number): boolean {
  return Object.values(REPLY).some((reply) => reply.code === code && reply.hard);
}
