/** A client that speaks AMQP in frames: no promises, no waiting, and every octet at the moment when the scenario wants it. */
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, PROTOCOL_HEADER } from '../../../lib/amqp/constants';
import type { FieldTable } from '../../../lib/amqp/field-table';
import { FrameDecoder } from '../../../lib/amqp/frame-decoder';
import { decodeMethod, encodeMethod, frame } from '../../../lib/amqp/method-codec';
import type { ArgsOf, Method, MethodName } from '../../../lib/amqp/methods';
import { encodeHeaderPayload, type Properties } from '../../../lib/amqp/properties';
import type { SimHost } from '../../../lib/world/sim';
import type { Link } from '../../../lib/world/world';

/** What a broker says: a method, with a body if it carries one. */
export type Heard = (channel: number, method: Method, body: Buffer) => void;

export interface RawClientOptions {
  /** Seconds; default: none. */
  readonly heartbeat?: number;
  /** What the client says of itself; default: nothing. */
  readonly properties?: FieldTable;
  /** Not called for one's own `abort`. */
  readonly onClosed?: () => void;
}

const NOTHING = Buffer.alloc(0);
const WITH_CONTENT: ReadonlySet<MethodName> = new Set<MethodName>(['basic.deliver', 'basic.get-ok', 'basic.return']);
const FRAME_MAX = 131072;

export class RawClient {
  ready = false;
  closed = false;
  private readonly link: Link;
  private readonly decoder = new FrameDecoder();
  private content: { channel: number; method: Method; left: number; parts: Buffer[] } | null = null;

  constructor(
    host: SimHost,
    to: string,
    channels: number,
    private readonly heard: Heard,
    private readonly options: RawClientOptions = {},
  ) {
    this.link = host.net.dial(
      { host: to, port: 5672 },
      {
        onOpen: () => {
          this.open(channels);
          this.beat(host);
        },
        onBytes: (chunk) => this.decoder.feed(Buffer.from(chunk), (one) => this.frame(one.type, one.channel, one.payload)),
        onDrain: () => undefined,
        onClose: () => {
          if (this.closed) return;
          this.closed = true;
          options.onClosed?.();
        },
      },
    );
  }

  private open(channels: number): void {
    this.raw(Buffer.from(PROTOCOL_HEADER));
    const { properties: clientProperties = new Map(), heartbeat = 0 } = this.options;
    const response = Buffer.from('\0guest\0guest');
    this.send(0, 'connection.start-ok', { clientProperties, mechanism: 'PLAIN', response, locale: 'en_US' });
    this.send(0, 'connection.tune-ok', { channelMax: 2047, frameMax: FRAME_MAX, heartbeat });
    this.send(0, 'connection.open', { virtualHost: '/', capabilities: '', insist: false });
    for (let channel = 1; channel <= channels; channel++) this.send(channel, 'channel.open', { outOfBand: '' });
  }

  private beat(host: SimHost): void {
    const { heartbeat = 0 } = this.options;
    if (heartbeat === 0 || this.closed) return;
    this.raw(frame(FRAME_HEARTBEAT, 0, NOTHING));
    host.clock.after(heartbeat * 500, () => this.beat(host));
  }

  private raw(bytes: Buffer): void {
    if (this.closed) return;
    const at = this.link.reserve(bytes.length);
    bytes.copy(this.link.out, at);
  }

  send<N extends MethodName>(channel: number, name: N, args: ArgsOf<N>): void {
    this.raw(encodeMethod(channel, name, args));
  }

  publish(
    channel: number,
    exchange: string,
    routingKey: string,
    properties: Properties,
    body: Buffer,
    mandatory: boolean = false,
  ): void {
    this.send(channel, 'basic.publish', { ticket: 0, exchange, routingKey, mandatory, immediate: false });
    this.raw(frame(FRAME_HEADER, channel, encodeHeaderPayload(body.length, properties)));
    for (let at = 0; at < body.length; at += FRAME_MAX - 8) {
      this.raw(frame(FRAME_BODY, channel, body.subarray(at, at + FRAME_MAX - 8)));
    }
  }

  abort(): void {
    this.closed = true;
    this.link.abort();
  }

  private frame(type: number, channel: number, payload: Buffer): void {
    if (type === FRAME_HEARTBEAT) return;
    if (type === FRAME_METHOD) {
      const method = decodeMethod(payload, 0, payload.length);
      if (method === null) throw new Error('the broker sent a method that does not exist');
      if (WITH_CONTENT.has(method.name)) {
        this.content = { channel, method, left: -1, parts: [] };
        return;
      }
      if (method.name === 'channel.open-ok') this.ready = true;
      this.heard(channel, method, NOTHING);
      return;
    }
    const { content } = this;
    if (content === null) throw new Error('the broker sent content that belongs to nothing');
    if (type === FRAME_HEADER) content.left = payload.readUInt32BE(8);
    else {
      content.left -= payload.length;
      content.parts.push(payload);
    }
    if (content.left > 0) return;
    this.content = null;
    this.heard(content.channel, content.method, Buffer.concat(content.parts));
  }
}
