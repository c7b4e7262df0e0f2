/**
 * How a connection ends: by the client's close, by an error of ours, by a stream that cannot be read on, or by the network.
 * Whoever asked for the end closes the socket (RabbitMQ).
 */
import { FRAME_METHOD, REPLY } from '../amqp/constants';
import { decodeMethod } from '../amqp/method-codec';
import type { Timer } from '../world/world';
import { closeArgs } from './close-text';
import type { Connection } from './connection';
import { ProtocolError } from './errors';
import type { FrameReader } from './frame-reader';
import { REFUSAL_DELAY } from './handshake';

/** Milliseconds we wait for close-ok before the socket is closed all the same. */
const CLOSE_TIMEOUT = 30000;
/** Milliseconds a client has to end its side of the stream once we have ended ours. */
const END_TIMEOUT = 1000;

interface Cause {
  readonly by: 'client' | 'server' | 'network';
  readonly code: number;
  readonly text: string;
}

export class ConnectionEnd {
  /** Null while nobody has said a word of it. */
  private cause: Cause | null = null;
  private timer: Timer | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly reader: FrameReader,
  ) {}

  /** The socket is closed after this time, unless something else is decided before. */
  abortAfter(delayMs: number): void {
    this.timer?.cancel();
    this.timer = this.connection.host.world.clock.after(delayMs, () => this.connection.link.abort());
  }

  notNow(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  /** The client's connection.close: it closes the socket too. */
  byClient(code: number, text: string): void {
    const { connection } = this;
    this.cause = { by: 'client', code, text };
    connection.send('connection.close-ok', {});
    this.endAllChannels();
    connection.state = 'closed';
    this.reader.end();
    this.abortAfter(CLOSE_TIMEOUT);
  }

  /** Closes the connection with this error. `method` is class and method id, or 0. True if the client was told. */
  byError(error: ProtocolError, method: number): boolean {
    const { connection } = this;
    if (connection.state === 'closing' || connection.state === 'closed') return false;
    if (connection.state === 'handshake' && connection.handshake.silent && error.reply !== REPLY.accessRefused) {
      this.abortAfter(REFUSAL_DELAY);
      return false;
    }
    this.cause = { by: 'server', code: error.reply.code, text: error.message };
    if (error.reply !== REPLY.accessRefused) connection.log.failed(error, method);
    this.endAllChannels();
    connection.state = 'closing';
    connection.send('connection.close', closeArgs(error.reply.code, error.message, error.namesMethod ? method : 0));
    this.abortAfter(CLOSE_TIMEOUT);
    return true;
  }

  /** The stream cannot be read on from here. */
  unreadable(text: string): void {
    const { connection } = this;
    this.reader.end();
    const told = connection.state !== 'closing' && this.byError(new ProtocolError(REPLY.frameError, text, false), 0);
    if (told) this.closeSocket();
    else if (connection.state === 'closing') this.finish();
  }

  /** A frame after our connection.close; `at`: its payload. */
  frame(bytes: Buffer, type: number, number: number, at: number, end: number): void {
    if (type !== FRAME_METHOD || number !== 0) return;
    const method = decodeMethod(bytes, at, end);
    if (method?.name === 'connection.close') this.connection.send('connection.close-ok', {});
    if (method?.name === 'connection.close-ok') this.finish();
  }

  private finish(): void {
    this.endAllChannels();
    this.closeSocket();
  }

  closeSocket(): void {
    this.connection.state = 'closed';
    this.reader.end();
    this.connection.link.end();
    // A client that does not end its side must not keep the socket for ever.
    this.abortAfter(END_TIMEOUT);
  }

  /** The socket is closed, whoever did it. */
  closed(error: Error | null): void {
    const { connection } = this;
    this.notNow();
    this.reader.end();
    this.endAllChannels();
    connection.state = 'closed';
    connection.host.quotas.used();
    connection.log.closed(this.cause !== null || connection.openSession === null);
    if (connection.openSession === null) this.refused();
    else {
      const text = error?.message ?? 'connection closed without connection.close';
      const cause = this.cause ?? { by: 'network', code: 0, text };
      connection.host.emit({ type: 'connection.closed', connection: connection.name, ...cause });
    }
  }

  /** The end of a connection that never opened: silence tells nothing, a reason given by us does. */
  private refused(): void {
    if (this.cause === null) return;
    const { handshake, host, name: connection } = this.connection;
    const { user, vhost } = handshake;
    const { code, text } = this.cause;
    const name = handshake.property('connection_name');
    host.emit({ type: 'connection.refused', connection, name, user, vhost, code, text });
  }

  private endAllChannels(): void {
    const { channels, exclusiveQueues } = this.connection;
    channels.endAll();
    for (const queue of exclusiveQueues) queue.vhost.deleteQueue(queue, 'exclusive');
    exclusiveQueues.clear();
  }
}
