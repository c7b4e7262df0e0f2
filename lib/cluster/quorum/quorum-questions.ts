/** Questions of this node's channels to a quorum queue that have not been answered yet, and what is said where nobody can. */
import { REPLY } from '../../amqp/constants';
import { called, ProtocolError } from '../../broker/errors';
import type { Answer, Counts, Taken } from '../../broker/queue/queue';
import { noGetBesideActiveConsumer } from './machine/declaration';
import { withDeliveryCount } from './machine/delivered';
import { readMessage } from '../remote/message-octets';
import type { QuorumClient } from './quorum-client';
import type { QuorumHands } from './quorum-hands';
import type { Item, ItemOf } from './quorum-wire';

const NOTHING: Counts = { messages: 0, consumers: 0 };

export class QuorumQuestions {
  /** By tag. */
  private readonly gets = new Map<string, { readonly noAck: boolean; readonly answer: Answer<Taken | null> }>();
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
      const tag = `get ${++this.calls}`;
      this.gets.set(tag, { noAck, answer });
      this.client.request((session) => ({ type: 'get', session, tag, noAck }));
    };
    this.client.whenLed(ask, () => answer(this.noMajority()));
  }

  got({ tag, consumer, delivery, returns, ready: remaining, message }: ItemOf<'got'>): void {
    const get = this.taken(tag);
    const position = get?.noAck === true ? 0 : this.hands.placeOfGet(consumer, delivery);
    if (get === null) {
      this.hands.end(position, 'return');
      return;
    }
    const whole = withDeliveryCount(readMessage(message), returns);
    get.answer({ message: whole, position, expiresAt: Number.POSITIVE_INFINITY, redelivered: returns > 0, remaining });
  }

  gotNothing(tag: string, single: boolean): void {
    const { name, vhost } = this.queue;
    this.taken(tag)?.answer(single ? noGetBesideActiveConsumer(name, vhost.name) : null);
  }

  /** Null if nobody waits for it any more. */
  private taken(tag: string): { readonly noAck: boolean; readonly answer: Answer<Taken | null> } | null {
    const get = this.gets.get(tag) ?? null;
    this.gets.delete(tag);
    return get;
  }

  purge(answer: Answer<number>): void {
    this.purges.push(answer);
    this.client.request(() => ({ type: 'purge' }));
  }

  purged(messages: number): void {
    this.purges.shift()?.(messages);
  }

  /** The leader is gone. The next one is asked again for what the gets have not got, if there will be one. */
  leaderLost(): void {
    const tags = [...this.gets.keys()];
    if (tags.length > 0) {
      this.client.whenLed(
        () => undefined,
        () => this.refuseGets(tags),
      );
    }
    for (const answer of this.counts.values()) answer(NOTHING);
    this.counts.clear();
  }

  /** What was asked for in the session is not asked for again. */
  sessionLost(): void {
    this.refuseGets([...this.gets.keys()]);
  }

  /** What they get after this is given back. */
  private refuseGets(tags: readonly string[]): void {
    for (const tag of tags) this.taken(tag)?.answer(this.noMajority());
  }

  private noMajority(): ProtocolError {
    const queue = called('queue', this.queue.name, this.queue.vhost.name);
    return new ProtocolError(REPLY.internalError, `Cannot get a message from queue '${queue}': nodedown`);
  }

  /** The queue is deleted. */
  end(): void {
    for (const { answer } of this.gets.values()) answer(null);
    this.gets.clear();
    for (const answer of this.purges.splice(0)) answer(0);
    for (const answer of this.counts.values()) answer(NOTHING);
    this.counts.clear();
  }
}
