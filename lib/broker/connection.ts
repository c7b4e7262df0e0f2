/**
 * One client connection: cuts the byte stream into frames, gives them to its channels (channel-table.ts), and turns protocol
 * errors into channel.close and connection.close. Frames are read in place; only a frame cut by the end of a read is copied.
 *
 *   handshake ──open──▶ running ──┬─ client's close ───────────▶ closed
 *                                 └─ our close ─▶ closing ──close-ok──▶ closed
 */
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD,
  PROTOCOL_HEADER,
  REPLY,
  FRAME_MIN_SIZE,
} from '../amqp/constants';
import { decodeMethod, encodeMethod } from '../amqp/method-codec';
import { int32At, uint16At, uint32At } from '../amqp/octets';
import { methodId, type ArgsOf, type Method, type MethodName } from '../amqp/methods';
import { AmqpSyntaxError } from '../amqp/syntax-error';
import type { Link, LinkHandler } from '../world/world';
import type { Channel } from './channel';
import { ChannelTable } from './channel-table';
import { FrameReader, type FrameSink } from './frame-reader';
import { checkFrame } from './frame-shape';
import { ReadFlow } from './read-flow';
import { type ConnectionFacts, ConnectionLog } from './connection-log';
import { printedOctets, undecodable } from './close-text';
import { ConnectionEnd } from './connection-end';
import { ProtocolError } from './errors';
import { Handshake } from './handshake';
import { Heartbeat } from './heartbeat';
import { Arrival } from './message';
import { changesDefinitions, handlerOf } from './methods/handlers';
import type { NodeHost } from './node-host';
import type { Queue } from './queue/queue';
import type { Session } from './session';
import { endOfWholePublish } from './whole-publish';

const PUBLISH = methodId('basic.publish');
type State = 'handshake' | 'running' | 'closing' | 'closed';

export class Connection implements LinkHandler, FrameSink {
  readonly name: string;
  readonly channels = new ChannelTable(this);
  readonly exclusiveQueues = new Set<Queue>();
  readonly arrival = new Arrival();
  readonly handshake: Handshake;
  readonly log: ConnectionLog;
  state: State = 'handshake';
  readonly flow: ReadFlow;
  private opened: Session | null = null;
  private readonly reader = new FrameReader(this, FRAME_MIN_SIZE);
  readonly end = new ConnectionEnd(this, this.reader);
  /** What has come of the protocol header. */
  private header: Buffer = Buffer.alloc(0);
  received = 0;
  /** How many pieces it came in. */
  reads = 0;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  private sent = 0;
  private heartbeat: Heartbeat | null = null;
  /** Batch of the storage that output waits for already; -1 at first. */
  private answersWaitFor = -1;

  constructor(
    readonly link: Link,
    readonly host: NodeHost,
    private readonly onGone: (connection: Connection) => void,
  ) {
    this.name = `${link.peer.host}:${link.peer.port} -> ${link.local.host}:${link.local.port}`;
    this.connectedAt = host.world.clock.epochMs();
    this.handshake = new Handshake(this);
    this.log = new ConnectionLog(host.world.log, () => this.facts(), host.nextNumber());
    this.flow = new ReadFlow(link, this.reader, host.world.clock);
    this.end.abortAfter(host.limits.handshakeTimeout);
  }

  private facts(): ConnectionFacts {
    const { user, step } = this.handshake;
    const state = this.opened !== null ? 'running' : step === 'open' ? 'opening' : 'starting';
    const clientName = this.handshake.property('connection_name');
    return { address: this.name, clientName, user, vhost: this.opened?.vhost.name ?? '', state };
  }

  get session(): Session {
    if (this.opened === null) throw new Error('the connection is not open yet');
    return this.opened;
  }

  get openSession(): Session | null {
    return this.opened;
  }

  // --- bytes in ---

  onBytes(chunk: Buffer): void {
    this.received += chunk.length;
    this.reads++;
    if (this.handshake.step === 'header') this.readHeader(chunk);
    else this.read(chunk);
  }

  private readHeader(chunk: Buffer): void {
    this.header = Buffer.concat([this.header, chunk]);
    if (this.header.length < PROTOCOL_HEADER.length) return;
    this.handshake.header(this.header);
    if (this.state === 'handshake') this.read(this.header.subarray(PROTOCOL_HEADER.length));
  }

  private read(chunk: Buffer): void {
    this.reader.read(chunk);
    this.arrival.clear();
    this.flow.afterRead();
  }

  /** Stops at a publish under an alarm, and before anything while too many answers wait for the client. */
  frame(bytes: Buffer, o: number, next: number, end: number): number {
    return this.flow.tooManyReplies || this.flow.heldFor !== null ? o : this.handle(bytes, o, next, end);
  }

