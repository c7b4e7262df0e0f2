/** Graves for claims about dead letters: a dead-letter exchange with a queue behind it, and x-death as a line of text. */
import { strict as assert } from 'node:assert';
import { type Field, type FieldTable, field } from '../../lib/amqp/field-table';
import type { Properties } from '../../lib/amqp/properties';
import type { ClaimContext } from './harness/context';
import type { Received, WireClient } from './harness/wire-client';

type Got = Received<'basic.get-ok'>;

/** A raw client with channel 1 open, and ways to declare, publish and look that know the names of the claim. */
export class Cemetery {
  private constructor(
    readonly t: ClaimContext,
    readonly wire: WireClient,
  ) {}

  /** Has a fanout exchange `dlx` with a queue `dead` behind it. */
  static async open(t: ClaimContext): Promise<Cemetery> {
    const wire = await t.wire();
    await wire.openChannel();
    const c = new Cemetery(t, wire);
    await wire.call('exchange.declare', 1, { exchange: t.name('dlx'), type: 'fanout', autoDelete: true }, 'exchange.declare-ok');
    await c.queue('dead');
    await wire.call('queue.bind', 1, { queue: t.name('dead'), exchange: t.name('dlx') }, 'queue.bind-ok');
    return c;
  }

  async queue(name: string, args: Readonly<Record<string, Field>> = {}): Promise<void> {
    const fields = { queue: this.t.name(name), exclusive: true, arguments: new Map(Object.entries(args)) };
    await this.wire.call('queue.declare', 1, fields, 'queue.declare-ok');
  }

  /** A queue that dead-letters to `dlx`. */
  mortal(name: string, args: Readonly<Record<string, Field>> = {}): Promise<void> {
    return this.queue(name, { 'x-dead-letter-exchange': field.text(this.t.name('dlx')), ...args });
  }

  publish(queue: string, body: string, properties: Properties = {}): void {
    this.wire.publish(1, { routingKey: this.t.name(queue), properties, body });
  }

  /** Gets the next message of the queue; waits for it, for dead letters come when they come. */
  async get(queue: string, noAck = false): Promise<Got> {
    let reply: Received | null = null;
    await this.t.eventually(async () => {
      this.wire.send('basic.get', 1, { queue: this.t.name(queue), noAck });
      reply = await this.wire.next(1);
      assert.equal(reply?.name, 'basic.get-ok', `nothing came to the queue '${queue}'`);
    });
    return reply as unknown as Got;
  }

  /** Takes the next message of the queue and refuses it. */
  async reject(queue: string): Promise<void> {
    const { args } = await this.get(queue);
    this.wire.send('basic.reject', 1, { deliveryTag: args.deliveryTag });
  }

  /** The next dead message; waits for it. */
  dead(queue = 'dead'): Promise<Got> {
    return this.get(queue, true);
  }

  /** Bodies of the next so many dead messages, in order; waits for each. Then nothing more may be there. */
  async allDead(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push((await this.dead()).body.toString());
    return [...bodies, ...(await this.bodies())];
  }

  /** Waits until the queue has dealt with what this channel sent it before, a refusal say. */
  async seenBy(queue: string): Promise<void> {
    this.wire.send('basic.get', 1, { queue: this.t.name(queue) });
    const reply = await this.wire.next(1);
    assert.ok(reply !== null, `the queue '${queue}' did not answer`);
    if (reply.name === 'basic.get-ok')
      this.wire.send('basic.reject', 1, { deliveryTag: (reply as Got).args.deliveryTag, requeue: true });
  }

  /** Bodies of all that is ready, in order. */
  async bodies(queue = 'dead'): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      this.wire.send('basic.get', 1, { queue: this.t.name(queue), noAck: true });
      const reply = await this.wire.next(1);
      if (reply?.name !== 'basic.get-ok') return bodies;
      bodies.push(reply.body.toString());
    }
  }
}

const TAG: Readonly<Record<string, string>> = {
  longstr: 'S',
  long: 'l',
  signedint: 'I',
  short: 's',
  byte: 'b',
  timestamp: 'T',
  table: 'F',
  array: 'A',
  void: 'V',
};

/** A table in its order, with the types of its fields; times are left out and the numbers of claims taken off names. */
export function shown(table: FieldTable | undefined): string {
  if (table === undefined) return 'none';
  return [...table]
    .map(([key, value]) => `${key}=${shownField(value)}`)
    .join(' ')
    .replace(/\.c\d+\b/g, '');
}

function shownField({ kind, value }: Field): string {
  if (kind === 'timestamp') return 'T';
  if (kind === 'table') return `{${shown(value as FieldTable)}}`;
  if (kind === 'array') return `[${(value as readonly Field[]).map(shownField).join(' ')}]`;
  return `${TAG[kind] ?? kind}:${String(value)}`;
}

/** When the newest death was. */
export function timeOf(headers: FieldTable | undefined): number {
  const deaths = (headers?.get('x-death')?.value ?? []) as readonly Field[];
  const newest = (deaths[0] ?? assert.fail('there is no x-death')).value as FieldTable;
  return Number(newest.get('time')?.value);
}

/** An entry of x-death as the first death in a queue leaves it. */
export const DEATH = (queue: string, reason: string, keys = `S:${queue}`, exchange = ''): string =>
  `{count=l:1 reason=S:${reason} queue=S:${queue} time=T exchange=S:${exchange} routing-keys=[${keys}]}`;

export const FIRST = (queue: string, reason: string, exchange = ''): string =>
  `x-first-death-exchange=S:${exchange} x-first-death-queue=S:${queue} x-first-death-reason=S:${reason}`;
