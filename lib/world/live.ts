/** The world as it is: TCP sockets, the wall clock, real randomness. */
import { randomBytes } from 'node:crypto';
import * as net from 'node:net';
import { LiveLink, type Secured } from './live-link';
import type { Address, Clock, Link, LinkHandler, Listener, Log, Network, Random, Timer, TlsOptions, Turn, World } from './world';

export interface LiveWorldOptions {
  /** The lab hands in one that can be stopped; default: the wall clock. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
}

export class LiveWorld implements World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly turn = new LiveTurn();
  readonly net: Network;

  constructor(options: LiveWorldOptions = {}) {
    this.clock = options.clock ?? new WallClock();
    this.random = options.random ?? systemRandom;
    this.log = options.log ?? { write: () => undefined };
    this.net = new LiveNetwork(this.turn);
  }
}

/**
 * A turn ends in the check phase of Node's event loop: bytes of all sockets that had any in one poll are handled first, then
 * the ends of turn run, then sockets are flushed.
 */
export class LiveTurn implements Turn {
  private ends: Array<() => void> = [];
  private links: LiveLink[] = [];
  private armed = false;

  /** True when nothing waits for the end of a turn. */
  get idle(): boolean {
    return !this.armed;
  }

  atEnd(fn: () => void): void {
    this.ends.push(fn);
    this.arm();
  }

  readonly markDirty = (link: LiveLink): void => {
    this.links.push(link);
    this.arm();
  };

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    setImmediate(this.finish);
  }

  private readonly finish = (): void => {
    try {
      // What an end of turn adds belongs to the same turn, so the list may grow while it is walked.
      for (let i = 0; i < this.ends.length; i++) (this.ends[i] as () => void)();
    } finally {
      // A broken invariant shows as an uncaught exception; the turns of other brokers in this process go on.
      this.ends.length = 0;
      this.armed = false;
      const links = this.links;
      this.links = [];
      for (const link of links) link.flush();
    }
  };
}

/** Loaded with the first listener that needs it: most nodes have none, and Node's own takes its time. */
const secureServer = (): typeof import('./live-tls') => require('./live-tls');

class LiveNetwork implements Network {
  constructor(private readonly turn: LiveTurn) {}

  listen(
    at: Address,
    accept: (link: Link) => LinkHandler,
    ready: (error: Error | null, bound: Address | null) => void,
    tls?: TlsOptions,
  ): Listener {
    const accepted = (socket: net.Socket, secured?: Secured): void => {
      const link = new LiveLink(socket, this.turn.markDirty, secured);
      const handler = accept(link);
      link.attach(handler);
      handler.onOpen?.();
    };
    const server = tls === undefined ? net.createServer((socket) => accepted(socket)) : secureServer().tlsServer(tls, accepted);
    const refuse = (error: Error): void => ready(error, null);
    server.once('error', refuse);
    server.listen(at.port, at.host, () => {
      server.off('error', refuse);
      const bound = server.address() as net.AddressInfo;
      ready(null, { host: bound.address, port: bound.port });
    });
    return { close: (done) => server.close(() => done()) };
  }

  dial(to: Address, handler: LinkHandler): Link {
    const socket = net.connect({ host: to.host, port: to.port });
    const link = new LiveLink(socket, this.turn.markDirty);
    socket.once('connect', () => handler.onOpen?.());
    link.attach(handler);
    return link;
  }
}

class WallClock implements Clock {
  epochMs(): number {
    return Date.now();
  }

  now(): number {
    return performance.now();
  }

  after(delayMs: number, fn: () => void): Timer {
    // setTimeout holds 31 bits; a longer wait is cut into pieces.
    if (delayMs > 0x7fffffff) {
      let inner = this.after(0x7fffffff, () => {
        inner = this.after(delayMs - 0x7fffffff, fn);
      });
      return { cancel: () => inner.cancel() };
    }
    const handle = setTimeout(fn, delayMs);
    return { cancel: () => clearTimeout(handle) };
  }
}

const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
