/**
 * The consumers of one queue and whose turn it is. Higher priority first; round robin among equals. A consumer that is found
 * not ready is parked until its channel says that it may have room again, so a thousand stuck consumers cost a publish nothing.
 */
import { accessRefused, called } from '../errors';
import type { Consumer } from './consumer';
import type { Queue } from './queue';

interface Level {
  readonly priority: number;
  /** Consumers of this priority, parked ones too. */
  members: number;
  /** Whose turn is next stands first. Invariant: no parked consumer is in it. */
  readonly turn: Consumer[];
}

export class ConsumerGroup {
  /** In order of subscription. */
  private readonly members = new Set<Consumer>();
  /** Highest priority first. */
  private readonly levels: Level[] = [];
  private exclusive = false;
  /** With single-active: the one that gets messages. */
  private active: Consumer | null = null;

  constructor(private readonly singleActive: boolean) {}

  get size(): number {
    return this.members.size;
  }

  list(): readonly Consumer[] {
    return [...this.members];
  }

  isActive(consumer: Consumer): boolean {
    return !this.singleActive || this.active === consumer;
  }

  add(consumer: Consumer, queue: Queue): void {
    if (this.exclusive || (consumer.exclusive && (this.members.size > 0 || this.singleActive))) {
      throw accessRefused(`${called('queue', queue.name, queue.vhost.name)} in exclusive use`);
    }
    this.members.add(consumer);
    this.exclusive = consumer.exclusive;
    consumer.parked = false;
    if (this.singleActive) this.active ??= consumer;
    else {
      const level = this.level(consumer.priority);
      level.members++;
      level.turn.push(consumer);
    }
  }

  private level(priority: number): Level {
    const at = this.levels.findIndex((level) => level.priority <= priority);
    const known = this.levels[at];
    if (known?.priority === priority) return known;
    const made: Level = { priority, members: 0, turn: [] };
    if (at < 0) this.levels.push(made);
    else this.levels.splice(at, 0, made);
    return made;
  }

  remove(consumer: Consumer): void {
    if (!this.members.delete(consumer)) return;
    this.exclusive &&= !consumer.exclusive;
    if (this.singleActive) {
      if (this.active === consumer) this.active = this.highest();
      return;
    }
    const level = this.level(consumer.priority);
    const at = level.turn.indexOf(consumer);
    if (at >= 0) level.turn.splice(at, 1);
    if (--level.members === 0) this.levels.splice(this.levels.indexOf(level), 1);
  }

  private highest(): Consumer | null {
    let best: Consumer | null = null;
    for (const member of this.members) if (best === null || member.priority > best.priority) best = member;
    return best;
  }

  /** The consumer may be ready again. True if that can change what `next` says. */
  unpark(consumer: Consumer): boolean {
    if (!consumer.parked || !this.members.has(consumer)) return false;
    consumer.parked = false;
    if (this.singleActive) return this.active === consumer;
    this.level(consumer.priority).turn.push(consumer);
    return true;
  }

  /** True if messages wait for nothing but a full socket. */
  get waitsForSockets(): boolean {
    for (const member of this.members) if (!member.socketReady) return true;
    return false;
  }

  /** Who gets the next message; null if nobody can take one. */
  next(): Consumer | null {
    if (this.singleActive) return this.nextSingle();
    for (let i = 0; i < this.levels.length; i++) {
      const turn = (this.levels[i] as Level).turn;
      while (turn.length > 0) {
        const consumer = turn[0] as Consumer;
        if (!consumer.ready) {
          turn.shift();
          consumer.parked = true;
          continue;
        }
        if (turn.length > 1) {
          turn.shift();
          turn.push(consumer);
        }
        return consumer;
      }
    }
    return null;
  }

  private nextSingle(): Consumer | null {
    if (this.active === null || this.active.parked) return null;
    if (this.active.ready) return this.active;
    this.active.parked = true;
    return null;
  }
}
