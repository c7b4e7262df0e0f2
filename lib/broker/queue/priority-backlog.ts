/** The ready messages of a queue with priorities. */
import type { Message } from '../message';
import type { Backlog, Shelf, Shelved, Span } from './backlog';
import { Fifo } from './fifo';
import type { Held } from './queue';

const NEVER = Number.POSITIVE_INFINITY;

/** One Fifo a priority; the highest goes first (RabbitMQ x-max-priority). A priority above the maximum counts as the maximum. */
export class PriorityBacklog implements Backlog {
  length = 0;
  bytes = 0;
  message: Message | null = null;
  position = 0;
  redelivered = false;
  expiresAt = NEVER;
  /** By priority, the lowest first. */
  private readonly levels: readonly Fifo[];
  shelves = false;

  constructor(maxPriority: number, shelf: Shelf | null = null, found: readonly Shelved[] = []) {
    const count = maxPriority + 1;
    this.levels = Array.from({ length: count }, (_, priority) => new Fifo(shelf, priority, count, found[priority]));
    for (const { length, bytes } of this.levels) {
      this.length += length;
      this.bytes += bytes;
    }
  }

  get memory(): number {
    return this.levels.reduce((sum, { memory }) => sum + memory, 0);
  }

  push(message: Message, expiresAt: number): number {
    this.length++;
    this.bytes += message.bodySize;
    const level = this.levelOf(message);
    const position = level.push(message, expiresAt);
    this.shelves = level.shelves;
    return position;
  }

  pass(message: Message): number {
    return this.levelOf(message).pass();
  }

  private levelOf(message: Message): Fifo {
    return this.levels[Math.min(message.traits.priority, this.levels.length - 1)] as Fifo;
  }

  private top(): Fifo | null {
    if (this.length === 0) return null;
    for (let i = this.levels.length - 1; i >= 0; i--) {
      const level = this.levels[i] as Fifo;
      if (level.length > 0) return level;
    }
    return null;
  }

  take(): boolean {
    const level = this.top();
    if (level === null || !level.take()) return false;
    const message = level.message as Message;
    level.message = null;
    this.message = message;
    this.position = level.position;
    this.redelivered = level.redelivered;
    this.expiresAt = level.expiresAt;
    this.length--;
    this.bytes -= message.bodySize;
    return true;
  }

  headExpiresAt(): number {
    return this.top()?.headExpiresAt() ?? NEVER;
  }

  putBack(held: readonly Held[]): void {
    for (const one of held) {
      this.length++;
      this.bytes += one.message.bodySize;
      this.levelOf(one.message).putBackOne(one);
    }
  }

  /** The lowest priorities give way first: they wait longest. */
  shelve(count: number): void {
    let left = count;
    for (let i = this.levels.length - 1; i >= 0; i--) {
      const level = this.levels[i] as Fifo;
      level.shelve(left);
      left = Math.max(0, left - level.length);
    }
  }

  returnedPositions(): number[] {
    return this.levels.flatMap((level) => level.returnedPositions());
  }

  inMemory(): Message[] {
    return [...this.levels].reverse().flatMap((level) => level.inMemory());
  }

  get ends(): readonly number[] {
    return this.levels.flatMap(({ ends }) => ends);
  }

  eachInMemory(visit: (held: Held) => void): void {
    for (const level of this.levels) level.eachInMemory(visit);
  }

  get spans(): readonly Span[] {
    return this.levels.flatMap(({ spans }) => spans);
  }

  readShelf(from: number, count: number, visit: (held: Held) => boolean): void {
    this.levels[from % this.levels.length]?.readShelf(from, count, visit);
  }

  clear(): void {
    for (const level of this.levels) level.clear();
    this.length = 0;
    this.bytes = 0;
  }
}
