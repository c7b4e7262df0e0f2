/**
 * The home's side of remote queues: does for channels of other nodes what channels of this one do for themselves. What such a
 * channel holds unacknowledged is kept here, so it comes back to the queue when that node goes away.
 */
import { called, notFound, ProtocolError } from '../../broker/errors';
import type { Message } from '../../broker/message';
import type { Consumer } from '../../broker/queue/consumer';
import {
  ACCEPTED,
  type Answer,
  type Held,
  type Outcome,
  PENDING,
  type Queue,
  REJECTED,
  type Taken,
  WAITING,
} from '../../broker/queue/queue';
import type { Receipt } from '../../broker/queue/receipt';
import type { Vhost } from '../../broker/vhost';
import type { Storage } from '../../storage/storage';
import type { BatchReader } from './batch-octets';
import { tellForwarded } from './message-teller';
import { foundAgain } from '../mirror/mirror-copy';
import { NO_ORIGIN } from '../mirror/mirror-link';
import type { MirrorPart } from '../mirror/mirror-part';
import { partsOf, type QueueKey, type QueueWire, type Reply, type Request, type Settling } from './queue-wire';

export interface QueueServerHost {
  readonly self: string;
  readonly storage: Storage;
  readonly broker: { readonly vhosts: ReadonlyMap<string, Vhost> };
}

/** What channels of one node have here. */
class Guest {
  readonly consumers = new Map<number, ServedConsumer>();
  /** Unacknowledged, by queue and position. */
  readonly held = new Map<Queue, Map<number, Held>>();
  /** Queues to which its channels do not publish for now. */
  readonly full = new Set<Queue>();

  hold(queue: Queue, held: Held): void {
    let own = this.held.get(queue);
    if (own === undefined) {
      own = new Map();
      this.held.set(queue, own);
    }
    own.set(held.position, held);
  }

  /** Those of the positions that are held; held no more. */
  release(queue: Queue, positions: readonly number[]): Held[] {
    const own = this.held.get(queue);
    const found: Held[] = [];
    for (const position of positions) {
      const held = own?.get(position);
      if (held === undefined) continue;
      own?.delete(position);
      found.push(held);
    }
    return found;
  }
}

export class QueueServer {
  private readonly guests = new Map<string, Guest>();
  /** Receipts that wait for the storage's batch of this number, by node. */
  private batch = -1;
  private inBatch = new Map<string, number[]>();

  constructor(
    private readonly host: QueueServerHost,
    private readonly wire: QueueWire,
    private readonly mirrors: MirrorPart,
  ) {}

  request(from: string, request: Request, octets: BatchReader): void {
    if (request.do === 'credit' || request.do === 'cancel') this.ofConsumer(from, request);
    else if (request.do === 'publish') this.publish(from, request, octets);
    else if ('count' in request) this.settle(from, request, octets);
    else {
      const queue = this.find(request.queue);
      if (queue !== null && queue.home === this.host.self) this.ofQueue(from, queue, request);
      else if ('call' in request && queue !== null) this.reply(from, { do: 'moved', call: request.call });
      else if ('call' in request) this.fail(from, request.call, missing(request.queue));
    }
  }

  /** The node is gone: its consumers too, and what they held comes back. */
  lost(from: string): void {
    const guest = this.guests.get(from);
    this.guests.delete(from);
    this.inBatch.delete(from);
    if (guest === undefined) return;
    for (const consumer of guest.consumers.values()) consumer.queue.removeConsumer(consumer);
    for (const [queue, held] of guest.held) if (held.size > 0) queue.requeue([...held.values()]);
  }

  /** This node stops: what others hold comes back, and is noted as delivered before. */
  leave(): void {
    for (const from of [...this.guests.keys()]) this.lost(from);
  }

  // --- requests ---

