/**
 * A `Link` on a TCP socket. Output gathers in one buffer and leaves in one write a turn: many small writes cost a factor of
 * ten (a write is about 2 us, a small delivery 0.3 us).
 *
 * Buffers come from a pool of three sizes, so that an idle connection holds none and a busy one writes 256 KiB at a time.
 * A buffer that was handed to the socket is not touched again before the socket's callback returns it.
 */
import type { Socket } from 'node:net';
import type { Address, Link, LinkHandler, PeerCertificate, TlsSession } from './world';

/** What the handshake of a TLS connection has shown. */
export type Secured = Pick<Link, 'peerCertificate' | 'tls'>;

const TIERS: readonly number[] = [4096, 65536, 262144];
const POOL_MAX: readonly number[] = [256, 64, 32];
const pools: Buffer[][] = TIERS.map(() => []);
const NO_BUFFER = Buffer.alloc(0);

/** More than this waiting for the peer makes the link unwritable; half of it makes it writable again. */
const PENDING_LIMIT = 1 << 20;

const PLAIN: Secured = { peerCertificate: null, tls: null };

function take(bytes: number): Buffer {
  for (let tier = 0; tier < TIERS.length; tier++) {
    const size = TIERS[tier] as number;
    if (bytes <= size) return (pools[tier] as Buffer[]).pop() ?? Buffer.allocUnsafeSlow(size);
  }
  return Buffer.allocUnsafeSlow(bytes);
}

function giveBack(buffer: Buffer): void {
  const tier = TIERS.indexOf(buffer.length);
  if (tier >= 0 && (pools[tier] as Buffer[]).length < (POOL_MAX[tier] as number)) (pools[tier] as Buffer[]).push(buffer);
}

export class LiveLink implements Link {
  out: Buffer = NO_BUFFER;
  writable = true;
  readonly peer: Address;
  readonly local: Address;
  readonly peerCertificate: PeerCertificate | null;
  readonly tls: TlsSession | null;
  sentBytes = 0;
  writes = 0;
  private used = 0;
  /** What the last write carried: the next buffer is taken that large at once. */
  private lastSize = 0;
  private dirty = false;
  /** How often output was held back and not yet released. */
  private holds = 0;
  /** Full buffers that wait for the release, and their octets. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private ending = false;
  private closed = false;
  private handler: LinkHandler | null = null;

  /** `onDirty` is called once for the first `reserve` after each flush. */
  constructor(
    private readonly socket: Socket,
    private readonly onDirty: (link: LiveLink) => void,
    secured: Secured = PLAIN,
  ) {
    this.peer = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.peerCertificate = secured.peerCertificate;
    this.tls = secured.tls;
    socket.setNoDelay(true);
  }

  attach(handler: LinkHandler): void {
    this.handler = handler;
    let failure: Error | null = null;
    this.socket.on('data', (chunk: Buffer) => handler.onBytes(chunk));
    this.socket.on('error', (error) => {
      failure = error;
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.out = NO_BUFFER;
      this.used = 0;
      this.held = [];
      this.heldBytes = 0;
      handler.onClose(failure);
    });
  }

  reserve(bytes: number): number {
    const at = this.used;
    if (at + bytes > this.out.length) return this.makeRoom(bytes);
    this.used = at + bytes;
    if (!this.dirty) this.markDirty();
    return at;
  }

  private makeRoom(bytes: number): number {
    const largest = TIERS[TIERS.length - 1] as number;
    if (this.used === 0) {
      if (this.out.length > 0) giveBack(this.out);
      this.out = take(Math.max(bytes, Math.min(this.lastSize, largest)));
    } else if (this.used + bytes <= largest) {
      const larger = take(Math.max(this.used + bytes, this.out.length + 1));
      this.out.copy(larger, 0, 0, this.used);
      giveBack(this.out);
      this.out = larger;
    } else {
      if (this.holds === 0) this.flush();
      else this.setAside();
      this.out = take(Math.max(bytes, largest));
    }
    const at = this.used;
    this.used = at + bytes;
    if (!this.dirty) this.markDirty();
    return at;
  }

  private markDirty(): void {
    this.dirty = true;
    this.onDirty(this);
  }

  holdOutput(): void {
    this.holds++;
  }

  releaseOutput(): void {
    if (--this.holds === 0 && !this.dirty) this.markDirty();
  }

  /** What is reserved joins what waits for the release. */
  private setAside(): void {
    this.held.push(Buffer.from(this.out.subarray(0, this.used)));
    this.heldBytes += this.used;
    giveBack(this.out);
    this.out = NO_BUFFER;
    this.used = 0;
  }

  /** Hands what was reserved to the socket. */
  flush(): void {
    this.dirty = false;
    if (this.holds > 0) return;
    if (this.heldBytes > 0) {
      for (const buffer of this.held) this.write(buffer, buffer.length);
      this.held = [];
      this.heldBytes = 0;
    }
    const size = this.used;
    if (size > 0) {
      const { out } = this;
      this.out = NO_BUFFER;
      this.used = 0;
      this.write(out, size);
    }
    if (this.ending && !this.closed) this.socket.end();
  }

  private write(buffer: Buffer, size: number): void {
    this.lastSize = size;
    if (this.closed || this.socket.destroyed) {
      giveBack(buffer);
      return;
    }
    this.sentBytes += size;
    this.writes++;
    this.socket.write(size === buffer.length ? buffer : buffer.subarray(0, size), () => {
      giveBack(buffer);
      if (!this.writable && this.socket.writableLength <= PENDING_LIMIT / 2 && !this.closed) {
        this.writable = true;
        this.handler?.onDrain();
      }
    });
    // What the kernel took at once is gone from this count already, although its callback comes later.
    if (this.socket.writableLength > PENDING_LIMIT) this.writable = false;
  }

  get pendingBytes(): number {
    return this.socket.writableLength + this.heldBytes + this.used;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.ending = true;
    if (!this.dirty) this.markDirty();
  }

  abort(): void {
    this.used = 0;
    this.held = [];
    this.heldBytes = 0;
    // A TLS socket has no reset of its own.
    if ('encrypted' in this.socket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  release(): void {
    this.flush();
    this.socket.destroy();
  }
}
