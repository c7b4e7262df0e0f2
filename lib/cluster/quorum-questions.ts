/** Questions of this node's channels to a quorum queue that have not been answered yet, and what is said where nobody can. */
import { REPLY } from '../amqp/constants';
import { called, ProtocolError } from '../broker/errors';
import type { Answer, Counts, Taken } from '../broker/queue/queue';
import { noGetBesideActiveConsumer } from './quorum/declaration';
import { withDeliveryCount } from './quorum/delivered';
import { readMessage } from './message-octets';
import type { QuorumClient } from './quorum-client';
import type { QuorumHands } from './quorum-hands';
import type { Item } from './quorum-wire';

const NOTHING: Counts = { messages: 0, consumers: 0 };

export class QuorumQuestions {
  /** In the order in which the leader answers them. */
  private gets: Array<{ readonly noAck: boolean; readonly answer: Answer<Taken | null> }> = [];
  private purges: Answer<number>[] = [];
  private readonly counts = new Map<number, Answer<Counts>>();
  private calls = 0;

  constructor(
    private readonly queue: { readonly name: string; readonly vhost: { readonly name: string } },
    private readonly client: QuorumClient,
    private readonly hands: QuorumHands,
    private readonly toLeader: (item: Item) => void,
  ) {}

  count(answer: Answer<Counts>): void {
    const ask = (): void => {
      const call = ++this.calls;
      this.counts.set(call, answer);
      this.toLeader({ do: 'count', call });
    };
    this.client.whenLed(ask, () => answer(NOTHING));
  }

  counted(call: number, messages: number, consumers: number): void {
    const answer = this.counts.get(call);
    // Before: the answer may end the queue, and with it all questions that are open.
    this.counts.delete(call);
    answer?.({ messages, consumers });
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    const ask = (): void => {
      this.gets.push({ noAck, answer });
      this.client.request((session) => ({ type: 'get', session, tag: '', noAck }));
    };
    this.client.whenLed(ask, () => answer(this.noMajority()));
  }

  got({ consumer, delivery, returns, ready: remaining, message }: Extract<Item, { do: 'got' }>): void {
    const get = this.gets.shift();
    const position = get?.noAck === true ? 0 : this.hands.place(consumer, delivery);
    if (get === undefined) {
      this.hands.end(position, 'return');
      return;
    }
    const whole = withDeliveryCount(readMessage(message), returns);
    get.answer({ message: whole, position, expiresAt: Number.POSITIVE_INFINITY, redelivered: returns > 0, remaining });
  }

  gotNothing(single: boolean): void {
    const { name, vhost } = this.queue;
    this.gets.shift()?.answer(single ? noGetBesideActiveConsumer(name, vhost.name) : null);
  }

  purge(answer: Answer<number>): void {
    this.purges.push(answer);
    this.client.request(() => ({ type: 'purge' }));
  }

  purged(messages: number): void {
    this.purges.shift()?.(messages);
  }

  /** The leader is gone. Whether gets took anything, nobody knows. */
  leaderLost(): void {
    for (const { answer } of this.gets.splice(0)) answer(this.noMajority());
    for (const answer of this.counts.values()) answer(NOTHING);
    this.counts.clear();
  }

  private noMajority(): ProtocolError {
    const queue = called('queue', this.queue.name, this.queue.vhost.name);
    return new ProtocolError(REPLY.internalError, `Cannot get a message from queue '${queue}': nodedown`);
  }

  /** The queue is deleted. */
  end(): void {
    for (const { answer } of this.gets.splice(0)) answer(null);
    for (const answer of this.purges.splice(0)) answer(0);
    for (const answer of this.counts.values()) answer(NOTHING);
    this.counts.clear();
  }
}