  /** For a queue that lives elsewhere by now, or is about to come here, it goes on to where this node takes it to be. */
  private publish(from: string, { queue: key, first, again, count }: Request & { do: 'publish' }, octets: BatchReader): void {
    const queue = this.find(key);
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const before = octets.at;
      const message = octets.message();
      taken += octets.at - before;
      const number = first === 0 ? 0 : first + i;
      const isThere = again && queue !== null && this.mirrors.hasFrom(queue, { from, number });
      if (number > 0 && queue !== null && queue.mirrors !== null) this.mirrors.comesFrom(queue, { from, number });
      // It went with its queue, as anything in it would have.
      if (queue === null) this.receipt(from, number, ACCEPTED, null);
      else if (isThere) this.receipt(from, number, foundAgain(queue, message), null);
      else this.receipt(from, number, queue.publish(message, number > 0), queue.receipt);
    }
    if (queue !== null && queue.mirrors !== null) this.mirrors.comesFrom(queue, NO_ORIGIN);
    this.reply(from, { do: 'taken', octets: taken });
    if (queue?.congested === true && queue.untilOver === true) this.holdBack(from, queue, key);
  }

  /** Publishers on that node wait as those on this one do. */
  private holdBack(from: string, queue: Queue, key: QueueKey): void {
    const guest = this.guest(from);
    if (guest.full.has(queue)) return;
    guest.full.add(queue);
    this.reply(from, { do: 'full', queue: key, full: true });
    queue.whenRelieved(() => {
      guest.full.delete(queue);
      if (this.guests.get(from) === guest) this.reply(from, { do: 'full', queue: key, full: false });
    });
  }

  private receipt(from: string, number: number, outcome: Outcome, receipt: Receipt | null): void {
    if (number === 0) return;
    if (outcome === PENDING) receipt?.whenSettled((kept) => this.receipts(from, number, kept));
    else if (outcome === WAITING) this.receiptAfterSync(from, number);
    else this.receipts(from, number, outcome !== REJECTED);
  }

  private receiptAfterSync(from: string, number: number): void {
    const { storage } = this.host;
    if (storage.batch !== this.batch) {
      this.batch = storage.batch;
      const batch = new Map<string, number[]>();
      this.inBatch = batch;
      storage.afterSync(() => {
        for (const [name, numbers] of batch) for (const one of numbers) this.receipts(name, one, true);
      });
    }
    const own = this.inBatch.get(from);
    if (own === undefined) this.inBatch.set(from, [number]);
    else own.push(number);
  }

  private receipts(from: string, number: number, kept: boolean): void {
    const last = this.wire.last(from);
    if (last?.do === 'receipts' && last.kept === kept) last.count++;
    else this.reply(from, { do: 'receipts', count: 1, kept });
    this.wire.octets(from).number(number);
  }

  private ofConsumer(from: string, request: Request & { do: 'credit' | 'cancel' }): void {
    const guest = this.guest(from);
    const consumer = guest.consumers.get(request.consumer);
    if (request.do === 'credit') consumer?.more(request.more);
    else {
      guest.consumers.delete(request.consumer);
      consumer?.queue.removeConsumer(consumer);
      this.reply(from, { do: 'cancelled', consumer: request.consumer });
    }
  }

  private settle(from: string, { do: what, queue: key, count }: Request & { do: Settling }, octets: BatchReader): void {
    const positions = Array.from({ length: count }, () => octets.number());
    const queue = this.find(key);
    if (queue === null || queue.home !== this.host.self) return;
    const released = this.guest(from).release(queue, positions);
    if (what === 'requeue') queue.requeue(released);
    else for (const held of released) queue[what](held);
  }

  private ofQueue(
    from: string,
    queue: Queue,
    request: Exclude<Request, { do: 'publish' | 'credit' | 'cancel' | Settling }>,
  ): void {
    const guest = this.guest(from);
    switch (request.do) {
      case 'consume':
        this.consume(from, guest, queue, request);
        break;
      case 'get':
        this.guarded<Taken | null>(
          from,
          request.call,
          (answer) => queue.get(request.noAck, answer),
          (taken) => this.got(from, guest, queue, request, taken),
        );
        break;
      case 'count':
        this.guarded(from, request.call, (answer) => queue.count(answer), this.value(from, request.call));
        break;
      case 'purge':
        this.guarded(from, request.call, (answer) => queue.purge(answer), this.value(from, request.call));
        break;
      case 'delete':
        this.guarded(from, request.call, (answer) => queue.delete(request, answer), this.value(from, request.call));
        break;
      case 'touch':
        queue.touch();
        break;
    }
  }

  private consume(from: string, guest: Guest, queue: Queue, request: Request & { do: 'consume' }): void {
    const consumer = new ServedConsumer(queue, request, {
      deliver: (message, held, redelivered) => {
        if (!request.noAck) guest.hold(queue, held);
        this.deliver(from, request.consumer, message, held.position, redelivered);
        tellForwarded(queue, from, message);
      },
      left: () => guest.consumers.delete(request.consumer),
      cancelled: () => {
        guest.consumers.delete(request.consumer);
        this.reply(from, { do: 'cancelled', consumer: request.consumer });
      },
    });
    this.guarded<void>(
      from,
      request.call,
      (answer) => queue.addConsumer(consumer, answer),
      () => {
        guest.consumers.set(request.consumer, consumer);
        this.reply(from, { do: 'answer', call: request.call, value: null });
      },
    );
  }

  private deliver(to: string, consumer: number, message: Message, position: number, redelivered: boolean): void {
    const last = this.wire.last(to);
    if (last?.do === 'deliver' && last.consumer === consumer) last.count++;
    else this.reply(to, { do: 'deliver', consumer, count: 1 });
    const out = this.wire.octets(to);
    out.number(position);
    out.flag(redelivered);
    out.message(message);
  }

  private got(from: string, guest: Guest, queue: Queue, request: Request & { do: 'get' }, taken: Taken | null): void {
    const { call } = request;
    if (taken === null) this.reply(from, { do: 'got', call, position: 0, redelivered: false, remaining: 0, found: false });
    else {
      const { position, redelivered, remaining } = taken;
      if (!request.noAck) guest.hold(queue, taken);
      tellForwarded(queue, from, taken.message);
      this.reply(from, { do: 'got', call, position, redelivered, remaining, found: true });
      this.wire.octets(from).message(taken.message);
    }
  }

  // --- answers ---

  /** Handlers of queues throw, or answer with an error: both are told. */
  private guarded<T>(from: string, call: number, ask: (answer: Answer<T>) => void, then: (result: T) => void): void {
    const answer: Answer<T> = (result) => {
      if (result instanceof ProtocolError) this.fail(from, call, result);
      else then(result);
    };
    try {
      ask(answer);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(from, call, error);
    }
  }

  private value(to: string, call: number): (value: unknown) => void {
    return (value) => this.reply(to, { do: 'answer', call, value });
  }

  private fail(to: string, call: number, { reply, detail }: ProtocolError): void {
    this.reply(to, { do: 'error', call, code: reply.code, detail });
  }

  private reply(to: string, reply: Reply): void {
    this.wire.add(to, reply);
  }

  private guest(from: string): Guest {
    let guest = this.guests.get(from);
    if (guest === undefined) {
      guest = new Guest();
      this.guests.set(from, guest);
    }
    return guest;
  }

  private find(key: QueueKey): Queue | null {
    const [vhost, name] = partsOf(key);
    return this.host.broker.vhosts.get(vhost)?.queues.get(name) ?? null;
  }
}

