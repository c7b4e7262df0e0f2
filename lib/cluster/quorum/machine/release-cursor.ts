/**
 * Up to where the log of a quorum queue may be cut.
 *
 * The log is the only place where messages are. So a snapshot may take the place of the log's beginning only once no message from
 * before it is needed; by then the snapshot names messages that are gone since, and the commands behind it say so. Snapshots are
 * therefore taken ahead of time, while commands are applied, and wait until the last message of their time is gone. An empty
 * queue needs nothing of its log.
 */
import type { QuorumMachine } from './quorum-machine';

export interface Release {
  /** Everything up to here may be thrown away ... */
  readonly index: number;
  /** ... if this is kept: the state after the entry. */
  readonly snapshot: Buffer;
}

/** Octets of entries from one snapshot to the next, at the most: large messages are not to fill the memory of all members. */
const OCTETS = 32 << 20;
/** At most so many snapshots wait. */
const WAITING_MAX = 16;

export class ReleaseCursor {
  private readonly waiting: Release[] = [];
  /** Messages and other commands since the last snapshot was taken, and octets of their entries. */
  private count = 0;
  private octets = 0;

  /** `every`: so many from one snapshot to the next, at least; a long queue takes them as far apart as it is long. */
  constructor(private readonly every = 4096) {}

  /** Snapshots that wait. */
  get length(): number {
    return this.waiting.length;
  }

  /**
   * Call it after every entry that was applied; it has so many octets, and brings so many messages, or is a command of another
   * kind. Null while nothing more may be thrown away.
   */
  applied(machine: QuorumMachine, index: number, octets = 0, count = 1): Release | null {
    this.octets += octets;
    this.count += count;
    if (this.count >= Math.max(this.every, machine.messages) || this.octets >= OCTETS) this.takeSnapshot(machine, index);
    const needed = machine.lowestNeeded();
    let release: Release | null = null;
    while (this.waiting.length > 0 && (this.waiting[0] as Release).index < needed) release = this.waiting.shift() as Release;
    return release;
  }

  private takeSnapshot(machine: QuorumMachine, index: number): void {
    this.count = 0;
    this.octets = 0;
    // Every second one is enough: those that stay lie evenly spread over what is old and what is new.
    if (this.waiting.length === WAITING_MAX) {
      const kept = this.waiting.filter((_, i) => i % 2 === 0);
      this.waiting.splice(0, WAITING_MAX, ...kept);
    }
    this.waiting.push({ index, snapshot: machine.snapshot() });
  }
}
