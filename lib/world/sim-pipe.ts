/**
 * One direction of a simulated TCP connection. Promises: bytes arrive in the order in which they were sent, each exactly
 * once, cut and joined at places chosen by the seed, until the connection is reset or an end of it is gone; a cut path
 * delays them, and breaks the connection when it lasts longer than the sender's patience.
 */
import { systemError } from './sim-errors';
import type { Fault } from './sim-faults';
import type { SimLink } from './sim-link';
import type { Path } from './sim-path';
import type { SimEvent } from './sim-scheduler';

/** A piece of what was sent; `bytes` is null for the end of the stream. */
interface Segment {
  readonly bytes: Buffer | null;
  /** Bytes of it that have been delivered. */
  taken: number;
  readonly arrivesAt: number;
}

/** The most that one read takes, as node reads. */
const LARGEST_CHUNK = 65_536;
/** How long Linux resends before it gives a connection up (tcp_retries2 = 15). */
const SENDER_PATIENCE_MS = 924_600;

export class SimPipe {
  /** Bytes sent and not yet taken by the receiver. */
  pending = 0;
  private segments: Segment[] = [];
  private head = 0;
  private lastArrival = 0;
  /** When the bandwidth allows the next byte to leave. */
  private freeAt = 0;
  /** Something will call `deliver`: an event, a path that is cut, or a receiver that does not read at present. */
  private awaited = false;
  private waitsForReader = false;
  private patience: SimEvent | null = null;

  constructor(
    private readonly path: Path,
    private readonly back: Path,
    private readonly sender: SimLink,
    private readonly receiver: SimLink,
  ) {}

  /** Sends `bytes`, which from now on belong to the pipe. */
  send(bytes: Buffer): void {
    const armed = this.path.armedReset;
    if (armed === null || bytes.length < armed.left) {
      if (armed !== null) armed.left -= bytes.length;
      this.push(bytes, bytes.length);
      return;
    }
    this.path.armedReset = null;
    armed.fault.bytesDropped += bytes.length - armed.left;
    armed.fault.connectionsReset++;
    if (armed.left > 0) this.push(bytes.subarray(0, armed.left), armed.left);
    this.sendReset();
    this.sender.closeSoon(systemError('ECONNRESET', 'read'));
  }

  sendEnd(): void {
    this.push(null, 0);
  }

  /** Tells the receiver, after what has been sent so far, that the connection is no more. Lost if the path is cut. */
  sendReset(): void {
    const scheduler = this.path.model.scheduler;
    const arrival = Math.max(this.lastArrival, scheduler.now + this.path.delay());
    scheduler.at(arrival, null, () => {
      if (this.receiver.closed) return;
      if (this.path.cutBy !== null) {
        this.path.cutBy.resetsLost++;
        return;
      }
      // Through the receiver's process, so that a paused one learns of it when it is resumed.
      scheduler.at(scheduler.now, this.receiver.process, () => this.receiver.close(systemError('ECONNRESET', 'read')));
    });
  }

  /** The receiver reads again. */
  readerResumed(): void {
    if (!this.waitsForReader) return;
    this.waitsForReader = false;
    this.schedule(this.path.model.scheduler.now);
  }

  /** Forgets all that is under way; returns how many bytes that was. */
  discard(): number {
    const lost = this.pending;
    this.segments = [];
    this.head = 0;
    this.pending = 0;
    this.forgetPatience();
    return lost;
  }

  /** The receiver is dead: nothing that waits for it will wake the pipe. */
  receiverDied(): number {
    this.awaited = false;
    this.waitsForReader = false;
    return this.discard();
  }

  private push(bytes: Buffer | null, length: number): void {
    const model = this.path.model;
    const leavesAt = Math.max(model.scheduler.now, this.freeAt);
    this.freeAt = leavesAt + length / model.bytesPerMs;
    const arrivesAt = Math.max(this.lastArrival, this.freeAt + this.path.delay());
    this.lastArrival = arrivesAt;
    this.segments.push({ bytes, taken: 0, arrivesAt });
    this.pending += length;
    if (this.path.slowedBy !== null) this.path.slowedBy.bytesDelayed += length;
    if (!this.awaited) this.schedule(arrivesAt);
  }

