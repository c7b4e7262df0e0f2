/**
 * A queue that lives on another node, as the channels of this one see it. It keeps no messages: publishes, acknowledgements and
 * questions go to the home (queue-server.ts there), and deliveries come from it as far as the consumers here have room.
 *
 * What the home did not answer when it went away is answered here: confirms with a nack, questions with 404.
 */
import type { FieldTable } from '../amqp/field-table';
import { homeDown, type ProtocolError } from '../broker/errors';
import type { Binding } from '../broker/exchange/exchange';
import type { Message } from '../broker/message';
import type { Ruling } from '../broker/policies';
import type { Consumer } from '../broker/queue/consumer';
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
  type Stock,
  type Taken,
} from '../broker/queue/queue';
import { Receipt } from '../broker/queue/receipt';
import { type QueueSettings, settingsOf } from '../broker/queue/settings';
import type { Vhost } from '../broker/vhost';
import { type QueueKey, keyOf, type Reply, type Request, type Settling } from './queue-wire';
import { RemoteConsumer } from './remote-consumer';
import type { RemoteHomes } from './remote-homes';

const NOTHING: Stock = { readyBytes: 0, shelved: 0, diskReads: 0, diskWrites: 0 };

export class RemoteQueue implements Queue {
  readonly kind = 'classic';
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly owner: object | null;
  readonly args: FieldTable;
  readonly home: string;
  readonly id: string;
  readonly key: QueueKey;
  settings: QueueSettings;
  ruling: Ruling | null;
  readonly incoming = new Set<Binding>();
  readonly readyCount = 0;
  readonly unackedCount = 0;
  readonly stock = NOTHING;
  gone = false;
  receipt: Receipt | null = null;
  private readonly consumers = new Map<Consumer, RemoteConsumer>();

  constructor(
    readonly vhost: Vhost,
    attributes: QueueAttributes,
    private readonly homes: RemoteHomes,
  ) {
    this.name = attributes.name;
    this.durable = attributes.durable;
    this.autoDelete = attributes.autoDelete;
    this.owner = attributes.owner;
    this.args = attributes.args;
    this.home = attributes.home;
    this.id = attributes.id;
    this.key = keyOf(vhost.name, attributes.name);
    this.ruling = vhost.host.ruling(vhost.name, 'queue', attributes.name);
    this.settings = settingsOf(attributes.args, this.ruling?.definition ?? null);
  }

  get reachable(): boolean {
    return this.homes.isUp(this.home);
  }

  get consumerCount(): number {
    return this.consumers.size;
  }

  // --- messages in ---

  get congested(): boolean {
    return this.homes.congested(this.home);
  }

  whenRelieved(fn: () => void): void {
    this.homes.whenRelieved(this.home, fn);
  }

  publish(message: Message, confirm: boolean): Outcome {
    const { home, key, homes } = this;
    this.receipt = confirm ? new Receipt() : null;
    const number = this.receipt === null ? 0 : homes.expectReceipt(home, this.receipt);
    homes.publish(home, key, message, number);
    return confirm ? PENDING : ACCEPTED;
  }

  // --- questions ---

  count(answer: Answer<Counts>): void {
    this.call((call) => ({ do: 'count', queue: this.key, call }), answer);
  }

  get(noAck: boolean, answer: Answer<Taken | null>): void {
    this.call((call) => ({ do: 'get', queue: this.key, call, noAck }), answer);
  }

  purge(answer: Answer<number>): void {
    this.call((call) => ({ do: 'purge', queue: this.key, call }), answer);
  }

  delete({ ifUnused, ifEmpty }: DeleteConditions, answer: Answer<number>): void {
    this.call((call) => ({ do: 'delete', queue: this.key, call, ifUnused, ifEmpty }), answer);
  }

  touch(): void {
    if (this.settings.expires !== null) this.homes.send(this.home, { do: 'touch', queue: this.key });
  }

  private call<T>(request: (call: number) => Request, answer: Answer<T>): void {
    if (!this.reachable) answer(homeDown(this));
    else this.homes.call(this.home, request, answer as Answer<unknown>, () => homeDown(this));
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
    this.call(request, (result: void | ProtocolError) => {
      if (result === undefined) this.consumers.set(consumer, remote);
      else this.homes.consumers.delete(number);
      answer(result);
    });
  }

  /** What comes before the home knows is still delivered. */
  cancelConsumer(consumer: Consumer, answer: Answer<void>): void {
    const remote = this.consumers.get(consumer);
    if (remote === undefined || !this.reachable) answer();
    else {
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
  delivered(remote: RemoteConsumer, { positions, redelivered }: Reply & { do: 'deliver' }, messages: readonly Message[]): void {
    messages.forEach((message, i) => {
      remote.arrived(message, positions[i] as number, redelivered[i] as boolean);
    });
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
    if (positions.length > 0 && this.reachable && !this.gone) this.homes.settle(this.home, what, this.key, positions);
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

  homeLost(): void {
    for (const remote of [...this.consumers.values()]) this.cancelled(remote);
  }

  destroy(reason: DeletionReason): number {
    this.gone = true;
    for (const remote of [...this.consumers.values()]) this.cancelled(remote);
    const { host, name } = this.vhost;
    if (reason === 'node-down') host.emit({ type: 'queue.deleted', vhost: name, queue: this.name, reason, messages: 0 });
    return 0;
  }
}