  /** A frame that was held; false if it cannot be handled now. */
  handleHeld(frame: Buffer): boolean {
    const done = this.handle(frame, 0, frame.length, frame.length) > 0;
    this.arrival.clear();
    return done;
  }

  /** The frame at `o`, and perhaps more; `o` itself if it cannot be handled now. */
  private handle(bytes: Buffer, o: number, next: number, end: number): number {
    const type = bytes[o];
    const number = uint16At(bytes, o + 1);
    if (type === FRAME_METHOD && next - o >= 12 && this.state === 'running' && int32At(bytes, o + 7) === PUBLISH) {
      const alarm = this.host.resourceAlarms.text;
      if (alarm !== null) {
        this.block(alarm);
        return o;
      }
      const done = this.publishWhole(bytes, o, next, end, number);
      if (done !== 0) return done;
    }
    try {
      this.anyFrame(bytes, type as number, number, o + 7, next - 1);
    } catch (error) {
      this.caught(error, number, bytes, o, next);
    }
    return next;
  }

  /** A publish whose header and at most one body frame follow it in the same read; 0 if it is not so. */
  private publishWhole(bytes: Buffer, o: number, next: number, end: number, number: number): number {
    const channel = this.channels.get(number);
    if (channel === null || !channel.open || channel.publisher.expectsContent || channel.wait.active) return 0;
    const stop = endOfWholePublish(bytes, next, end, number, this.reader.frameMax, this.host.maxMessageSize);
    if (stop === 0) return 0;
    try {
      channel.publisher.publishWhole(bytes, o + 11, next - o - 12, next, stop);
    } catch (error) {
      this.caught(error, number, bytes, o, next);
    }
    return stop;
  }

  private anyFrame(bytes: Buffer, type: number, number: number, at: number, end: number): void {
    if (this.state === 'closing') {
      this.end.frame(bytes, type, number, at, end);
      return;
    }
    checkFrame(bytes, type, number, at, end, this.state === 'handshake');
    if (type === FRAME_HEARTBEAT && number === 0) return;
    const channel = number === 0 ? null : this.channels.get(number);
    if (channel?.wait.active) {
      channel.wait.hold(bytes.subarray(at - 7, end + 1));
      if (channel.wait.full) this.flow.heldFor = channel;
      return;
    }
    if (channel !== null && !channel.open) {
      this.channels.whileClosing(channel, type, bytes, at, end);
      return;
    }
    if (channel?.publisher.expectsContent) this.content(channel, type, bytes, at, end);
    else if (type === FRAME_METHOD) this.method(bytes, number, channel, at, end);
    else throw new ProtocolError(REPLY.unexpectedFrame, 'expected method frame, got non method frame instead', false);
  }

  private content({ publisher }: Channel, type: number, bytes: Buffer, at: number, end: number): void {
    if (type === FRAME_HEADER) publisher.header(bytes, at, end - at);
    else if (type === FRAME_BODY) publisher.body(bytes, at, end - at);
    else throw publisher.unexpectedFrame();
  }

  // --- methods ---

  private method(bytes: Buffer, number: number, channel: Channel | null, at: number, end: number): void {
    const method = decodeMethod(bytes, at, end, 'utf8');
    if (method === null) {
      // RabbitMQ's reader dies of it, so the stream ends without a word.
      this.log.warn(`unknown method ${idText(bytes, at)}`);
      this.link.abort();
    } else if (number === 0) this.connectionMethod(method);
    else if (method.name === 'channel.open') this.channels.open(number);
    else if (channel === null) throw new ProtocolError(REPLY.channelError, "expected 'channel.open'");
    else this.channelMethod(channel, method, bytes, at, end);
  }

  private channelMethod(channel: Channel, method: Method, bytes: Buffer, at: number, end: number): void {
    if (method.name === 'channel.close') {
      this.channels.closedByClient(channel, method.args.replyCode, method.args.replyText);
      return;
    }
    if (method.name === 'basic.publish') {
      channel.publisher.begin(bytes, at + 4, end - at - 4);
      return;
    }
    const handler = handlerOf(method.name);
    if (handler === undefined) throw new ProtocolError(REPLY.commandInvalid, 'unimplemented method');
    const { storage, cluster } = this.host;
    channel.wait.method = uint32At(bytes, at);
    if (cluster !== null && cluster.running.length > 1 && changesDefinitions(channel, method)) {
      channel.wait.change(cluster, () => handler(channel, method.args as never));
      return;
    }
    const before = storage.changes;
    handler(channel, method.args as never);
    if (storage.changes !== before || storage.changing) this.answerAfterSync();
  }

  /** Not the client's fault. */
  broken(error: unknown): void {
    this.log.defect(String((error as Error).stack ?? error));
    this.end.byError(new ProtocolError(REPLY.internalError, 'broken invariant in the broker; see its log', false), 0);
  }