  private schedule(at: number): void {
    this.awaited = true;
    const owner = this.receiver.closed ? null : this.receiver.process;
    this.path.model.scheduler.at(at, owner, this.deliver);
  }

  private readonly deliver = (): void => {
    this.awaited = false;
    const segment = this.segments[this.head];
    if (segment === undefined) return;
    if (this.path.cutBy !== null) {
      this.stall(this.path.cutBy);
      return;
    }
    this.forgetPatience();
    if (this.receiver.closed) {
      this.discard();
      this.receiver.refuse();
      return;
    }
    if (this.receiver.readPaused || !this.receiver.ready) {
      this.awaited = true;
      this.waitsForReader = true;
      return;
    }
    if (segment.bytes === null) {
      this.discard();
      this.receiver.endArrived();
      return;
    }
    const chunk = this.takeChunk();
    this.path.model.scheduler.hash.mixBytes(chunk);
    this.path.model.scheduler.lend(chunk);
    this.sender.bytesTaken(this.back);
    this.receiver.bytesArrived(chunk);
  };

  private stall(cut: Fault): void {
    this.awaited = true;
    cut.bytesDelayed += this.pending;
    this.path.stall(() => this.schedule(this.path.model.scheduler.now));
    const scheduler = this.path.model.scheduler;
    this.patience ??= scheduler.at(scheduler.now + SENDER_PATIENCE_MS, this.sender.process, () => {
      cut.bytesDropped += this.discard();
      cut.connectionsReset++;
      this.sender.close(systemError('ETIMEDOUT', 'read'));
    });
  }

  /** Takes some of what has arrived, and schedules the arrival of the rest. */
  private takeChunk(): Buffer {
    const { scheduler, chunking, cuts } = this.path.model;
    let arrived = 0;
    for (let i = this.head; i < this.segments.length && arrived < LARGEST_CHUNK; i++) {
      const segment = this.segments[i] as Segment;
      if (segment.bytes === null || segment.arrivesAt > scheduler.now) break;
      arrived += segment.bytes.length - segment.taken;
    }
    const most = Math.min(arrived, LARGEST_CHUNK);
    let size = most;
    let gap = 0;
    if (chunking && most > 1 && cuts.float() < 0.5) {
      // Half of the cuts near the start, where the headers are.
      size = 1 + cuts.int(cuts.float() < 0.5 ? Math.min(most - 1, 16) : most - 1);
      gap = cuts.float() < 0.5 ? 0 : cuts.float() * this.path.model.jitterMs;
    }
    const chunk = this.take(size);
    this.pending -= size;
    const next = this.segments[this.head];
    if (next !== undefined) this.schedule(Math.max(next.arrivesAt, scheduler.now + gap));
    return chunk;
  }

  private take(size: number): Buffer {
    const first = this.segments[this.head] as Segment;
    const bytes = first.bytes as Buffer;
    if (bytes.length - first.taken >= size) {
      first.taken += size;
      if (first.taken === bytes.length) this.dropHead();
      return bytes.subarray(first.taken - size, first.taken);
    }
    const chunk = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size; ) {
      const segment = this.segments[this.head] as Segment;
      const from = segment.bytes as Buffer;
      const copied = from.copy(chunk, filled, segment.taken, segment.taken + size - filled);
      filled += copied;
      segment.taken += copied;
      if (segment.taken === from.length) this.dropHead();
    }
    return chunk;
  }

  private forgetPatience(): void {
    this.patience?.cancel();
    this.patience = null;
  }

  private dropHead(): void {
    this.head++;
    if (this.head === this.segments.length) {
      this.segments = [];
      this.head = 0;
    } else if (this.head >= 64 && this.head * 2 > this.segments.length) {
      this.segments = this.segments.slice(this.head);
      this.head = 0;
    }
  }
}
