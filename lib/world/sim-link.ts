/**
 * One end of a simulated TCP connection. Promises, besides those of `Link` (world.ts): its handler is never called from
 * inside a call to the link; `onClose` comes exactly once and last, unless the process that owns the link crashed; what was
 * reserved leaves at the end of the turn in one piece, or sooner if the buffer is full.
 */
import { systemError } from './sim-errors';
import type { Fault } from './sim-faults';
import type { Path } from './sim-path';
import type { SimPipe } from './sim-pipe';
import type { SimEvent, SimProcess, SimScheduler } from './sim-scheduler';
import type { Address, Link, LinkHandler } from './world';

/** A handler that also wants to know of the end of the peer's stream, and then ends its own itself. */
export interface HalfOpenHandler extends LinkHandler {
  onEnd?(): void;
}

/** Most links say little at a time: a buffer begins small, and is sent for being full only at the larger size. */
const FIRST_BUFFER_BYTES = 1024;
const BUFFER_BYTES = 16_384;
/** Above this much pending output a link is not writable; it is again when no more than `LOW_WATER` is left. */
const HIGH_WATER = 1_048_576;
const LOW_WATER = 524_288;

export class SimLink implements Link {
  readonly peerCertificate = null;
  readonly tls = null;
  sentBytes = 0;
  writes = 0;
  out: Buffer = Buffer.allocUnsafe(0);
  readPaused = false;
  closed = false;
  /** The connection stands and the program knows of it: bytes may leave and arrive. */
  ready = false;
  /** These three are null until the dial has reached the other machine. */
  outgoing: SimPipe | null = null;
  incoming: SimPipe | null = null;
  other: SimLink | null = null;
  handler: HalfOpenHandler | null = null;
  /** Gives the dial up when it is not answered. */
  dialPatience: SimEvent | null = null;
  private spare: Buffer = Buffer.allocUnsafe(0);
  private used = 0;
  private dirty = false;
  /** How often output was held back and not yet released. */
  private holds = 0;
  private blocked = false;
  private drainExpected = false;
  private endAsked = false;
  private endSent = false;
  private endReceived = false;

  constructor(
    readonly process: SimProcess,
    private readonly scheduler: SimScheduler,
    /** Open links of the process. */
    private readonly siblings: Set<SimLink>,
    readonly local: Address,
    readonly peer: Address,
  ) {
    siblings.add(this);
  }

  reserve(bytes: number): number {
    const needed = this.used + bytes;
    if (needed > this.out.length) this.makeRoom(bytes);
    const at = this.used;
    // What is reserved after the end has somewhere to be written, and goes nowhere.
    if (this.closed || this.endSent) return at;
    this.used += bytes;
    this.markDirty();
    return at;
  }

  get writable(): boolean {
    return !this.blocked && this.used <= HIGH_WATER;
  }

  get pendingBytes(): number {
    return this.used + (this.outgoing === null ? 0 : this.outgoing.pending);
  }

  pause(): void {
    this.readPaused = true;
  }

  resume(): void {
    if (!this.readPaused) return;
    this.readPaused = false;
    this.incoming?.readerResumed();
  }

  holdOutput(): void {
    this.holds++;
  }

  releaseOutput(): void {
    if (--this.holds === 0 && !this.closed) this.markDirty();
  }

  end(): void {
    if (this.closed || this.endAsked) return;
    this.endAsked = true;
    this.markDirty();
  }

  abort(): void {
    if (this.closed) return;
    this.used = 0;
    this.outgoing?.sendReset();
    this.closeSoon(null);
  }

  /**
   * What the operating system does when a program closes a socket and does not wait: what was written still leaves, then
   * the end of the stream; what arrives from now on is answered by a reset. `onClose(null)` follows.
   */
  release(): void {
    if (this.closed) return;
    this.endAsked = true;
    this.flush();
    this.closeSoon(null);
  }

  /** Hands what is reserved, and then the end if it was asked for, to the network. */
  flush(): void {
    this.dirty = false;
    if (this.closed || !this.ready || this.holds > 0) return;
    this.sendReserved();
    // An armed reset may have closed this end just now.
    if (this.closed || !this.endAsked || this.endSent) return;
    this.endSent = true;
    (this.outgoing as SimPipe).sendEnd();
    if (this.endReceived) this.closeSoon(null);
  }

  // From the network, inside an event of this link's process:

  /** The dial was answered, or the connection accepted. */
  opened(): void {
    this.ready = true;
    this.dialPatience?.cancel();
    this.flush();
    this.handler?.onOpen?.();
    this.incoming?.readerResumed();
  }