  /** What this connection is told from here on leaves when everything done so far is safe. */
  answerAfterSync(): void {
    const { storage } = this.host;
    if (this.answersWaitFor === storage.batch) return;
    this.answersWaitFor = storage.batch;
    this.link.holdOutput();
    storage.afterSync(() => this.link.releaseOutput());
  }

  private connectionMethod(method: Method): void {
    if (method.name === 'connection.close' && this.state === 'running') {
      this.end.byClient(method.args.replyCode, method.args.replyText);
    } else if (this.state === 'handshake') {
      const session = this.handshake.method(method);
      if (session !== null) this.run(session);
      else if (this.handshake.step === 'tune') this.reader.frameMax = this.host.limits.frameMax;
    } else if (method.name === 'connection.update-secret') this.updateSecret();
    else throw new ProtocolError(REPLY.channelError, 'unexpected method in connection state running');
  }

  private run(session: Session): void {
    this.opened = session;
    this.state = 'running';
    this.reader.frameMax = session.frameMax;
    this.end.notNow();
    this.send('connection.open-ok', { knownHosts: '' });
    this.host.quotas.used();
    this.log.opened();
    this.host.emit({
      type: 'connection.opened',
      connection: this.name,
      name: this.handshake.property('connection_name'),
      product: this.handshake.property('product'),
      user: session.user,
      vhost: session.vhost.name,
    });
  }

  /** Meant for mechanisms whose credentials expire; with passwords RabbitMQ accepts it and goes on. */
  private updateSecret(): void {
    this.send('connection.update-secret-ok', {});
  }

  // --- errors ---

  private caught(error: unknown, number: number, bytes: Buffer, o: number, next: number): void {
    const failure = error instanceof AmqpSyntaxError ? undecodable(error, bytes, o, next) : error;
    if (!(failure instanceof ProtocolError)) {
      this.broken(error);
      return;
    }
    const channel = this.channels.get(number);
    const inContent = bytes[o] !== FRAME_METHOD || channel?.publisher.expectsContent;
    const id = inContent || next - o < 12 ? PUBLISH : uint32At(bytes, o + 7);
    if (failure.reply.hard || channel === null) this.end.byError(failure, id);
    else this.channels.fail(channel, failure, id);
  }

  frameTooLarge(type: number, size: number): void {
    const text = `type ${type}, all octets = <<>>: {frame_too_large,${size},${this.reader.frameMax - FRAME_OVERHEAD}}`;
    this.end.unreadable(text);
  }

  badFrameEnd(bytes: Buffer, o: number, next: number): void {
    const payload = printedOctets(bytes, o + 7, next - 1);
    this.end.unreadable(`type ${bytes[o]}, all octets = ${payload}: {invalid_frame_end_marker,${bytes[next - 1]}}`);
  }

  onClose(error: Error | null): void {
    this.heartbeat?.stop();
    this.end.closed(error);
    this.onGone(this);
  }

  // --- flow ---

  onDrain(): void {
    for (const channel of this.channels.values()) channel.wakeConsumers();
    if (this.flow.repliesTaken()) this.readOn();
  }

  private block(reason: string): void {
    this.flow.blocked = true;
    if (this.session.blockedNotify) this.send('connection.blocked', { reason });
    this.host.emit({ type: 'connection.blocked', connection: this.name, reason });
  }

  /** The alarm is over. */
  unblock(): void {
    if (!this.flow.blocked) return;
    this.flow.blocked = false;
    if (this.session.blockedNotify) this.send('connection.unblocked', {});
    this.host.emit({ type: 'connection.unblocked', connection: this.name });
    this.readOn();
  }

  /** What stopped the reading may be over. */
  readOn(): void {
    for (const channel of this.channels.values()) channel.wait.handleHeld();
    this.flow.readOn();
    this.arrival.clear();
  }

  startHeartbeat(seconds: number): void {
    if (seconds === 0) return;
    const port = {
      clock: this.host.world.clock,
      received: () => this.received,
      sent: () => this.sent,
      send: () => this.writeBytes(HEARTBEAT),
      giveUp: () => {
        if (!this.flow.stopped) this.link.abort();
      },
    };
    this.heartbeat = new Heartbeat(port, seconds);
  }

  // --- bytes out ---

  send<N extends MethodName>(name: N, args: ArgsOf<N>): void {
    this.write(encodeMethod(0, name, args));
  }

  write(frame: Buffer): void {
    if (this.state !== 'closed') this.writeBytes(frame);
  }

  writeBytes(bytes: Buffer): void {
    this.sent += bytes.length;
    const at = this.link.reserve(bytes.length);
    bytes.copy(this.link.out, at);
  }
}

const HEARTBEAT = Buffer.from([FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END]);

function idText(bytes: Buffer, at: number): string {
  return `${bytes.readUInt16BE(at)},${bytes.readUInt16BE(at + 2)}`;
}
