/**
 * The relay: a TCP port of the lab in front of one node. Every client connection of a lab goes through one, on every
 * engine, so that the network's faults are the same code everywhere, and so that traffic can be listened to.
 *
 *   client --- RelayLine --- node          one line a connection, two pipes a line (one for each direction)
 *
 * Promises: bytes arrive unchanged, in order, or not at all; the end of a stream and a reset are passed on; a slow
 * reader slows its writer down (at most about 1 MiB waits here for each direction); a held line loses nothing, it only waits.
 */
import * as net from 'node:net';
import type { Address } from '../world/world';
import { listenAnywhere, listenAt } from './free-port';
import { leadsToLab } from './own-sockets';
import { RelayLine, type LineSettings, type RelayTap } from './relay-line';

export interface RelayOptions {
  /** On 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  /** Where the node listens when a client comes. */
  readonly upstream: () => Address;
  /** Calls back in so many milliseconds; carries the latency. */
  readonly after: (delayMs: number, fn: () => void) => void;
  /** Who listens to a new connection, told the names that client and node give to it. */
  readonly tap: (line: RelayLine) => RelayTap;
}

const HOST = '127.0.0.1';

export class Relay {
  private readonly server: net.Server;
  private readonly current: Set<RelayLine> = new Set();
  private readonly settings: LineSettings;
  private boundPort: number;
  private unlisted: () => void = () => undefined;

  constructor(private readonly options: RelayOptions) {
    this.boundPort = options.port;
    this.settings = { held: new Set(), delayMs: 0, after: options.after, moved: 0, waiting: 0 };
    this.server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client));
  }

  /** Chosen when the relay is opened first, and kept from then on. */
  get port(): number {
    return this.boundPort;
  }

  get lines(): ReadonlySet<RelayLine> {
    return this.current;
  }

  /** Chunks that came in or went out so far. While it stands still, nothing moves. */
  get moved(): number {
    return this.settings.moved;
  }

  /** Chunks that are on their way because of the latency. */
  get waiting(): number {
    return this.settings.waiting;
  }

  /** Accepts clients. Does nothing if it already does. Rejects if the port is taken. */
  async open(): Promise<void> {
    if (this.server.listening) return;
    // It is closed while its node is down, and must get the same port again.
    if (this.boundPort === 0) this.boundPort = await listenAnywhere(this.server, HOST);
    else {
      await listenAt(this.server, this.boundPort, HOST).catch((error: NodeJS.ErrnoException) => {
        throw portError(error, this.boundPort);
      });
    }
    this.unlisted();
    this.unlisted = leadsToLab(this.boundPort);
  }

  /** Refuses new clients (connection refused); open lines live on. */
  close(): void {
    if (this.server.listening) this.server.close();
  }

  /** Lets no byte pass, and new clients wait, as long as at least one reason holds. */
  hold(reason: string): void {
    this.settings.held.add(reason);
    for (const line of this.current) line.settingsChanged();
  }

  release(reason: string): void {
    this.settings.held.delete(reason);
    for (const line of this.current) line.settingsChanged();
  }

  /** Delay of every byte, each way. What is under way keeps its delay, unless the delay is taken away. */
  delay(ms: number): void {
    this.settings.delayMs = ms;
    for (const line of this.current) line.settingsChanged();
  }

  /** Resets every line for which `match` holds, at both ends; returns how many. */
  reset(match: (line: RelayLine) => boolean): number {
    const lost = [...this.current].filter(match);
    for (const line of lost) line.reset();
    return lost.length;
  }

  /** Closes the port and cuts every line. Resolves when the port is free. */
  async dispose(): Promise<void> {
    const closed = new Promise<void>((resolve) => (this.server.listening ? this.server.close(() => resolve()) : resolve()));
    for (const line of this.current) line.destroy();
    this.unlisted();
    await closed;
  }

  private accept(client: net.Socket): void {
    const line: RelayLine = new RelayLine(client, this.options.upstream, this.settings, this.options.tap, () =>
      this.current.delete(line),
    );
    this.current.add(line);
  }
}

/** `listen` failed: says what to do. */
export function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(`Port ${port} is in use. Stop the program that listens on it, or choose another port (0: any free one).`);
  }
  if (error.code === 'EACCES') return new Error(`Port ${port} needs more rights than this process has; choose one above 1023.`);
  return error;
}
