/**
 * A `net.Socket` inside the simulation, for programs that know nothing of it. Promises: it behaves as node's does where
 * programs look: events and their order, back-pressure, half-close, error codes, addresses; its listeners run in the
 * asynchronous context in which the socket was made.
 */
import { AsyncResource } from 'node:async_hooks';
import { Duplex } from 'node:stream';
import type { SimHost } from './sim';
import { systemError } from './sim-errors';
import type { HalfOpenHandler, SimLink } from './sim-link';
import type { Timer } from './world';

export interface SimSocketOptions {
  readonly allowHalfOpen?: boolean;
}

interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string;
  readonly timeout?: number;
}

type Done = (error?: Error | null) => void;

export class SimSocket extends Duplex {
  connecting = false;
  bytesRead = 0;
  bytesWritten = 0;
  timeout = 0;
  private link: SimLink | null = null;
  private readonly scope = new AsyncResource('SimSocket');
  /** Calls back the write that waits for the connection or for the peer. */
  private written: Done | null = null;
  private idleTimer: Timer | null = null;
  private lastActivity = 0;

  constructor(
    private readonly simHost: SimHost,
    options: SimSocketOptions = {},
  ) {
    super({ allowHalfOpen: options.allowHalfOpen ?? false, emitClose: false, autoDestroy: true });
  }

  /** Takes the forms that node's takes: (options, listener), (port, host, listener). */
  connect(...args: unknown[]): this {
    const [options, onConnect] = connectArguments(args);
    if (options.path !== undefined) throw new Error('The simulation has no local (path) sockets; connect to a host and port.');
    const port = Number(options.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw Object.assign(new RangeError(`Port should be >= 0 and < 65536. Received ${String(options.port)}.`), {
        code: 'ERR_SOCKET_BAD_PORT',
      });
    }
    if (onConnect !== undefined) this.once('connect', onConnect);
    if (options.timeout !== undefined) this.setTimeout(options.timeout);
    this.connecting = true;
    const host = options.host ?? 'localhost';
    this.link = this.simHost.net.dial({ host: host === '' ? 'localhost' : host, port }, this.handler()) as SimLink;
    return this;
  }

  get pending(): boolean {
    return this.link === null || this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bufferSize(): number {
    return this.writableLength;
  }

  get remoteAddress(): string | undefined {
    return this.openLink?.peer.host;
  }

  get remotePort(): number | undefined {
    return this.openLink?.peer.port;
  }

  get remoteFamily(): string | undefined {
    return this.openLink === null ? undefined : 'IPv4';
  }

  get localAddress(): string | undefined {
    return this.openLink?.local.host;
  }

  get localPort(): number | undefined {
    return this.openLink?.local.port;
  }

  get localFamily(): string | undefined {
    return this.remoteFamily;
  }

  address(): object {
    const link = this.openLink;
    return link === null ? {} : { address: link.local.host, family: 'IPv4', port: link.local.port };
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Emits 'timeout' after `ms` of virtual time without traffic; 0 turns it off. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    this.timeout = ms;
    this.idleTimer?.cancel();
    this.idleTimer = null;
    if (ms > 0) {
      if (onTimeout !== undefined) this.once('timeout', onTimeout);
      this.busy();
      this.watchIdle(ms);
    } else if (onTimeout !== undefined) {
      this.off('timeout', onTimeout);
    }
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy(): this {
    this.link?.abort();
    return this.destroy();
  }

  override _read(): void {
    this.link?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    const link = this.link;
    if (link === null) {
      this.once('connect', () => this._write(chunk, _encoding, done));
      return;
    }
    if (link.closed) {
      done(systemError('EPIPE', 'write'));
      return;
    }
    this.busy();
    this.bytesWritten += chunk.length;
    const at = link.reserve(chunk.length);
    chunk.copy(link.out, at);
    if (this.connecting || !link.writable) this.written = done;
    else done();
  }

  override _final(done: Done): void {
    if (this.pending) {
      this.once('connect', () => this._final(done));
      return;
    }
    this.link?.end();
    this.later(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connecting = false;
    this.idleTimer?.cancel();
    this.link?.release();
    const written = this.written;
    this.written = null;
    written?.(error ?? systemError('ECANCELED', 'write'));
    done(error);
    // After the 'error' event, which the stream emits in the next tick.
    this.later(() => this.emit('close', error !== null));
  }

  /** The link once it stands, until the socket is destroyed. */
  private get openLink(): SimLink | null {
    return this.pending || this.destroyed ? null : this.link;
  }

  private handler(): HalfOpenHandler {
    return {
      onOpen: () => this.inScope(() => this.opened()),
      onBytes: (chunk) => this.inScope(() => this.arrived(chunk)),
      onDrain: () => this.inScope(() => this.writeDone()),
      onEnd: () => this.inScope(() => this.endArrived()),
      onClose: (error) => this.inScope(() => this.linkClosed(error)),
    };
  }

  private opened(): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.busy();
    this.emit('connect');
    if (this.link?.writable) this.writeDone();
    this.emit('ready');
  }

  private arrived(chunk: Buffer): void {
    if (this.destroyed) return;
    this.busy();
    this.bytesRead += chunk.length;
    // A program may keep what it reads; the link's chunk is only lent.
    if (!this.push(Buffer.from(chunk))) this.link?.pause();
  }

  private endArrived(): void {
    this.push(null);
    // Without this, a socket that nobody reads from would not notice the end.
    this.read(0);
  }

  private linkClosed(error: Error | null): void {
    if (error !== null) {
      this.destroy(error);
      return;
    }
    if (!this.readableEnded && !this.destroyed) this.endArrived();
  }

  private writeDone(): void {
    const written = this.written;
    this.written = null;
    written?.();
  }

  private busy(): void {
    this.lastActivity = this.simHost.clock.now();
  }

  private watchIdle(waitMs: number): void {
    this.idleTimer = this.simHost.clock.after(waitMs, () => {
      const left = this.lastActivity + this.timeout - this.simHost.clock.now();
      if (left > 0) this.watchIdle(left);
      else this.inScope(() => this.emit('timeout'));
    });
  }

  private later(call: () => void): void {
    this.simHost.clock.after(0, () => this.inScope(call));
  }

  private inScope(call: () => void): void {
    this.simHost.world.scheduler.touched = true;
    this.scope.runInAsyncScope(call);
  }
}

function connectArguments(args: unknown[]): [ConnectOptions, (() => void) | undefined] {
  const listener = args.find((arg): arg is () => void => typeof arg === 'function');
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return [first, listener];
  if (typeof first === 'string' && Number.isNaN(Number(first))) return [{ path: first }, listener];
  const host = typeof second === 'string' ? { host: second } : {};
  return [{ port: first as number | string, ...host }, listener];
}
