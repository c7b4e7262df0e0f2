/** A few members on a table: time, links and disks do what the test says, and nothing by themselves. */
import type { Effect, RaftEvent } from '../../../../lib/cluster/raft/effects';
import { ENTRY, type Entry } from '../../../../lib/cluster/raft/log';
import type { Message } from '../../../../lib/cluster/raft/messages';
import type { RaftOptions } from '../../../../lib/cluster/raft/options';
import { Raft } from '../../../../lib/cluster/raft/raft';
import { founding, Kept, type Restored, type Write } from '../../../../lib/cluster/raft/storage';

/** Milliseconds. */
export const TIMEOUT = 1000;
export const HEARTBEAT = 100;

export class Seat {
  raft: Raft;
  readonly effects: Effect[] = [];
  /** Written and not on disk yet. */
  readonly unsynced: Write[] = [];
  readonly kept: Kept;
  /** Its disk is done at once. */
  syncs = true;

  constructor(
    private readonly group: Group,
    readonly id: string,
    start: Restored,
    private readonly position: number,
  ) {
    this.kept = new Kept(start);
    this.raft = this.begin(start);
  }

  private begin(restored: Restored): Raft {
    // Time-outs are apart from each other, and never chance.
    const random = { float: () => this.position / 10, bytes: (count: number) => new Uint8Array(count) };
    return new Raft({ id: this.id, restored, random, options: this.group.options }, this.group.now);
  }

  step(event: RaftEvent): Effect[] {
    const effects: Effect[] = [];
    this.raft.step(event, this.group.now, effects);
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.kind === 'send') this.group.wire.push(effect.message);
      if (effect.kind === 'write') this.unsynced.push(effect.write);
    }
    if (this.syncs) effects.push(...this.sync());
    return effects;
  }

  /** What was written is on disk now. */
  sync(): Effect[] {
    const writes = this.unsynced.splice(0);
    for (const write of writes) this.kept.apply(write);
    const last = writes.at(-1);
    return last === undefined ? [] : this.step({ kind: 'written', number: last.number });
  }

  /** Forgets what is not on disk. */
  restart(): void {
    this.unsynced.length = 0;
    this.raft = this.begin(this.kept.restored());
  }

  terms(): number[] {
    const { raft } = this;
    return Array.from({ length: raft.lastIndex - raft.snapshotIndex }, (_, i) => raft.entry(raft.snapshotIndex + 1 + i).term);
  }

  /** Commands among the entries that it called committed. */
  get applied(): string[] {
    const { raft } = this;
    const commands: string[] = [];
    for (let index = raft.snapshotIndex + 1; index <= raft.commitIndex; index++) {
      const { kind, data } = raft.entry(index);
      if (kind === ENTRY.command) commands.push(data.toString());
    }
    return commands;
  }
}

export class Group {
  now = 0;
  /** Sent and not delivered, in order. */
  wire: Message[] = [];
  private readonly seats = new Map<string, Seat>();
  private readonly away = new Set<string>();

  constructor(
    readonly ids: readonly string[],
    readonly options: Partial<RaftOptions> = {},
  ) {
    this.options = { electionTimeout: TIMEOUT, heartbeat: HEARTBEAT, ...options };
    for (const id of ids) this.add(id, founding({ voters: ids, learners: [] }));
  }

  add(id: string, start: Restored): Seat {
    const seat = new Seat(this, id, start, this.seats.size);
    this.seats.set(id, seat);
    return seat;
  }

  seat(id: string): Seat {
    return this.seats.get(id) as Seat;
  }

  /** Takes what is under way off the wire, so that the test decides what becomes of it. */
  take(): Message[] {
    return this.wire.splice(0);
  }

  deliver(...messages: Message[]): void {
    for (const message of messages) {
      if (this.away.has(message.from) || this.away.has(message.to)) continue;
      this.seats.get(message.to)?.step({ kind: 'message', message });
    }
  }

  /** Until nothing is under way any more. */
  settle(): void {
    for (let rounds = 0; this.wire.length > 0; rounds++) {
      if (rounds > 1000) throw new Error('The members talk for ever.');
      this.deliver(...this.take());
    }
  }

  /** Nothing reaches it and nothing comes from it. */
  cut(...ids: string[]): void {
    for (const id of ids) this.away.add(id);
  }

  heal(): void {
    this.away.clear();
  }

  /** Lets time pass; messages take none. */
  advance(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, this.now + 10);
      for (const seat of this.seats.values()) if (seat.raft.wakeAt <= this.now) seat.step({ kind: 'tick' });
      this.settle();
    }
  }

  /** Nobody hears a leader any more, and this member stands for election. */
  elect(id: string): Seat {
    this.now += 2 * TIMEOUT;
    const seat = this.seat(id);
    seat.step({ kind: 'campaign' });
    this.settle();
    return seat;
  }
}

export function entriesOf(terms: readonly number[]): Entry[] {
  return terms.map((term, i) => ({ term, kind: ENTRY.command, data: Buffer.from(`${term}.${i + 1}`) }));
}

/** A member that comes back with a log of these terms. */
export function withLog(terms: readonly number[], voters: readonly string[], term = terms.at(-1) ?? 0): Restored {
  return { ...founding({ voters, learners: [] }), hardState: { term, vote: null }, entries: entriesOf(terms) };
}

export function commands(...texts: string[]): RaftEvent {
  return { kind: 'propose', commands: texts.map((text) => Buffer.from(text)) };
}

export function sent<K extends Message['kind']>(effects: readonly Effect[], kind: K): Array<Extract<Message, { kind: K }>> {
  const messages = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []));
  return messages.filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);
}

export function effectsOf<K extends Effect['kind']>(effects: readonly Effect[], kind: K): Array<Extract<Effect, { kind: K }>> {
  return effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}
