/**
 * Listens to one client connection of a broker that cannot tell what happens inside it, and tells it as wire events:
 * bytes of both directions in, events of trace/events.ts out. The embedded engine emits these events itself.
 *
 * A tap never disturbs: bytes that it cannot read make it deaf for the rest of the connection.
 */
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, PROTOCOL_HEADER } from '../amqp/constants';
import { plainTable, readTable, type FieldTable } from '../amqp/field-table';
import { FrameDecoder, type Frame } from '../amqp/frame-decoder';
import { decodeMethod } from '../amqp/method-codec';
import type { ArgsOf, Method } from '../amqp/methods';
import type { WireEvent } from '../trace/events';
import type { MessageBook } from './message-book';
import type { RelayLine, RelayTap } from './relay-line';
import { hasContent, WireChannel, type ChannelContext, type ChannelFacts } from './wire-channel';

export interface WireTapOptions {
  readonly book: MessageBook;
  nextMessage(): number;
  emit(event: WireEvent): void;
}

type Side = 'client' | 'node';
type ContentMethod = Parameters<WireChannel['handleContent']>[0];

/** A method whose content is still arriving. */
interface Incomplete {
  readonly method: ContentMethod;
  header: Buffer | null;
  readonly bodies: Buffer[];
  missingBytes: number;
}

export class WireTap implements RelayTap {
  readonly connection: string;
  private readonly context: ChannelContext;
  private readonly channels = new Map<number, WireChannel>();
  private readonly decoders: Record<Side, FrameDecoder> = { client: new FrameDecoder(), node: new FrameDecoder() };
  private readonly incomplete: Record<Side, Map<number, Incomplete>> = { client: new Map(), node: new Map() };
  /** Octets of the protocol header that the client has yet to send. */
  private headerLeft = PROTOCOL_HEADER.length;
  private deaf = false;
  private client = { user: '', vhost: '', product: '' };
  private opened = false;
  /** What the event at the end of the connection will say. */
  private closedBy: { by: 'client' | 'server' | 'network'; code: number; text: string } = {
    by: 'network',
    code: 0,
    text: 'connection closed without connection.close',
  };

  constructor(
    private readonly line: RelayLine,
    private readonly options: WireTapOptions,
  ) {
    this.connection = line.nodeSideName;
    this.context = {
      connection: this.connection,
      book: options.book,
      nextMessage: () => options.nextMessage(),
      emit: (event) => options.emit(event),
    };
  }

  onBytes(from: Side, chunk: Buffer): void {
    if (this.deaf) return;
    let bytes = chunk;
    if (from === 'client' && this.headerLeft > 0) {
      const skipped = Math.min(this.headerLeft, chunk.length);
      this.headerLeft -= skipped;
      bytes = chunk.subarray(skipped);
      if (bytes.length === 0) return;
    }
    try {
      this.decoders[from].feed(bytes, (frame) => this.onFrame(from, frame));
    } catch {
      this.deaf = true;
    }
  }

  onEnd(): void {
    for (const channel of this.channels.values()) channel.ended();
    const { connection, closedBy } = this;
    if (this.opened) this.options.emit({ type: 'connection.closed', connection, ...closedBy });
    else if (closedBy.by === 'server') this.refused(closedBy);
  }

  facts(channel: number): ChannelFacts | undefined {
    return this.channels.get(channel);
  }

  private onFrame(from: Side, frame: Frame): void {
    if (frame.type === FRAME_METHOD) this.onMethodFrame(from, frame);
    else if (frame.type === FRAME_HEADER || frame.type === FRAME_BODY) this.onContentFrame(from, frame);
  }

  private onMethodFrame(from: Side, { channel, payload }: Frame): void {
    const method = decodeMethod(payload, 0, payload.length);
    if (method === null) return;
    if (hasContent(method)) this.incomplete[from].set(channel, { method, header: null, bodies: [], missingBytes: 0 });
    else if (channel === 0) this.onConnectionMethod(from, method);
    else this.onChannelMethod(from, channel, method);
  }