  bytesArrived(chunk: Buffer): void {
    this.handler?.onBytes(chunk);
  }

  endArrived(): void {
    this.endReceived = true;
    if (this.endSent) this.close(null);
    else if (this.handler?.onEnd !== undefined) this.handler.onEnd();
    else {
      this.endAsked = true;
      this.flush();
      this.close(null);
    }
  }

  /** Closes this end and tells the handler. */
  close(error: Error | null): void {
    if (this.closed) return;
    this.markClosed();
    this.handler?.onClose(error);
  }

  // From the network or the program, inside any event or none:

  /** Closes this end; the handler is told in an event of its own at this instant. */
  closeSoon(error: Error | null): void {
    if (this.closed) return;
    this.markClosed();
    this.scheduler.at(this.scheduler.now, this.process, () => this.handler?.onClose(error));
  }

  /** The network broke the connection: both ends are told, what was under way is lost. */
  breakDown(fault: Fault): void {
    const other = this.other;
    if (this.closed || other === null) return;
    fault.connectionsReset++;
    fault.bytesDropped += this.pendingBytes + other.pendingBytes;
    this.outgoing?.discard();
    this.incoming?.discard();
    this.closeSoon(systemError('ECONNRESET', 'read'));
    other.closeSoon(systemError('ECONNRESET', 'read'));
  }

  /** The process is dead. Nobody is told here; the peer is, if the network lets it. Returns the bytes lost. */
  crashed(): number {
    const lost = this.used + (this.incoming?.receiverDied() ?? 0);
    this.markClosed();
    this.outgoing?.sendReset();
    return lost;
  }

  /** Something arrived at this closed end. */
  refuse(): void {
    this.outgoing?.sendReset();
  }

  /** The peer has taken some of what was sent; word of it travels over `back`. */
  bytesTaken(back: Path): void {
    if (!this.blocked || this.drainExpected || (this.outgoing as SimPipe).pending > LOW_WATER) return;
    this.drainExpected = true;
    const drained = (): void => {
      if (this.closed) return;
      if (back.cutBy !== null) {
        back.cutBy.bytesDelayed += this.pendingBytes;
        back.stall(() => this.scheduler.at(this.scheduler.now, this.process, drained));
        return;
      }
      this.drainExpected = false;
      if ((this.outgoing as SimPipe).pending > LOW_WATER) return;
      this.blocked = false;
      this.handler?.onDrain();
    };
    this.scheduler.at(this.scheduler.now + back.delay(), this.process, drained);
  }

  /** For error messages. */
  describe(name: string): string {
    const state = this.ready ? 'open' : 'connecting';
    const output = this.pendingBytes === 0 ? '' : `, ${this.pendingBytes} bytes on their way out`;
    return `${name}:${this.local.port} to ${this.other?.process.name ?? this.peer.host}:${this.peer.port} ${state}${output}`;
  }

  private markClosed(): void {
    this.closed = true;
    this.used = 0;
    this.siblings.delete(this);
    this.dialPatience?.cancel();
    // What waits for this end to read is now to be refused.
    this.incoming?.readerResumed();
  }

  private markDirty(): void {
    if (this.dirty) return;
    this.dirty = true;
    this.scheduler.flushAtEnd(this);
  }

  private sendReserved(): void {
    if (this.used === 0) return;
    const bytes = Buffer.from(this.out.subarray(0, this.used));
    this.used = 0;
    // The other buffer takes over, so that an `out` kept against the contract shows as garbled output.
    const written = this.out;
    this.out = this.spare;
    this.spare = written.length > BUFFER_BYTES ? Buffer.allocUnsafe(0) : written;
    const outgoing = this.outgoing as SimPipe;
    outgoing.send(bytes);
    this.sentBytes += bytes.length;
    this.writes++;
    if (outgoing.pending > HIGH_WATER) this.blocked = true;
  }

  /** Makes `out` hold `bytes` more: by sending what it holds, or, where that is not possible, by growing. */
  private makeRoom(bytes: number): void {
    const isFull = this.used + bytes > Math.max(BUFFER_BYTES, this.out.length);
    if (isFull && this.ready && !this.closed && this.holds === 0) this.sendReserved();
    const needed = this.used + bytes;
    if (needed <= this.out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.out.length, FIRST_BUFFER_BYTES));
    this.out.copy(larger, 0, 0, this.used);
    this.out = larger;
  }
}
