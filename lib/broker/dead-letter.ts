/**
 * Dead lettering: a message that was rejected, expired or crowded out is published again, to the queue's dead-letter exchange,
 * with the story of its deaths in the `x-death` header, field for field as RabbitMQ writes it.
 *
 * RabbitMQ promises little here: its classic queues dead-letter at most once, without confirms, so a node that dies on the way
 * may lose the message. Here the log has it in the next queue before it has it removed from the first: a crash in between leaves
 * it in both, and loses nothing.
 */
import { field, type Field, type FieldTable } from '../amqp/field-table';
import type { DeathReason } from '../trace/events';
import type { Host } from './host';
import { labelOf } from './label';
import { Destination } from './destination';
import type { Message } from './message';
import { type DeadLetters, PENDING, type Queue, REJECTED } from './queue/queue';
import { type Receipt, whenAllSettled } from './queue/receipt';
import { route } from './routing';
import type { Traits } from './traits';

interface Death {
  readonly queue: Queue;
  readonly message: Message;
  readonly position: number;
  readonly reason: DeathReason;
}

/** Collects the dead of a turn and routes them at its end: queues that dead-letter in a circle cannot recurse. */
export class DeadLetterOffice implements DeadLetters {
  private pending: Death[] = [];

  constructor(private readonly host: Host) {}

  add(queue: Queue, message: Message, position: number, reason: DeathReason): void {
    if (this.pending.length === 0) this.host.world.turn.atEnd(this.routeAll);
    this.pending.push({ queue, message, position, reason });
  }

  /** What dies while this runs is added to a new list, for which this runs again in the same turn. */
  private readonly routeAll = (): void => {
    const deaths = this.pending;
    this.pending = [];
    for (const death of deaths) {
      const { queue, position } = death;
      const { receipts, refused } = this.routeOne(death);
      whenAllSettled(receipts, (kept) => queue.buried(position, kept && !refused));
    }
  };

  /** What those queues say that live on other nodes, and whether one of this node has refused it. */
  private routeOne({ queue, message, reason }: Death): { readonly receipts: readonly Receipt[]; readonly refused: boolean } {
    const { vhost, settings } = queue;
    const exchangeName = settings.deadLetterExchange as string;
    const exchange = vhost.exchanges.get(exchangeName);
    const routingKey = settings.deadLetterRoutingKey ?? message.destination.routingKey;
    const where = { vhost: vhost.name, queue: queue.name, message: message.id, label: '' };
    if (this.host.trace.active) {
      where.label = labelOf(message);
      this.host.emit({ type: 'dead-lettered', ...where, reason, exchange: exchangeName, routingKey });
    }
    if (exchange === undefined) {
      this.host.emit({ type: 'dropped', ...where, reason: 'unroutable' });
      return { receipts: [], refused: false };
    }
    const dead = this.buried(queue, message, reason, exchangeName, routingKey);
    const deaths = deathsOf(dead.traits.headers);
    const receipts: Receipt[] = [];
    let refused = false;
    for (const target of route(vhost, exchange, routingKey, dead.traits)) {
      if (reason !== 'rejected' && isCycle(target.name, deaths)) {
        this.host.emit({ type: 'dropped', ...where, reason: 'cycle' });
        continue;
      }
      const outcome = target.publish(dead, true);
      if (outcome === PENDING) receipts.push(target.receipt as Receipt);
      else if (outcome === REJECTED) refused = true;
    }
    return { receipts, refused };
  }

