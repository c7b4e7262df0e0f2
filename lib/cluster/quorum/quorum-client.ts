/**
 * A node's side of a quorum queue: one session for all its channels. Requests are numbered and kept until the leader says that
 * they are done; a new leader is sent all that are not. So nothing that was asked for gets lost, whoever leads.
 */
import type { Message } from '../../broker/message';
import { Receipt } from '../../broker/queue/receipt';
import type { World } from '../../world/world';
import { sizeOfMessage, writeMessageAt } from '../remote/message-octets';
import { encodeCommand } from './machine/command-codec';
import type { Command } from './machine/commands';
import { Deque } from './machine/deque';
import { MessageBatch } from './machine/message-batch';
import { OctetWriter } from './machine/octets';
import type { Item, ItemOf } from './quorum-wire';

export interface ClientHost {
  readonly self: string;
  readonly world: World;
  send(to: string, item: Item): void;
  /** So many members of the group run, that somebody may be expected to lead. */
  readonly hasMajority: boolean;
  readonly running: readonly string[];
  /** The node that leads, or did when one was last heard of. */
  readonly lastLeader: string;
  /** A leader is there: what may have been missed is asked for. */
  led(): void;
  /** The session is not open any more, with all its consumers. */
  sessionLost(): void;
}

interface Pending {
  number: number;
  /** Encoded; null as long as the session's number is not known. */
  command: Buffer | null;
  make: ((session: number) => Command) | null;
  readonly rejected: boolean;
  /** Messages that it brings, and whoever waits for all of them. */
  readonly messages: MessageBatch | null;
  readonly receipt: Receipt | null;
  readonly done: (() => void) | null;
}

/** Octets of messages in one command; a larger one goes alone. */
const BATCH_MAX = 128 << 10;
/** More than this under way, and publishers wait. */
const CONGESTED = 10_000;
/** While nobody leads, none of them gets anywhere: about as many as the credit that RabbitMQ gives a connection. */
const CONGESTED_UNLED = 400;
const CONGESTED_OCTETS = 8 << 20;
/** Milliseconds for which a question waits for a leader. */
const PATIENCE = 5000;

export class QuorumClient {
  leader: string | null = null;
  term = 0;
  session: number | null = null;
  key: string;
  /** The queue is full and takes nothing. */
  refused = false;
  private opening = false;
  private number = 0;
  /** The last that the present leader was sent. */
  private sent = 0;
  private sequence = 0;
  private readonly pending = new Deque<Pending>();
  /** What was published in this turn: its messages one behind the other, their number, and whoever waits for them. */
  private readonly gathered = new OctetWriter();
  private gatheredCount = 0;
  private gatheredReceipt: Receipt | null = null;
  private armed = false;
  /** Of published messages that are not done yet. */
  private messages = 0;
  private octets = 0;
  private relieved: Array<() => void> = [];
  /** Questions that wait for a leader. */
  private waiting: Array<{ readonly ask: () => void; readonly otherwise: () => void }> = [];
  private ended = false;
  /** Publishers of which something was taken. */
  private readonly publishers = new WeakSet<object>();

  constructor(private readonly host: ClientHost) {
    this.key = this.newKey();
  }

  private newKey(): string {
    return `${this.host.self} ${Buffer.from(this.host.world.random.bytes(6)).toString('hex')}`;
  }

  // --- requests ---

  /**
   * Whether nothing is taken from this publisher now: the queue is full; or there is no majority, the node that led last is
   * down, and the publisher is new here (RabbitMQ asks that node before it takes the first message of a channel). Messages that
   * no channel publishes have one publisher.
   */
  refuses(publisher: object = this): boolean {
    if (this.refused) return true;
    if (this.publishers.has(publisher)) return false;
    const { hasMajority, lastLeader, running } = this.host;
    if (this.leader === null && !hasMajority && !running.includes(lastLeader)) return true;
    this.publishers.add(publisher);
    return false;
  }

