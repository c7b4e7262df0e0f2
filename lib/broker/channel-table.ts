/**
 * The channels of one connection, by number: how they open, fail and end.
 *
 *   channel.open ──▶ open ──┬─ client's close ─────────────────▶ forgotten
 *                           └─ an error of ours ─▶ closing ──close-ok──▶ forgotten
 */
import { FRAME_METHOD, REPLY } from '../amqp/constants';
import { decodeMethod, encodeMethod } from '../amqp/method-codec';
import { Channel } from './channel';
import type { WaitPort } from './channel-wait';
import { closeArgs } from './close-text';
import type { Connection } from './connection';
import { ProtocolError } from './errors';

export class ChannelTable {
  private readonly byNumber = new Map<number, Channel>();
  /** Looked up last; most frames come in runs. */
  private last: Channel | null = null;

  constructor(private readonly connection: Connection) {}

  get(number: number): Channel | null {
    if (this.last !== null && this.last.number === number) return this.last;
    const channel = this.byNumber.get(number) ?? null;
    this.last = channel;
    return channel;
  }

  get size(): number {
    return this.byNumber.size;
  }

  values(): IterableIterator<Channel> {
    return this.byNumber.values();
  }

  open(number: number): void {
    const { connection, byNumber } = this;
    if (byNumber.has(number)) throw new ProtocolError(REPLY.channelError, "second 'channel.open' seen");
    const { channelMax, user } = connection.session;
    if (byNumber.size >= channelMax) {
      const text = `number of channels opened (${byNumber.size}) has reached the negotiated channel_max (${channelMax})`;
      throw new ProtocolError(REPLY.notAllowed, text, false);
    }
    connection.host.quotas.admitChannel(user);
    const channel = new Channel(connection, number);
    byNumber.set(number, channel);
    this.last = null;
    connection.host.quotas.used();
    connection.write(encodeMethod(number, 'channel.open-ok', { channelId: Buffer.alloc(0) }));
    connection.host.emit({ type: 'channel.opened', ...channel.ref });
  }

  closedByClient(channel: Channel, code: number, text: string): void {
    channel.close();
    this.forget(channel);
    this.connection.host.emit({ type: 'channel.closed', ...channel.ref, by: 'client', code, text });
    this.connection.write(encodeMethod(channel.number, 'channel.close-ok', {}));
  }

  /** `method`: class and method id of what failed. */
  fail(channel: Channel, error: ProtocolError, method: number): void {
    const { connection } = this;
    const { reply, message, namesMethod } = error;
    channel.close();
    connection.log.channelFailed(channel.number, error, method);
    connection.host.emit({ type: 'channel.closed', ...channel.ref, by: 'server', code: reply.code, text: message });
    const args = closeArgs(reply.code, message, namesMethod ? method : 0);
    connection.write(encodeMethod(channel.number, 'channel.close', args));
  }

  /** A frame for a channel that failed and whose close-ok has not come. */
  whileClosing(channel: Channel, type: number, bytes: Buffer, at: number, end: number): void {
    if (type !== FRAME_METHOD) return;
    const method = decodeMethod(bytes, at, end);
    if (method?.name === 'channel.close') this.connection.write(encodeMethod(channel.number, 'channel.close-ok', {}));
    if (method?.name === 'channel.close-ok' || method?.name === 'channel.close') this.forget(channel);
  }

  /** What a channel needs to wait for other nodes. */
  waitPort(channel: Channel): WaitPort {
    const { connection } = this;
    return {
      get alive() {
        return channel.open && connection.state === 'running';
      },
      failed: (error, method) => {
        if (!(error instanceof ProtocolError)) connection.broken(error);
        else if (error.reply.hard) connection.end.byError(error, method);
        else this.fail(channel, error, method);
      },
      frame: (bytes) => connection.handleHeld(bytes),
      write: (bytes) => connection.write(bytes),
      relieved: () => {
        if (connection.flow.heldFor !== channel) return;
        connection.flow.heldFor = null;
        connection.readOn();
      },
    };
  }

  endAll(): void {
    for (const channel of [...this.byNumber.values()]) if (channel.open) channel.close();
    this.byNumber.clear();
    this.last = null;
  }

  private forget(channel: Channel): void {
    this.byNumber.delete(channel.number);
    this.last = null;
    this.connection.host.quotas.used();
  }
}