  private buried(queue: Queue, message: Message, reason: DeathReason, exchange: string, routingKey: string): Message {
    const { expiration, ...properties } = message.properties();
    const info: FieldTable = new Map([
      ['reason', field.text(reason)],
      ['queue', field.text(queue.name)],
      ['time', field.timestamp(Math.floor(this.host.world.clock.epochMs() / 1000))],
      ['exchange', field.text(message.destination.exchange)],
      ['routing-keys', field.array([message.destination.routingKey, ...ccKeys(message.traits)].map(field.text))],
    ]);
    if (expiration !== undefined) info.set('original-expiration', field.text(expiration));
    const headers = withDeath(properties.headers ?? new Map(), info);
    const renamed = queue.settings.deadLetterRoutingKey !== null;
    if (renamed) headers.delete('CC');
    const traits: Traits = { ...message.traits, expirationMs: -1, headers, copies: renamed ? [] : message.traits.copies };
    return message.readdressed(Destination.of(exchange, routingKey), { ...properties, headers }, traits);
  }
}

/** BCC keys are never told. */
function ccKeys(traits: Traits): string[] {
  const cc = traits.headers?.get('CC');
  if (cc?.kind !== 'array') return [];
  return (cc.value as readonly Field[]).flatMap((key) => (key.kind === 'longstr' ? [key.value as string] : []));
}

function deathsOf(headers: FieldTable | null): FieldTable[] {
  const deaths = headers?.get('x-death');
  if (deaths?.kind !== 'array') return [];
  return (deaths.value as readonly Field[]).filter((one) => one.kind === 'table').map((one) => one.value as FieldTable);
}

/** The headers with this death in front; sorted by name, as RabbitMQ leaves them. */
export function withDeath(headers: FieldTable, info: FieldTable): FieldTable {
  const fresh: FieldTable = new Map([['count', field.long(1)], ...info]);
  const known = headers.get('x-death');
  const result: FieldTable = new Map(headers);
  if (known === undefined) {
    for (const key of ['exchange', 'queue', 'reason'] as const) result.set(`x-first-death-${key}`, info.get(key) as Field);
  }
  const deaths = known?.kind === 'array' ? joined(fresh, deathsOf(headers)) : [fresh];
  result.set('x-death', field.array(deaths.map(field.table)));
  return sorted(result);
}

/** There is one entry a queue and reason: a death that is known counts one more, and keeps what was told of the first. */
function joined(fresh: FieldTable, earlier: readonly FieldTable[]): FieldTable[] {
  const groups = grouped(earlier);
  const known = groups.find((death) => isSame(death, fresh));
  return [sorted(known === undefined ? fresh : counted(known)), ...groups.filter((death) => death !== known)];
}

/** Two or more entries come back in reversed order, each time: RabbitMQ does it, and clients may look at positions. */
function grouped(deaths: readonly FieldTable[]): FieldTable[] {
  const groups: FieldTable[] = [];
  for (const death of deaths) {
    if (groups.some((other) => isSame(other, death))) continue;
    const times = deaths.filter((other) => isSame(other, death)).length;
    const countless = deaths.length > 1 && !death.has('count');
    groups.unshift(countless ? new Map([['count', field.long(times)], ...death]) : death);
  }
  return groups;
}

function isSame(one: FieldTable, other: FieldTable): boolean {
  return textOf(one, 'queue') === textOf(other, 'queue') && textOf(one, 'reason') === textOf(other, 'reason');
}

function counted(death: FieldTable): FieldTable {
  const count = Number(death.get('count')?.value ?? 0);
  return new Map(death).set('count', field.long(Number.isSafeInteger(count) ? count + 1 : 1));
}

function sorted(table: FieldTable): FieldTable {
  return new Map([...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function textOf(death: FieldTable, key: string): unknown {
  return death.get(key)?.value;
}

/**
 * A message that comes back to a queue in which it died before, without a rejection in between, would circle for ever: nobody
 * but the broker moves it. `deaths` as they stand in the header, the newest in front.
 */
export function isCycle(queue: string, deaths: readonly FieldTable[]): boolean {
  const at = deaths.findIndex((death) => textOf(death, 'queue') === queue);
  return at >= 0 && deaths.slice(0, at + 1).every((death) => textOf(death, 'reason') !== 'rejected');
}
