/**
 * A queue that lives on another node, as the channels of this one see it. It keeps no messages: publishes, acknowledgements and
 * questions go to the home (queue-server.ts there), and deliveries come from it as far as the consumers here have room.
 *
 * What the home did not answer when it went away is answered here: confirms with a nack, questions with 404.
 */
import { called, homeDown, notFound, ProtocolError } from '../../broker/errors';
import type { Message } from '../../broker/message';
import type { Ruling } from '../../broker/policies';
import type { Consumer } from '../../broker/queue/consumer';
import { DefinedQueue } from '../../broker/queue/defined-queue';
import {
  ACCEPTED,
  type Answer,
  type Counts,
  type DeleteConditions,
  type DeletionReason,
  type Held,
  type Outcome,
  PENDING,
  type Queue,
  type QueueAttributes,
  REJECTED,
  type Stock,
  type Taken,
  WAITING,
} from '../../broker/queue/queue';
import { Receipt } from '../../broker/queue/receipt';
import { settingsOf } from '../../broker/queue/settings';
import type { Vhost } from '../../broker/vhost';
import type { Storage } from '../../storage/storage';
import { tellForwarded } from './message-teller';
import { foundAgain } from '../mirror/mirror-copy';
import type { Fate } from '../mirror/mirror-part';
import { type QueueKey, keyOf, type Request, type Settling } from './queue-wire';
import { RemoteConsumer } from './remote-consumer';
import type { RemoteHomes } from './remote-homes';
import { RemoteWaiting, type Waiting } from './remote-waiting';

const NOTHING: Stock = { readyBytes: 0, shelved: 0, diskReads: 0, diskWrites: 0 };

/** Milliseconds after which a question is refused that waits for a home (RabbitMQ tries 2000 times, 30 ms apart). */
const WAIT_MAX = 60000;

export class RemoteQueue extends DefinedQueue implements Queue {
  readonly key: QueueKey;
  /** Publishers wait for a home that stalls, or for another one, as long as it takes. */
  readonly untilOver = true;
  readonly readyCount = 0;
  readonly unackedCount = 0;
  readonly stock = NOTHING;
  receipt: Receipt | null = null;
  private readonly consumers = new Map<Consumer, RemoteConsumer>();
  private readonly waiting = new RemoteWaiting();

  constructor(
    vhost: Vhost,
    attributes: QueueAttributes,
    private readonly homes: RemoteHomes,
  ) {
    super(vhost, attributes);
    this.key = keyOf(vhost.name, attributes.name);
  }

  private get fate(): Fate {
    return this.homes.port.fate(this);
  }

  get reachable(): boolean {
    return this.homes.isUp(this.home) || this.fate !== 'down';
  }

  get state(): 'running' | 'down' | 'stopped' {
    const { fate } = this;
    return fate === 'home' ? 'running' : fate === 'down' ? 'down' : 'stopped';
  }

  get consumerCount(): number {
    return this.consumers.size;
  }

  // --- messages in ---

  get congested(): boolean {
    return this.waiting.full || this.homes.congested(this.home, this.key);
  }

  whenRelieved(fn: () => void): void {
    if (this.waiting.full) this.waiting.whenRelieved(fn);
    else this.homes.whenRelieved(this.home, this.key, fn);
  }

  publish(message: Message, confirm: boolean): Outcome {
    const { home, key, homes } = this;
    this.receipt = confirm ? new Receipt() : null;
    if (!homes.isUp(home)) return this.publishHomeless(message.keep(), this.receipt);
    let number = 0;
    if (this.receipt !== null) number = homes.expectReceipt(home, this.receipt, this.againLater(message, this.receipt));
    homes.publish(home, key, message, number);
    tellForwarded(this, home, message);
    return confirm ? PENDING : ACCEPTED;
  }

  /** What is done with an unconfirmed message when the home is gone: null without mirrors. */
  private againLater(arrival: Message, receipt: Receipt): ((number: number) => void) | null {
    if (this.mirrors === null || this.mirrors.length === 0) return null;
    const message = arrival.keep();
    return (number) => {
      const goOn = (next: Queue): void => {
        // Back before a mirror took its place: nobody knows what of this it had on its disk.
        if (next.home === this.home) receipt.settle(false);
        else if (next instanceof RemoteQueue) next.publishAgain(message, receipt, number);
        else {
          const isThere = this.homes.port.isThere(next, number);
          const outcome = isThere ? foundAgain(next, message) : next.publish(message, true);
          settleBy(receipt, outcome, next, this.vhost.host.storage);
        }
      };
      const refuse = (): void => receipt.settle(false);
      const next = this.vhost.queues.get(this.name);
      if (this.gone && next?.id === this.id) goOn(next);
      else if (this.gone || this.fate !== 'promoting') refuse();
      else this.waiting.add({ goOn, refuse, message });
    };
  }

