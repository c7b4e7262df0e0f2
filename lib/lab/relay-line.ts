/**
 * One client connection through the relay: the client's socket, the node's socket, and a pipe in each direction.
 *
 *   client.data -> [queue: delay, hold] -> tap -> node.write
 *   node.data   -> tap -> [queue: delay, hold] -> client.write
 *
 * The tap stands on the node's side of the queue, so what it sees, and when, is what the node sees.
 */
import * as net from 'node:net';
import type { Address } from '../world/world';

export type LineEnd = 'client' | 'node' | 'network';

/** Listens to one line. Bytes are borrowed: who keeps them copies them. */
export interface RelayTap {
  onBytes(from: 'client' | 'node', chunk: Buffer): void;
  /** Once, last: who ended the stream first. */
  onEnd(by: LineEnd): void;
}

/** What the lines of one relay share. */
export interface LineSettings {
  /** Reasons why no byte may pass; empty: bytes pass. */
  readonly held: Set<string>;
  delayMs: number;
  readonly after: (delayMs: number, fn: () => void) => void;
  /** Counts chunks in and out. */
  moved: number;
  /** Chunks whose delay is not over. */
  waiting: number;
}

/** Bytes that may wait in one direction before its writer is stopped. */
const QUEUE_BYTES_MAX = 1 << 20;

interface Item {
  /** Null: the end of the stream. */
  readonly chunk: Buffer | null;
  due: boolean;
}

export class RelayLine {
  /** Null until the node is dialled: a client that comes while the network is cut waits for it. */
  private node: net.Socket | null = null;
  private toNode: Pipe | null = null;
  private toClient: Pipe | null = null;
  private tap: RelayTap | null = null;
  private endedBy: LineEnd | null = null;
  /** The connection as the client sees it, from its own address to the relay's: `host:port -> host:port`. */
  readonly clientSideName: string;
  /** Port of the client's end. */
  readonly clientPort: number;
  /** The connection as the node names it; '' until the node is connected. */
  nodeSideName = '';
  /** `connection_name` of the client properties, once the tap has read it; else ''. */
  clientName = '';

  constructor(
    private readonly client: net.Socket,
    private readonly upstream: () => Address,
    private readonly settings: LineSettings,
    private readonly makeTap: (line: RelayLine) => RelayTap,
    private readonly onGone: () => void,
  ) {
    const { remoteAddress, remotePort, localAddress, localPort } = client;
    this.clientSideName = `${endName(remoteAddress, remotePort)} -> ${endName(localAddress, localPort)}`;
    this.clientPort = client.remotePort ?? 0;
    client.pause();
    client.on('error', () => this.ended('client'));
    client.on('close', () => this.passOnEnd());
    this.settingsChanged();
  }

  settingsChanged(): void {
    if (this.node === null && this.settings.held.size === 0 && !this.client.destroyed) this.dial();
    this.toNode?.pump();
    this.toClient?.pump();
    this.passOnEnd();
  }

  /** Both ends see a connection reset. */
  reset(): void {
    this.ended('network');
    resetSocket(this.client);
    if (this.node !== null) resetSocket(this.node);
  }

  destroy(): void {
    this.ended('network');
    this.client.destroy();
    this.node?.destroy();
  }

  private dial(): void {
    const to = this.upstream();
    const node = net.connect({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true });
    this.node = node;
    node.on('error', () => this.ended('node'));
    node.on('close', () => this.passOnEnd());
    node.once('connect', () => {
      this.nodeSideName = `${endName(node.localAddress, node.localPort)} -> ${endName(node.remoteAddress, node.remotePort)}`;
      const tap = this.makeTap(this);
      this.tap = tap;
      const fromClient = (chunk: Buffer): void => tap.onBytes('client', chunk);
      const fromNode = (chunk: Buffer): void => tap.onBytes('node', chunk);
      this.toNode = new Pipe(this.client, node, this.settings, { out: fromClient }, () => this.ended('client'));
      this.toClient = new Pipe(node, this.client, this.settings, { in: fromNode }, () => {
        this.ended('node');
        // A broker that ends its stream reads no more; it must not wait for a client that the network hides from it.
        node.end();
      });
    });
  }

  private ended(by: LineEnd): void {
    this.endedBy ??= by;
  }

  /** One socket is gone for good: so is the other, as soon as the network lets it know. A reset is passed on as a reset. */
  private passOnEnd(): void {
    const { client, node } = this;
    const bothGone = client.destroyed && (node === null || node.destroyed);
    if (!bothGone && this.settings.held.size > 0) return;
    if (client.destroyed && node !== null && !node.destroyed) passOn(client, node);
    if (node?.destroyed && !client.destroyed && (node.errored !== null || this.toClient === null)) passOn(node, client);
    if (!bothGone) return;
    this.tap?.onEnd(this.endedBy ?? 'network');
    this.tap = null;
    this.onGone();
  }
}

function passOn(gone: net.Socket, other: net.Socket): void {
  if (gone.errored !== null) resetSocket(other);
  else other.destroySoon();
}

/** A Unix socket knows no reset; its peer sees an end that nobody announced. */
function resetSocket(socket: net.Socket): void {
  if (socket.localAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

interface Ears {
  readonly in?: (chunk: Buffer) => void;
  readonly out?: (chunk: Buffer) => void;
}

/** One direction of a line. */
class Pipe {
  private queue: Item[] = [];
  private queuedBytes = 0;
  /** True while the receiver's socket wants no more. */
  private full = false;

  constructor(
    private readonly from: net.Socket,
    private readonly to: net.Socket,
    private readonly settings: LineSettings,
    private readonly ears: Ears,
    onEnd: () => void,
  ) {
    from.on('data', (chunk: Buffer) => {
      settings.moved++;
      ears.in?.(chunk);
      this.push(chunk);
    });
    from.on('end', () => {
      onEnd();
      this.push(null);
    });
    to.on('drain', () => {
      this.full = false;
      this.pump();
    });
    this.pump();
  }

  private push(chunk: Buffer | null): void {
    const { delayMs } = this.settings;
    const item: Item = { chunk, due: delayMs === 0 };
    this.queue.push(item);
    this.queuedBytes += chunk?.length ?? 0;
    if (!item.due) {
      this.settings.waiting++;
      this.settings.after(delayMs, () => {
        this.settings.waiting--;
        item.due = true;
        this.pump();
      });
    }
    this.pump();
  }

  /** Passes on what may pass now, and lets the sender send or makes it wait. */
  pump(): void {
    while (this.settings.held.size === 0 && !this.full && this.queue.length > 0) {
      const item = this.queue[0] as Item;
      // Without a delay nothing waits any more, whatever it was sent with.
      if (!item.due && this.settings.delayMs > 0) break;
      this.queue.shift();
      this.pass(item.chunk);
    }
    if (this.from.destroyed) return;
    if (this.queuedBytes > QUEUE_BYTES_MAX) this.from.pause();
    else if (this.from.isPaused()) this.from.resume();
  }

  private pass(chunk: Buffer | null): void {
    this.settings.moved++;
    this.queuedBytes -= chunk?.length ?? 0;
    if (this.to.destroyed || this.to.writableEnded) return;
    if (chunk === null) {
      this.to.end();
      return;
    }
    this.ears.out?.(chunk);
    this.full = !this.to.write(chunk);
  }
}

function endName(host = '?', port = 0): string {
  return `${host}:${port}`;
}
