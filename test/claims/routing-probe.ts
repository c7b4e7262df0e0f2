/** For claims about where a message goes: exchanges, queues and bindings by short names, and which queues got what. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel, Options } from 'amqplib';
import type { ClaimContext } from './harness/context';

export type Arguments = Readonly<Record<string, unknown>>;

export class RoutingProbe {
  readonly #queues = new Map<string, string>();
  #returned = 0;

  private constructor(
    readonly t: ClaimContext,
    readonly ch: ConfirmChannel,
  ) {
    ch.on('return', () => this.#returned++);
  }

  /** A probe with these exclusive queues. */
  static async with(t: ClaimContext, queues: readonly string[]): Promise<RoutingProbe> {
    const probe = new RoutingProbe(t, await t.confirmChannel());
    for (const queue of queues) await probe.queue(queue);
    return probe;
  }

  async queue(base: string): Promise<void> {
    const { queue } = await this.ch.assertQueue(this.t.name(base), { exclusive: true });
    this.#queues.set(base, queue);
  }

  async exchange(base: string, type: string, options: Options.AssertExchange = {}): Promise<void> {
    await this.ch.assertExchange(this.t.name(base), type, { durable: false, ...options });
  }

  /** Binds a queue, or an exchange if no queue is called so. Names that begin with `amq.` stand for themselves. */
  async bind(target: string, source: string, key = '', args: Arguments = {}): Promise<void> {
    if (this.#queues.has(target)) await this.ch.bindQueue(this.t.name(target), this.full(source), key, args);
    else await this.ch.bindExchange(this.full(target), this.full(source), key, args);
  }

  async unbind(target: string, source: string, key = '', args: Arguments = {}): Promise<void> {
    if (this.#queues.has(target)) await this.ch.unbindQueue(this.t.name(target), this.full(source), key, args);
    else await this.ch.unbindExchange(this.full(target), this.full(source), key, args);
  }

  /**
   * Publishes a mandatory message and gives the names of the queues that got it, in alphabetical order. One that reaches no
   * queue must come back, one that reaches a queue must not, and no queue gets two.
   */
  async route(exchange: string, key: string, options: Options.Publish = {}): Promise<string[]> {
    const returnedBefore = this.#returned;
    await this.t.publish(this.ch, this.full(exchange), key, 'm', { mandatory: true, ...options });
    const reached: string[] = [];
    for (const [base, queue] of this.#queues) {
      const copies = (await this.t.drain(this.ch, queue)).length;
      assert.ok(copies <= 1, `${base} got ${copies} copies`);
      if (copies === 1) reached.push(base);
    }
    const returned = this.#returned > returnedBefore;
    assert.equal(
      returned,
      reached.length === 0,
      returned ? `was returned, though it reached ${reached.join(', ')}` : 'reached nothing and was not returned',
    );
    return reached.sort();
  }

  /** Publishes each message of a table, `[label, key, headers]`, and gives for each queue the labels of those that it got. */
  async table(
    exchange: string,
    messages: readonly (readonly [label: string, key: string, headers?: Arguments])[],
  ): Promise<Record<string, string[]>> {
    const publishes = messages.map(([label, key, headers]) =>
      this.t.publish(this.ch, this.full(exchange), key, label, { headers }),
    );
    await Promise.all(publishes);
    const got: Record<string, string[]> = {};
    for (const [base, queue] of this.#queues) got[base] = await this.t.drain(this.ch, queue);
    return got;
  }

  /** Whether the exchange exists. */
  async exists(exchange: string): Promise<boolean> {
    const wire = await this.t.wire();
    await wire.openChannel();
    wire.send('exchange.declare', 1, { exchange: this.full(exchange), passive: true });
    const answer = await wire.next(1);
    return answer?.name === 'exchange.declare-ok';
  }

  private full(base: string): string {
    return base === '' || base.startsWith('amq.') ? base : this.t.name(base);
  }
}