function missing(key: QueueKey): ProtocolError {
  const [vhost, name] = partsOf(key);
  return notFound(`no ${called('queue', name, vhost)}`);
}

interface ConsumerPort {
  deliver(message: Message, held: Held, redelivered: boolean): void;
  cancelled(): void;
  /** The queue lives elsewhere now. */
  left(): void;
}

/** A consumer on another node, as the queue sees it. */
class ServedConsumer implements Consumer {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly socketReady = true;
  parked = false;
  private credit: number;

  constructor(
    readonly queue: Queue,
    { tag, noAck, exclusive, priority, credit }: Request & { do: 'consume' },
    private readonly port: ConsumerPort,
  ) {
    this.tag = tag;
    this.noAck = noAck;
    this.exclusive = exclusive;
    this.priority = priority;
    this.credit = credit;
  }

  get ready(): boolean {
    return this.credit > 0;
  }

  get room(): number {
    return this.credit;
  }

  more(credit: number): void {
    this.credit += credit;
    if (this.parked) this.queue.consumerReady(this);
  }

  deliver(message: Message, position: number, redelivered: boolean, expiresAt: number): void {
    this.credit--;
    this.port.deliver(message, { message, position, expiresAt }, redelivered);
  }

  cancelledByServer(): void {
    this.port.cancelled();
  }

  /** Its node hears of the new home, too. */
  follow(): void {
    this.port.left();
  }
}
