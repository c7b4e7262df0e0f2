/**
 * Channels and connections of amqplib that the broker closed. amqplib tells of a refusal in two ways, by the rejected
 * promise and by an `error` event, and of a closed connection only in the second; here they are one.
 */
import { strict as assert } from 'node:assert';
import type { Channel, ChannelModel } from 'amqplib';

export interface Closure {
  readonly scope: 'channel' | 'connection' | 'handshake';
  readonly code: number;
  readonly text: string;
}

type AmqpError = Error & { code?: unknown };

export class Closures {
  #seen: Closure[] = [];
  #wake: (() => void)[] = [];
  readonly #waiting = new Map<Channel, Set<(closure: Closure) => void>>();

  watchConnection(connection: ChannelModel): void {
    connection.on('error', () => {});
    // Unlike `error`, `close` also carries the codes that amqplib takes for harmless (320).
    connection.on('close', (error?: AmqpError) => {
      if (error !== undefined)
        this.#add({ scope: 'connection', code: typeof error.code === 'number' ? error.code : 0, text: replyText(error) });
    });
  }

  watchChannel<C extends Channel>(channel: C): C {
    channel.on('error', (error: AmqpError) => {
      const closure: Closure = { scope: 'channel', code: Number(error.code), text: replyText(error) };
      for (const then of this.#waiting.get(channel) ?? []) then(closure);
      this.#add(closure);
    });
    return channel;
  }

  /** Calls back if the broker closes this channel, until the returned function is called. */
  whenClosed(channel: Channel, then: (closure: Closure) => void): () => void {
    const waiting = this.#waiting.get(channel) ?? new Set();
    this.#waiting.set(channel, waiting.add(then));
    return () => void waiting.delete(then);
  }

  /** The closure that `action` leads to. Fails if the action is accepted. */
  async expect(action: Promise<unknown> | (() => unknown), timeoutMs: number): Promise<Closure> {
    const result = typeof action === 'function' ? action() : action;
    if (result instanceof Promise) {
      const error = await result.then(
        () => null,
        (reason: AmqpError) => reason,
      );
      assert.ok(error !== null, 'the broker accepted what it should refuse');
      if (error.message.startsWith('Handshake terminated'))
        return { scope: 'handshake', code: Number(error.code), text: replyText(error) };
    }
    await this.#untilSeen(timeoutMs);
    const closure = this.#seen.shift();
    assert.ok(closure !== undefined, 'the broker closed neither the channel nor the connection');
    return closure;
  }

  /** Closures that no `expect` has taken. */
  unexpected(): readonly string[] {
    return this.#seen.map(({ scope, code, text }) => `${scope}: ${code} ${text}`);
  }

  #add(closure: Closure): void {
    this.#seen.push(closure);
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #untilSeen(timeoutMs: number): Promise<void> {
    if (this.#seen.length > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** The broker's own words in amqplib's message. */
function replyText(error: Error): string {
  const quoted = /with message "([\s\S]*)"$/.exec(error.message);
  return quoted?.[1] ?? error.message;
}
