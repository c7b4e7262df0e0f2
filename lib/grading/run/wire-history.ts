/** Gathers the records of all connections of a run, and ends it when there are too many: a history with gaps proves nothing. */
import type { WireRecord } from '../wire/wire-record';
import type { Recorded } from '../wire/recorder';

export interface WireLimits {
  /** Open at one time, all programs together. */
  readonly connections: number;
  /** Open at one time, on all connections together. */
  readonly channels: number;
  /** Methods in a run. */
  readonly records: number;
  /** Octets of message bodies in a run. */
  readonly bodyBytes: number;
}

export interface TraceOverflow {
  readonly limit: keyof WireLimits;
  readonly allowed: number;
  readonly used: number;
  readonly unit: string;
}

const UNITS: Readonly<Record<keyof WireLimits, string>> = {
  connections: 'connections',
  channels: 'channels',
  records: 'methods on the wire',
  bodyBytes: 'octets of messages',
};

/** By how much each method changes what is open. */
const OPENS: Readonly<Record<string, readonly ['connections' | 'channels', 1 | -1]>> = {
  'tcp.open': ['connections', 1],
  'tcp.end': ['connections', -1],
  'channel.open-ok': ['channels', 1],
  'channel.close-ok': ['channels', -1],
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class WireHistory {
  readonly records: WireRecord[] = [];
  private readonly used: Record<keyof WireLimits, number> = { connections: 0, channels: 0, records: 0, bodyBytes: 0 };
  private readonly channelsOf = new Map<number, number>();
  private connectionCount = 0;
  private over = false;
  private readonly watchers = new Set<(record: WireRecord, cut: () => void) => void>();

  constructor(
    private readonly limits: WireLimits,
    private readonly now: () => number,
    private readonly overflow: (what: TraceOverflow) => void,
  ) {}

  newConnection(): number {
    return ++this.connectionCount;
  }

  /** Calls with every record, before it is passed on. */
  watch(fn: (record: WireRecord, cut: () => void) => void): void {
    this.watchers.add(fn);
  }

  add(program: string, connection: number, what: Recorded, cut: () => void): void {
    if (this.over) {
      // Nothing of it counts any more, and whoever floods would keep the broker busy.
      cut();
      return;
    }
    const record: Mutable<WireRecord> = { index: this.records.length, at: this.now(), program, connection, cut: false, ...what };
    this.records.push(record);
    this.count(record);
    const cutHere = (): void => {
      record.cut = true;
      cut();
    };
    for (const watcher of this.watchers) watcher(record, cutHere);
  }

  private count({ method, connection, content }: WireRecord): void {
    this.hold('records', this.records.length);
    this.hold('bodyBytes', this.used.bodyBytes + (content?.body.length ?? 0));
    const [what, by] = OPENS[method] ?? [];
    if (what === undefined || by === undefined) return;
    this.hold(what, this.used[what] + by);
    if (what === 'channels') this.channelsOf.set(connection, (this.channelsOf.get(connection) ?? 0) + by);
    if (method !== 'tcp.end') return;
    // Channels end with their connection.
    this.used.channels -= this.channelsOf.get(connection) ?? 0;
    this.channelsOf.delete(connection);
  }

  private hold(limit: keyof WireLimits, used: number): void {
    this.used[limit] = used;
    if (used <= this.limits[limit] || this.over) return;
    this.over = true;
    this.overflow({ limit, allowed: this.limits[limit], used, unit: UNITS[limit] });
  }
}