  /** All that a turn publishes is one command, and has one receipt. Null if nobody wants any. */
  publish(message: Message, confirm: boolean): Receipt | null {
    const { gathered } = this;
    const { expirationMs } = message.traits;
    gathered.optional(expirationMs < 0 ? null : expirationMs);
    gathered.number(message.bodySize);
    const at = gathered.room(sizeOfMessage(message));
    writeMessageAt(gathered.bytes, at, message);
    this.gatheredCount++;
    if (confirm) this.gatheredReceipt ??= new Receipt();
    const receipt = confirm ? this.gatheredReceipt : null;
    if (gathered.size > BATCH_MAX) this.sendGathered();
    else if (!this.armed) {
      this.armed = true;
      this.host.world.turn.atEnd(this.endOfTurn);
    }
    return receipt;
  }

  private readonly endOfTurn = (): void => {
    this.armed = false;
    this.sendGathered();
  };

  private sendGathered(): void {
    const gathered = this.takeGathered();
    if (gathered === null) return;
    const { messages, receipt } = gathered;
    if (this.ended) receipt?.settle(true);
    else this.enqueue(messages, receipt);
  }

  private takeGathered(): { readonly messages: MessageBatch; readonly receipt: Receipt | null } | null {
    if (this.gatheredCount === 0) return null;
    const messages = new MessageBatch(this.gatheredCount, this.gathered.take(), 0);
    const receipt = this.gatheredReceipt;
    this.gatheredCount = 0;
    this.gatheredReceipt = null;
    return { messages, receipt };
  }

  private enqueue(messages: MessageBatch, receipt: Receipt | null): void {
    const sequence = this.sequence + 1;
    this.sequence += messages.count;
    this.messages += messages.count;
    this.octets += messages.octets;
    this.add((session) => ({ type: 'enqueue', session, sequence, messages }), { rejected: false, messages, receipt, done: null });
  }

  /** `rejected`: as in quorum-wire.ts. */
  request(make: (session: number) => Command, done: (() => void) | null = null, rejected = false): void {
    this.sendGathered();
    this.add(make, { rejected, messages: null, receipt: null, done });
  }

  private add(make: (session: number) => Command, what: Omit<Pending, 'number' | 'command' | 'make'>): void {
    if (this.ended) return;
    if (this.session === null) this.open();
    const command = this.session === null ? null : encodeCommand(make(this.session), 0);
    this.queue({ number: ++this.number, command, make: command === null ? make : null, ...what });
  }

  /** A session that is open is opened again: so it learns from a new leader how things are. */
  private open(): void {
    if (this.opening) return;
    this.opening = true;
    const { key } = this;
    this.queueNow({ type: 'open', key, node: this.host.self });
  }

  /** A command that needs no session. */
  private queueNow(command: Command): void {
    const encoded = encodeCommand(command, 0);
    const nothing = { rejected: false, messages: null, receipt: null, done: null };
    this.queue({ number: ++this.number, command: encoded, make: null, ...nothing });
  }

  private queue(pending: Pending): void {
    this.pending.push(pending);
    // Behind one that cannot be sent yet, none is sent: the leader takes them in order.
    if (this.sent === pending.number - 1) this.transmit(pending);
  }

  private transmit({ number, command, rejected }: Pending): boolean {
    if (this.leader === null || command === null) return false;
    const first = this.pending.first()?.number ?? number;
    this.host.send(this.leader, { do: 'request', number, first, rejected, command });
    this.sent = number;
    return true;
  }

  /** Everything behind what the leader was sent already, as far as it can be sent. */
  private transmitAll(): void {
    for (const pending of this.pending) if (pending.number > this.sent && !this.transmit(pending)) return;
  }

  // --- what the leader says ---

  opened(key: string, session: number, refused: boolean): void {
    if (key !== this.key) return;
    this.opening = false;
    this.refused = refused;
    if (this.session !== null) return;
    this.session = session;
    for (const pending of this.pending) {
      if (pending.make === null) continue;
      pending.command = encodeCommand(pending.make(session), 0);
      pending.make = null;
    }
    this.transmitAll();
  }

