/**
 * Tells which published message a delivery carries, for brokers that only show the wire. AMQP gives messages no identity,
 * so it is worked out: from the message-id property if there is one, else from exchange, routing key and body. Equal
 * messages are told apart by order: the n-th that is delivered from a queue is the n-th that was published.
 *
 * That is exact as long as every publish and every delivery passes this lab, and a queue got all or none of a run of equal
 * messages. A message that was published elsewhere, or before the lab, has the number 0.
 */
import { createHash } from 'node:crypto';
import type { Field, FieldTable } from '../amqp/field-table';
import type { Message } from '../broker/message';

interface Entry {
  /** Numbers of the equal messages, in the order of publication. */
  readonly numbers: number[];
  /** How many of them came out of each place (a queue, or the returns of a channel) for the first time. */
  readonly cameOut: Map<string, number>;
  /** Those that went back into a queue, lowest first; they come out again as redelivered. */
  readonly wentBack: Map<string, number[]>;
}

/** One delivery, as the book needs it to take the message back. */
export interface BookedDelivery {
  readonly key: string;
  readonly place: string;
  readonly message: number;
}

/** Keys beyond this are forgotten, oldest first. */
const KEYS_MAX = 100_000;

export class MessageBook {
  private readonly entries = new Map<string, Entry>();

  published(message: Message): void {
    const key = keyOf(message);
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = { numbers: [], cameOut: new Map(), wentBack: new Map() };
      this.entries.set(key, entry);
      if (this.entries.size > KEYS_MAX) this.entries.delete(this.entries.keys().next().value as string);
    }
    entry.numbers.push(message.id);
  }

  /** The message comes out of a queue (or is returned); `redelivered` as the broker says. */
  cameOut(message: Message, place: string, redelivered: boolean): BookedDelivery {
    const key = keyOf(message);
    const entry = this.entries.get(key);
    return { key, place, message: entry === undefined ? 0 : numberOf(entry, place, redelivered) };
  }

  /** The delivery was undone: the message is in its queue again. */
  wentBack({ key, place, message }: BookedDelivery): void {
    const entry = this.entries.get(key);
    if (entry === undefined || message === 0) return;
    const numbers = entry.wentBack.get(place) ?? [];
    numbers.push(message);
    numbers.sort((a, b) => a - b);
    entry.wentBack.set(place, numbers);
  }
}

function numberOf(entry: Entry, place: string, redelivered: boolean): number {
  const again = redelivered ? entry.wentBack.get(place)?.shift() : undefined;
  if (again !== undefined) return again;
  const index = entry.cameOut.get(place) ?? 0;
  entry.cameOut.set(place, index + 1);
  return entry.numbers[Math.min(index, entry.numbers.length - 1)] as number;
}

function keyOf(message: Message): string {
  const { messageId, headers } = message.properties();
  if (messageId !== undefined && messageId !== '') return `id ${messageId}`;
  const [exchange, routingKey] = firstAddress(headers) ?? [message.destination.exchange, message.destination.routingKey];
  const body = createHash('sha1').update(message.body()).digest('base64');
  return JSON.stringify([exchange, routingKey, body]);
}

/** Where a dead-lettered message was sent when it was published: what the oldest entry of `x-death` says. */
function firstAddress(headers: FieldTable | undefined): [string, string] | null {
  const deaths = headers?.get('x-death');
  if (deaths?.kind !== 'array') return null;
  const oldest = (deaths.value as readonly Field[]).at(-1);
  if (oldest?.kind !== 'table') return null;
  const death = oldest.value as FieldTable;
  const keys = death.get('routing-keys');
  const key = keys?.kind === 'array' ? (keys.value as readonly Field[])[0] : undefined;
  return [String(death.get('exchange')?.value ?? ''), String(key?.value ?? '')];
}
