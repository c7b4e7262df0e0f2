/** A storage on a simulated disk, for the tests of this folder. */
import { Destination } from '../../../lib/broker/destination';
import type { Message } from '../../../lib/broker/message';
import { PERSISTENT, TRANSIENT } from '../../../lib/broker/traits';
import { Message as StoredForm } from '../../../lib/broker/message';
import { encodeHeaderPayload } from '../../../lib/amqp/properties';
import { frame } from '../../../lib/amqp/method-codec';
import { FRAME_BODY, FRAME_HEADER } from '../../../lib/amqp/constants';
import { openLogStorage, type LogStorage } from '../../../lib/storage/log-storage';
import type { QueueStore } from '../../../lib/storage/storage';
import { SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';

export const FOREVER = Number.POSITIVE_INFINITY;

export function message(body: string | Buffer, { persistent = true, routingKey = 'key' } = {}): Message {
  const bytes = Buffer.from(body as string);
  const header = frame(FRAME_HEADER, 1, encodeHeaderPayload(bytes.length, persistent ? { deliveryMode: 2 } : {}));
  const content = bytes.length === 0 ? header : Buffer.concat([header, frame(FRAME_BODY, 1, bytes)]);
  const destination = Destination.of('exchange', routingKey);
  return new StoredForm(content, 0, content.length, destination, persistent ? PERSISTENT : TRANSIENT, 0);
}

export class Bench {
  readonly world: SimWorld;
  readonly disk: SimDisk;
  storage!: LogStorage;
  failure: Error | null = null;
  readonly warnings: string[] = [];

  constructor(
    seed = 1,
    private readonly segmentBytes = 1 << 20,
  ) {
    this.world = new SimWorld(seed, { onLog: ({ level, text }) => void (level === 'warning' && this.warnings.push(text)) });
    this.disk = new SimDisk(seed);
    this.open();
  }

  open(): LogStorage {
    const host = this.world.host('node');
    this.failure = null;
    this.storage = openLogStorage(host, this.disk.mount(host), {
      segmentBytes: this.segmentBytes,
      failed: (error) => {
        this.failure = error;
      },
    });
    return this.storage;
  }

  queue(name = 'q', lanes = 1, durable = true): QueueStore {
    return this.storage.queue(JSON.stringify(['/', name]), lanes, durable) as QueueStore;
  }

  /** Runs until everything given so far is safe. */
  sync(): void {
    let safe = false;
    this.storage.afterSync(() => {
      safe = true;
    });
    this.world.runUntil(() => safe);
  }

  /** Lets everything happen that happens by itself: lazy writes, indexes, cleaning. */
  settle(): void {
    this.world.runUntilIdle();
  }

  close(): void {
    let closed = false;
    this.storage.close(() => {
      closed = true;
    });
    this.world.runUntil(() => closed);
    this.world.crash('node');
  }

  crash(what: 'process' | 'machine'): void {
    this.world.crash('node');
    this.disk.crash(what);
  }

  reopen(): LogStorage {
    this.close();
    return this.open();
  }

  /** The names of the log's files that end so. */
  files(ending: string): string[] {
    return this.disk.list().filter((name) => name.endsWith(ending));
  }
}

/** What a queue's lane holds: position and body of each message. */
export function contents(store: QueueStore, lane = 0): [position: number, body: string][] {
  const found: [number, string][] = [];
  for (let from = lane; ; ) {
    const before = found.length;
    store.read(from, 100, (position, { bytes, framesAt, framesSize }) => {
      const stored = new StoredForm(Buffer.from(bytes), framesAt, framesSize, Destination.of('', ''), PERSISTENT, 0);
      found.push([position, stored.body().toString()]);
      return true;
    });
    if (found.length === before) return found;
    from = (found[found.length - 1] as [number, string])[0] + store.recovered().length;
  }
}
