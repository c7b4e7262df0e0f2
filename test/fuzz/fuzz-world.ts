/**
 * A world without time of its own for fuzzing: links are byte sinks that hand their output to a callback, the clock moves when
 * told, a turn ends when told. A million inputs take seconds.
 */
import type { SeededRandom } from '../../lib/world/random';
import type { Address, Clock, Link, LinkHandler, Listener, Log, Network, Timer, Turn, World } from '../../lib/world/world';

export class FuzzWorld implements World {
  readonly clock = new FuzzClock();
  readonly turn = new FuzzTurn();
  readonly net: FuzzNetwork = new FuzzNetwork();
  /** Errors that the broker logged: each is a broken invariant. */
  readonly errors: string[] = [];
  readonly log: Log = {
    write: (level, text) => {
      if (level === 'critical') this.errors.push(text);
    },
  };

  constructor(readonly random: SeededRandom) {}
}

class FuzzClock implements Clock {
  private time = 0;
  private timers: { at: number; fn: () => void; live: boolean }[] = [];

  epochMs(): number {
    return 1_700_000_000_000 + this.time;
  }

  now(): number {
    return this.time;
  }

  after(delayMs: number, fn: () => void): Timer {
    const timer = { at: this.time + delayMs, fn, live: true };
    this.timers.push(timer);
    return {
      cancel: () => {
        timer.live = false;
      },
    };
  }

  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      this.timers = this.timers.filter((timer) => timer.live);
      const due = this.timers.reduce<(typeof this.timers)[number] | null>(
        (first, timer) => (timer.at <= until && (first === null || timer.at < first.at) ? timer : first),
        null,
      );
      if (due === null) break;
      this.time = Math.max(this.time, due.at);
      due.live = false;
      due.fn();
    }
    this.time = until;
  }

  /** Timers that could still fire. */
  get pending(): number {
    return this.timers.filter((timer) => timer.live).length;
  }
}

class FuzzTurn implements Turn {
  private ends: Array<() => void> = [];

  atEnd(fn: () => void): void {
    this.ends.push(fn);
  }

  end(): void {
    for (let i = 0; i < this.ends.length; i++) (this.ends[i] as () => void)();
    this.ends = [];
  }
}

class FuzzNetwork implements Network {
  private accept: ((link: Link) => LinkHandler) | null = null;

  listen(
    at: Address,
    accept: (link: Link) => LinkHandler,
    ready: (error: Error | null, bound: Address | null) => void,
  ): Listener {
    this.accept = accept;
    ready(null, at);
    return { close: (done) => done() };
  }

  dial(): Link {
    throw new Error('the broker dials nobody');
  }

  connect(port: number): FuzzLink {
    if (this.accept === null) throw new Error('nobody listens');
    const link = new FuzzLink(port);
    link.handler = this.accept(link);
    return link;
  }
}

export class FuzzLink implements Link {
  handler: LinkHandler | null = null;
  out = Buffer.alloc(4096);
  ended = false;
  paused = false;
  readonly peer: Address;
  readonly peerCertificate = null;
  readonly tls = null;
  readonly sentBytes = 0;
  readonly writes = 0;
  readonly local: Address = { host: '127.0.0.1', port: 5672 };
  /** A client that never reads: output stays pending. */
  stuck = false;
  private used = 0;

  constructor(port: number) {
    this.peer = { host: '127.0.0.1', port };
  }

  get pendingBytes(): number {
    return this.stuck ? this.used : 0;
  }

  get writable(): boolean {
    return !this.stuck || this.used < 1 << 20;
  }

  reserve(bytes: number): number {
    const at = this.used;
    this.used += bytes;
    if (this.used > this.out.length) {
      const larger = Buffer.alloc(Math.max(this.used, this.out.length * 2));
      this.out.copy(larger, 0, 0, at);
      this.out = larger;
    }
    return at;
  }

  /** What the broker has written since the last call. */
  take(): Buffer {
    const bytes = Buffer.from(this.out.subarray(0, this.used));
    this.used = 0;
    return bytes;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** The fuzzed broker has no disk, so it never waits for one. */
  holdOutput(): void {}

  releaseOutput(): void {}

  end(): void {
    this.ended = true;
  }

  abort(): void {
    this.ended = true;
  }

  release(): void {
    this.ended = true;
  }

  close(): void {
    this.ended = true;
    this.handler?.onClose(null);
    this.handler = null;
  }
}
