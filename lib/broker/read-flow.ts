/**
 * When a connection is read and when it is left alone. Three things stop it: an alarm of the node at a publish, a client that
 * leaves its replies unread, and a queue or a disk so busy that publishers had better wait a moment.
 */
import type { Clock, Link } from '../world/world';
import type { FrameReader } from './frame-reader';

/** Octets of replies that a client may leave unread before we stop reading its requests. */
const REPLIES_MAX = 8 << 20;
/** Milliseconds a publisher waits at most for a congested queue before it is read on. */
const PACE_MAX = 20;

/** What a publisher may have to wait for: a queue, or the disk. */
export interface Congestion {
  /** Publishers wait until it is over, however long that takes (RabbitMQ: state `flow`); else for a moment. */
  readonly untilOver?: boolean;
  /** Calls `fn` once when it is over. */
  whenRelieved(fn: () => void): void;
}

export class ReadFlow {
  /** An alarm stopped this connection at a publish. */
  blocked = false;
  /** A channel that waits for other nodes, and has been sent all that it may be sent meanwhile. */
  heldFor: object | null = null;
  /** What asked during this read that publishers wait. */
  private congestion: Congestion | null = null;
  /** What is waited for, however long it takes. */
  private waitsFor: Congestion | null = null;

  constructor(
    private readonly link: Link,
    private readonly reader: FrameReader,
    private readonly clock: Clock,
  ) {}

  /** Publishers had better wait for this. */
  congested(by: Congestion): void {
    if (this.congestion?.untilOver !== true) this.congestion = by;
  }

  /** It is not read before something that publishers wait for is over. */
  get inFlow(): boolean {
    return this.waitsFor !== null;
  }

  /** It is not read, so its silence proves nothing. */
  get stopped(): boolean {
    return this.blocked || this.heldFor !== null || this.inFlow;
  }

  get tooManyReplies(): boolean {
    return this.link.pendingBytes > REPLIES_MAX;
  }

  /** The sink has said stop, or a queue asked for a moment: the peer is held back. */
  afterRead(): void {
    if (this.reader.stopped) this.link.pause();
    else if (this.congestion !== null) this.pace(this.congestion);
  }

  /** Whether reading stopped for unread replies that the client has taken since. */
  repliesTaken(): boolean {
    return !this.blocked && this.heldFor === null && this.reader.stopped && !this.tooManyReplies;
  }

  readOn(): void {
    if (!this.inFlow) this.link.resume();
    this.reader.resume();
    this.afterRead();
  }

  /** Reads on when it is over; mostly at the latest after a moment, for a consumer that never reads must stop nobody. */
  private pace(congestion: Congestion): void {
    this.congestion = null;
    this.link.pause();
    if (congestion.untilOver === true) {
      this.waitsFor = congestion;
      congestion.whenRelieved(() => {
        if (this.waitsFor !== congestion) return;
        this.waitsFor = null;
        if (!this.reader.stopped) this.link.resume();
      });
      return;
    }
    let waiting = true;
    const goOn = (): void => {
      if (!waiting) return;
      waiting = false;
      timer.cancel();
      if (!this.reader.stopped && !this.inFlow) this.link.resume();
    };
    const timer = this.clock.after(PACE_MAX, goOn);
    congestion.whenRelieved(goOn);
  }
}