  private publishAgain(message: Message, receipt: Receipt, number: number): void {
    const { home, homes, key } = this;
    const again = this.againLater(message, receipt);
    if (!homes.isUp(home)) again?.(number);
    else homes.publish(home, key, message, homes.expectReceipt(home, receipt, again, number), true);
    if (again === null && !homes.isUp(home)) receipt.settle(false);
  }

  private publishHomeless(message: Message, receipt: Receipt | null): Outcome {
    if (this.fate !== 'promoting') return receipt === null ? ACCEPTED : REJECTED;
    this.waiting.add({
      goOn: (next) => {
        const outcome = next.publish(message, receipt !== null);
        if (receipt !== null) settleBy(receipt, outcome, next, this.vhost.host.storage);
      },
      refuse: () => receipt?.settle(false),
      message,
    });
    return receipt === null ? ACCEPTED : PENDING;
  }

  // --- questions ---

  count(answer: Answer<Counts>): void {
    this.call(
      (call) => ({ do: 'count', queue: this.key, call }),
      answer,
      (next) => next.count(answer),
    );
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    this.call(
      (call) => ({ do: 'get', queue: this.key, call, noAck }),
      answer,
      (next) => next.get(noAck, answer),
    );
  }

  purge(answer: Answer<number>): void {
    this.call(
      (call) => ({ do: 'purge', queue: this.key, call }),
      answer,
      (next) => next.purge(answer),
    );
  }

  delete(conditions: DeleteConditions, answer: Answer<number>): void {
    const { ifUnused, ifEmpty } = conditions;
    const request = (call: number): Request => ({ do: 'delete', queue: this.key, call, ifUnused, ifEmpty });
    const told: Answer<number> = (result) => {
      // It went before its home did: as one that was not there any more when it was asked for.
      const over = result instanceof ProtocolError && this.vhost.queues.get(this.name)?.id !== this.id;
      answer(over ? 0 : result);
    };
    this.call(request, told, (next) => next.delete(conditions, answer));
  }

  touch(): void {
    if (this.settings.expires !== null) this.homes.send(this.home, { do: 'touch', queue: this.key });
  }

  /** `again` asks the object that goes on as this queue. */
  private call<T>(request: (call: number) => Request, answer: Answer<T>, again: (next: Queue) => void): void {
    const { fate } = this;
    if (fate === 'home') this.homes.call(this.home, request, answer as Answer<unknown>, () => this.unanswered(answer, again));
    else if (fate === 'down') answer(homeDown(this));
    else this.waitForHome(answer, again);
  }

  private unanswered<T>(answer: Answer<T>, again: (next: Queue) => void): void {
    const next = this.vhost.queues.get(this.name);
    if (next?.id !== this.id) answer(notFound(`no ${called('queue', this.name, this.vhost.name)}`));
    else if (this.gone || this.fate === 'home') again(next);
    else if (this.fate === 'down') answer(homeDown(this));
    else this.waitForHome(answer, again);
  }

  private waitForHome<T>(answer: Answer<T>, goOn: (next: Queue) => void): void {
    const one: Waiting = { goOn, refuse: answer, message: null };
    this.waiting.add(one);
    this.homes.port.after(WAIT_MAX, () => {
      if (!this.waiting.withdraw(one)) return;
      answer(notFound(`failed to perform operation on ${called('queue', this.name, this.vhost.name)} due to timeout`));
    });
  }

  // --- messages out ---

  addConsumer(consumer: Consumer, answer: Answer<void>): void {
    const remote = new RemoteConsumer(consumer, this.homes.newConsumer(), (more) => {
      this.homes.send(this.home, { do: 'credit', consumer: remote.number, more });
    });
    const { tag, noAck, exclusive, priority } = consumer;
    const { number } = remote;
    this.homes.consumers.set(number, { queue: this, remote });
    const request = (call: number): Request => {
      const credit = remote.firstCredit();
      return { do: 'consume', queue: this.key, call, consumer: number, tag, noAck, exclusive, priority, credit };
    };
    const again = (next: Queue): void => {
      this.homes.consumers.delete(number);
      next.addConsumer(consumer, answer);
    };
    const told: Answer<void> = (result) => {
      // It has gone to another home, which knows nothing of the consumer.
      if (result === undefined && this.gone) {
        this.unanswered(answer, again);
        return;
      }
      if (result === undefined) this.consumers.set(consumer, remote);
      else this.homes.consumers.delete(number);
      answer(result);
    };
    this.call(request, told, again);
  }