  private onContentFrame(from: Side, { type, channel, payload }: Frame): void {
    const content = this.incomplete[from].get(channel);
    if (content === undefined) return;
    // The decoder's bytes are borrowed from the socket's buffer; a content may arrive over many reads.
    const bytes = Buffer.from(payload);
    if (type === FRAME_HEADER) {
      content.header = bytes;
      content.missingBytes = bytes.readUInt32BE(4) * 0x100000000 + bytes.readUInt32BE(8);
    } else {
      content.bodies.push(bytes);
      content.missingBytes -= bytes.length;
    }
    if (content.header === null || content.missingBytes > 0) return;
    this.incomplete[from].delete(channel);
    this.channel(channel).handleContent(content.method, content.header, content.bodies);
  }

  private onConnectionMethod(from: Side, { name, args }: Method): void {
    switch (name) {
      case 'connection.start-ok':
        this.introduced(args);
        break;
      case 'connection.open':
        this.client.vhost = args.virtualHost;
        break;
      case 'connection.open-ok':
        this.opened = true;
        this.options.emit({ type: 'connection.opened', connection: this.connection, name: this.line.clientName, ...this.client });
        break;
      case 'connection.close':
        this.closedBy = { by: from === 'client' ? 'client' : 'server', code: args.replyCode, text: args.replyText };
        break;
      case 'connection.blocked':
        this.options.emit({ type: 'connection.blocked', connection: this.connection, reason: args.reason });
        break;
      case 'connection.unblocked':
        this.options.emit({ type: 'connection.unblocked', connection: this.connection });
        break;
      default:
        break;
    }
  }

  private introduced(args: ArgsOf<'connection.start-ok'>): void {
    const about = introduction(args);
    this.line.clientName = about.name;
    this.client.user = about.user;
    this.client.product = about.product;
  }

  private refused({ code, text }: { code: number; text: string }): void {
    const { user, vhost } = this.client;
    this.options.emit({
      type: 'connection.refused',
      connection: this.connection,
      name: this.line.clientName,
      user,
      vhost,
      code,
      text,
    });
  }

  private onChannelMethod(from: Side, number: number, method: Method): void {
    const ref = { connection: this.connection, channel: number };
    if (method.name === 'channel.open-ok') this.options.emit({ type: 'channel.opened', ...ref });
    if (method.name !== 'channel.close') {
      this.channel(number).handle(from, method);
      return;
    }
    this.channels.get(number)?.ended();
    this.channels.delete(number);
    const by = from === 'client' ? 'client' : 'server';
    this.options.emit({ type: 'channel.closed', by, code: method.args.replyCode, text: method.args.replyText, ...ref });
  }

  private channel(number: number): WireChannel {
    let channel = this.channels.get(number);
    if (channel === undefined) {
      channel = new WireChannel(number, this.context);
      this.channels.set(number, channel);
    }
    return channel;
  }
}

/** What a client says about itself in connection.start-ok. */
export function introduction({ clientProperties, mechanism, response }: ArgsOf<'connection.start-ok'>): {
  name: string;
  product: string;
  user: string;
} {
  const { connection_name: name, product } = plainTable(clientProperties);
  return { name: text(name), product: text(product), user: userOf(mechanism, response) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** PLAIN: `NUL user NUL password`. AMQPLAIN: a field table without its length. */
function userOf(mechanism: string, response: Buffer): string {
  if (mechanism === 'PLAIN') return response.toString('utf8').split('\0')[1] ?? '';
  if (mechanism !== 'AMQPLAIN') return '';
  const length = Buffer.alloc(4);
  length.writeUInt32BE(response.length);
  const login: FieldTable = readTable(Buffer.concat([length, response]), 0, response.length + 4);
  return text(login.get('LOGIN')?.value);
}
