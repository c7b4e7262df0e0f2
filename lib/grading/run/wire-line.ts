/**
 * The way of one program's connections to its broker: a server that listens inside the program's sandbox and is ours, and for
 * each connection a line that passes frame after frame, so that it can be cut between any two of them.
 *
 *   program ── [ line: read a frame, write it down, pass it on ] ── broker
 */
import * as net from 'node:net';
import type { Address } from '../../world/world';
import { Recorder, type Recorded } from '../wire/recorder';

export interface WayOptions {
  readonly upstream: () => Address;
  /** Number for a new connection. */
  newConnection(): number;
  /** Called with every record, before what it was read from is passed on. */
  record(connection: number, what: Recorded, cut: () => void): void;
}

export class WayToBroker {
  private readonly lines = new Set<WireLine>();
  private server: net.Server | null = null;

  constructor(private readonly options: WayOptions) {}

  /** Whoever connects to this server from now on is led to the broker. */
  open(server: net.Server): void {
    this.server = server;
    server.on('connection', (client) => this.accept(client));
    // A connection that the system had no room for is the program's loss, not the grader's end.
    server.on('error', () => undefined);
  }

  /** Ends all lines, and takes no new ones. */
  async close(): Promise<void> {
    const { server } = this;
    const closed = new Promise<void>((resolve) => {
      if (server === null) resolve();
      else server.close(() => resolve());
    });
    for (const line of this.lines) line.destroy();
    await closed;
  }

  private accept(client: net.Socket): void {
    client.allowHalfOpen = true;
    client.setNoDelay(true);
    const { host, port } = this.options.upstream();
    const node = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    const connection = this.options.newConnection();
    const line: WireLine = new WireLine(
      client,
      node,
      (what, cut) => this.options.record(connection, what, cut),
      () => this.lines.delete(line),
    );
    this.lines.add(line);
  }
}

type Side = 'client' | 'node';

class WireLine {
  private readonly recorder: Recorder;
  private endedBy: Side | 'network' | null = null;
  private cutOff = false;
  private gone = false;

  constructor(
    private readonly client: net.Socket,
    private readonly node: net.Socket,
    record: (what: Recorded, cut: () => void) => void,
    private readonly onGone: () => void,
  ) {
    this.recorder = new Recorder(
      (what) => {
        // Frames behind the cut came in one chunk with it, and arrive nowhere.
        if (!this.cutOff || what.method === 'tcp.end') record(what, () => this.cut());
      },
      (side, bytes) => this.pass(side, bytes),
    );
    this.join(client, node, 'client');
    this.join(node, client, 'node');
  }

  destroy(): void {
    this.endedBy ??= 'network';
    this.client.destroy();
    this.node.destroy();
  }

  /**
   * What was passed on before still arrives at either end; nothing after it does. Ended, not closed: a socket that is closed
   * while something lies in it unread resets its connection, and a broker that is just writing never reads what came before.
   */
  private cut(): void {
    this.endedBy ??= 'network';
    this.cutOff = true;
    for (const socket of [this.client, this.node]) socket.end().resume();
  }

  private join(from: net.Socket, to: net.Socket, side: Side): void {
    from.on('data', (chunk: Buffer) => {
      // The frames of a chunk go on together, as they came: one system call, and one wake-up at the other end.
      to.cork();
      if (!this.cutOff) this.recorder.onBytes(side, chunk);
      to.uncork();
      if (to.writableNeedDrain) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      this.endedBy ??= side;
      to.end();
    });
    from.on('error', () => {
      this.endedBy ??= side;
    });
    from.on('close', () => {
      to.destroySoon();
      if (!to.destroyed || this.gone) return;
      this.gone = true;
      this.recorder.onEnd(this.endedBy ?? 'network');
      this.onGone();
    });
  }

  private pass(side: Side, bytes: Buffer): void {
    const to = side === 'client' ? this.node : this.client;
    if (!this.cutOff && !to.destroyed && !to.writableEnded) to.write(bytes);
  }
}