  /** What comes before the home knows is still delivered. */
  cancelConsumer(consumer: Consumer, answer: Answer<void>): void {
    const remote = this.consumers.get(consumer);
    if (remote === undefined || !this.homes.isUp(this.home)) {
      this.removeConsumer(consumer);
      answer();
    } else {
      remote.whenCancelled = () => {
        this.removeConsumer(consumer);
        answer();
      };
      this.homes.send(this.home, { do: 'cancel', consumer: remote.number });
    }
  }

  /** At once: what is still under way to it goes back. */
  removeConsumer(consumer: Consumer): void {
    const remote = this.consumers.get(consumer);
    if (remote === undefined) return;
    this.consumers.delete(consumer);
    if (remote.cancelled) this.homes.consumers.delete(remote.number);
    else if (remote.whenCancelled === null) this.homes.send(this.home, { do: 'cancel', consumer: remote.number });
    this.settling('requeue', remote.unseen());
  }

  consumerReady(consumer: Consumer): void {
    this.consumers.get(consumer)?.pump(this);
  }

  listConsumers(): readonly Consumer[] {
    return [...this.consumers.keys()];
  }

  isActive(): boolean {
    return true;
  }

  /** Messages for a consumer here have come. */
  delivered(remote: RemoteConsumer): void {
    if (this.consumers.has(remote.consumer)) remote.pump(this);
    else this.settling('requeue', remote.unseen());
  }

  settle({ position }: Held): void {
    this.settling('settle', [position]);
  }

  reject({ position }: Held): void {
    this.settling('reject', [position]);
  }

  requeue(held: readonly Held[]): void {
    this.settling(
      'requeue',
      held.map(({ position }) => position),
    );
  }

  private settling(what: Settling, positions: readonly number[]): void {
    if (positions.length > 0 && !this.gone && this.homes.isUp(this.home)) this.homes.settle(this.home, what, this.key, positions);
  }

  /** Dead letters of other nodes are not this one's. */
  buried(): void {}

  readyInMemory(): readonly Message[] {
    return [];
  }

  // --- the queue's own life ---

  applyPolicy(ruling: Ruling | null): void {
    this.ruling = ruling;
    this.settings = settingsOf(this.args, ruling?.definition ?? null);
  }

  beforeStop(): void {}

  /** The home has no such consumer any more: because it was asked to, or else the client is told. */
  cancelled(remote: RemoteConsumer): void {
    remote.cancelled = true;
    this.homes.consumers.delete(remote.number);
    if (remote.whenCancelled !== null) remote.whenCancelled();
    else if (this.consumers.delete(remote.consumer)) remote.consumer.cancelledByServer();
  }

  /** Its node is gone, or another one on which it depends since its home is gone. */
  homeLost(): void {
    const { fate } = this;
    for (const remote of [...this.consumers.values()]) {
      if (fate === 'down' || remote.whenCancelled !== null) this.cancelled(remote);
      else {
        // It stays with the queue. What has come for it and was not handed on comes again.
        this.homes.consumers.delete(remote.number);
        remote.cancelled = true;
        remote.unseen();
      }
    }
    if (fate === 'promoting') return;
    // Nobody takes what was published; questions wait as long as there is hope.
    this.waiting.release(
      ({ refuse }) => refuse(homeDown(this)),
      ({ message }) => message === null && fate !== 'down',
    );
  }

  leaveTo(next: Queue): void {
    this.gone = true;
    for (const [consumer, remote] of [...this.consumers]) {
      this.homes.consumers.delete(remote.number);
      if (remote.whenCancelled !== null) this.cancelled(remote);
      else consumer.follow(next);
    }
    this.waiting.release(({ goOn }) => goOn(next));
  }

  destroy(reason: DeletionReason): number {
    this.gone = true;
    for (const remote of [...this.consumers.values()]) this.cancelled(remote);
    const none = notFound(`no ${called('queue', this.name, this.vhost.name)}`);
    this.waiting.release(({ refuse }) => refuse(none));
    this.homes.port.deleted(this);
    const { host, name } = this.vhost;
    if (reason === 'node-down') host.emit({ type: 'queue.deleted', vhost: name, queue: this.name, reason, messages: 0 });
    return 0;
  }
}

/** Tells the receipt what became of a message that was published later than its publisher thinks. */
function settleBy(receipt: Receipt, outcome: Outcome, queue: Queue, storage: Storage): void {
  if (outcome === PENDING) queue.receipt?.whenSettled((kept) => receipt.settle(kept));
  else if (outcome === WAITING) storage.afterSync(() => receipt.settle(true));
  else receipt.settle(outcome !== REJECTED);
}
