/** Messages of one consumer (or returned to one channel) in order of arrival, to be waited for. */
import { strict as assert } from 'node:assert';
import type { ConsumeMessage, Message } from 'amqplib';

export class Collector {
  consumerTag = '';
  /** True once the broker has cancelled the consumer. */
  cancelled = false;
  #arrived: Message[] = [];
  #wake: (() => void)[] = [];

  constructor(
    private readonly what: string,
    private readonly patienceMs: number,
  ) {}

  /** For amqplib: null stands for basic.cancel. */
  push(message: Message | null): void {
    if (message === null) this.cancelled = true;
    else this.#arrived.push(message);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The next message. */
  async next(): Promise<ConsumeMessage> {
    await this.#until(() => this.#arrived.length > 0);
    const message = this.#arrived.shift();
    assert.ok(message !== undefined, `${this.what}: no message came`);
    return message as ConsumeMessage;
  }

  /** The next `count` messages. */
  async take(count: number): Promise<ConsumeMessage[]> {
    const taken: ConsumeMessage[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** Bodies of the next `count` messages. */
  async bodies(count: number): Promise<string[]> {
    return (await this.take(count)).map((message) => message.content.toString());
  }

  /** Resolves when the broker has cancelled the consumer. */
  async cancellation(): Promise<void> {
    await this.#until(() => this.cancelled);
    assert.ok(this.cancelled, `${this.what}: no basic.cancel came`);
  }

  /** Bodies that came and were not taken. */
  untaken(): string[] {
    return this.#arrived.map((message) => `${this.what}: ${message.content.toString()}`);
  }

  async #until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + this.patienceMs;
    while (!holds() && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - performance.now());
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}