  applied(number: number): void {
    for (let first = this.pending.first(); first !== undefined && first.number <= number; first = this.pending.first()) {
      this.pending.shift();
      if (first.messages !== null) {
        this.messages -= first.messages.count;
        this.octets -= first.messages.octets;
      }
      first.receipt?.settle(true);
      first.done?.();
    }
    this.relieve();
  }

  private relieve(): void {
    if (this.relieved.length > 0 && !this.congested) for (const fn of this.relieved.splice(0)) fn();
  }

  /** The session is not open any more: what was published is published again, under another; the rest has no meaning now. */
  missed(): void {
    const old = [...this.pending];
    const youngest = this.takeGathered();
    this.pending.clear();
    // The leader forgets this client, too, and takes it in again from its first request.
    this.sent = this.number;
    this.session = null;
    this.opening = false;
    this.sequence = 0;
    this.messages = 0;
    this.octets = 0;
    this.key = this.newKey();
    this.host.sessionLost();
    for (const { messages, receipt, done } of old) {
      if (messages !== null) this.enqueue(messages, receipt);
      else done?.();
    }
    if (youngest !== null) this.enqueue(youngest.messages, youngest.receipt);
    this.relieve();
  }

  /** Told apart by their keys: one that is being opened has its number before that is known here. */
  recheck(sessions: ItemOf<'recheck'>['sessions']): void {
    for (const { number: session, key } of sessions) if (key !== this.key) this.queueNow({ type: 'close', session });
  }

  // --- who leads ---

  leads(node: string, term: number): void {
    if (term < this.term) return;
    this.leader = node;
    this.term = term;
    this.sent = (this.pending.first()?.number ?? this.number + 1) - 1;
    this.transmitAll();
    if (this.session !== null) this.open();
    this.relieve();
    this.host.led();
    for (const { ask } of this.waiting.splice(0)) ask();
  }

  /** It does not lead, or cannot be reached. */
  leaderLost(node: string): void {
    if (this.leader !== node) return;
    this.leader = null;
    this.opening = this.session === null && this.opening;
    this.reconsider();
  }

  /** Whether a leader may be expected has changed. */
  reconsider(): void {
    if (this.leader === null && !this.host.hasMajority) for (const { otherwise } of this.waiting.splice(0)) otherwise();
  }

  /** Asks once somebody leads; `otherwise` if that cannot be expected, or takes too long. */
  whenLed(ask: () => void, otherwise: () => void): void {
    if (this.leader !== null) ask();
    else if (!this.host.hasMajority) otherwise();
    else {
      const one = { ask, otherwise };
      this.waiting.push(one);
      this.host.world.clock.after(PATIENCE, () => {
        const at = this.waiting.indexOf(one);
        if (at < 0) return;
        this.waiting.splice(at, 1);
        otherwise();
      });
    }
  }

  // --- pacing ---

  /** What was published and is not done. */
  get outstanding(): { readonly messages: number; readonly octets: number } {
    return { messages: this.messages + this.gatheredCount, octets: this.octets + this.gathered.size };
  }

  get congested(): boolean {
    const most = this.leader === null ? CONGESTED_UNLED : CONGESTED;
    return this.messages + this.gatheredCount > most || this.octets + this.gathered.size > CONGESTED_OCTETS;
  }

  whenRelieved(fn: () => void): void {
    if (this.ended || !this.congested) fn();
    else this.relieved.push(fn);
  }

  /** The queue is deleted: what was published to it is as well kept as it will ever be (RabbitMQ). */
  end(): void {
    this.ended = true;
    this.sendGathered();
    for (const { receipt, done } of this.pending) {
      receipt?.settle(true);
      done?.();
    }
    this.pending.clear();
    for (const { otherwise } of this.waiting.splice(0)) otherwise();
    for (const fn of this.relieved.splice(0)) fn();
  }
}
