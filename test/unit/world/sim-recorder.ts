/** A link handler that writes down what happens to it, the smallest ways to listen and dial with it, and bytes to send. */
import { type SimHost, type SimOptions, SimWorld } from '../../../lib/world/sim';
import type { Address, Link, LinkHandler } from '../../../lib/world/world';

export class Recorder implements LinkHandler {
  link: Link | null = null;
  opened = 0;
  drains = 0;
  readonly chunks: Buffer[] = [];
  /** What `onClose` was given, once for each call. */
  readonly closings: (Error | null)[] = [];
  onChunk: ((chunk: Buffer) => void) | null = null;

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  get closed(): boolean {
    return this.closings.length > 0;
  }

  /** Code of the error that closed the link, or 'end' after an orderly end. */
  get ending(): string | undefined {
    const [first] = this.closings;
    return first === undefined ? undefined : first === null ? 'end' : ((first as NodeJS.ErrnoException).code ?? first.message);
  }

  onOpen(): void {
    this.opened++;
  }

  onBytes(chunk: Buffer): void {
    if (this.opened === 0 || this.closed) throw new Error('bytes before onOpen or after onClose');
    this.chunks.push(Buffer.from(chunk));
    this.onChunk?.(chunk);
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(error: Error | null): void {
    this.closings.push(error);
  }

  send(bytes: Buffer | string): void {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    const link = this.link as Link;
    const at = link.reserve(data.length);
    data.copy(link.out, at);
  }
}

export function listen(host: SimHost, port: number, at = '0.0.0.0', onAccept?: (server: Recorder) => void): Recorder[] {
  const accepted: Recorder[] = [];
  const accept = (link: Link): LinkHandler => {
    const server = new Recorder();
    server.link = link;
    accepted.push(server);
    onAccept?.(server);
    return server;
  };
  host.net.listen({ host: at, port }, accept, (error) => {
    if (error !== null) throw error;
  });
  return accepted;
}

export function dial(host: SimHost, to: Address): Recorder {
  const client = new Recorder();
  client.link = host.net.dial(to, client);
  return client;
}

export interface Pair {
  readonly world: SimWorld;
  readonly client: Recorder;
  readonly server: Recorder;
}

/** Host `a` has dialled host `b`; both ends are open. */
export function pair(seed = 1, options: SimOptions = {}): Pair {
  const world = new SimWorld(seed, options);
  const accepted = listen(world.host('b'), 5672);
  const client = dial(world.host('a'), { host: 'b', port: 5672 });
  world.runUntilIdle();
  return { world, client, server: accepted[0] as Recorder };
}

const PERIOD = 1021;
const PATTERN = Buffer.from(Uint8Array.from({ length: 3_100_000 }, (_, i) => ((i % PERIOD) * 7 + (i >> 12)) & 255));

/** Bytes in which a loss, a repetition or an exchange shows; another `start`, other bytes. */
export function pattern(length: number, start = 0): Buffer {
  return PATTERN.subarray(start, start + length);
}
