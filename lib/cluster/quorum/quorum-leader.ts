/**
 * What the leader of a quorum queue does beside the state machine: takes requests, answers them once they are certain, hands out
 * messages, buries the dead, looks at the clock. It lasts one term, and acts only on entries of that term.
 *
 * A request is answered by saying up to which one all are done. Who does not hear of it asks again, here or of the next leader:
 * all commands may come twice.
 */
import { Alarm } from '../../broker/queue/alarm';
import type { Message } from '../../broker/message';
import type { DeathReason } from '../../trace/events';
import type { Timer, World } from '../../world/world';
import type { Command } from './machine/commands';
import { decodeCommand, encodeCommand, withTime } from './machine/command-codec';
import type { QuorumConfig } from './machine/config';
import type { DeliverEffect, Effect } from './machine/effects';
import type { Place } from './machine/entry';
import { MessageBatch, octetsAt } from './machine/message-batch';
import { readMessage } from '../remote/message-octets';
import type { QuorumMachine } from './machine/quorum-machine';
import type { Mourner } from './quorum-burials';
import { QuorumDeliveries } from './quorum-deliveries';
import { QuorumTeller, type TellerHost } from './quorum-teller';
import type { Item, ItemOf } from './quorum-wire';
import type { RaftGroup } from '../raft/host/raft-group';

/** What a leader needs of its node and its queue. */
export interface LeaderHost extends TellerHost {
  readonly world: World;
  /** Nodes whose application runs. */
  readonly running: readonly string[];
  send(to: string, item: Item): void;
  /** Under which this node's own client opens its session. */
  readonly sessionKey: string;
  /** By arguments and policies. */
  readonly wanted: QuorumConfig;
  /** To the dead-letter exchange. Null: nobody waits until it is there. */
  bury(message: Message, reason: DeathReason, mourner: Mourner | null): void;
  /** `x-expires` has passed. */
  expired(): void;
}

/** Milliseconds from one look at `x-expires` to the next (RabbitMQ). */
const LOOK = 5000;
/** Dead letters that are under way at a time. */
const LETTERS = 32;

/** What a node's client has asked. */
interface Client {
  /** Number of the last request that was taken, and of the last that is done. */
  taken: number;
  done: number;
  /** It missed something, and begins anew: nothing of what it asked before is answered. */
  void: boolean;
}

/** Whom a command of the log is for. */
interface Origin {
  readonly node: string;
  readonly client: Client;
  readonly number: number;
}

export class QuorumLeader {
  /** Everything that was done before this term is in the machine. */
  ready = false;
  private readonly clients = new Map<string, Client>();
  /** Of the commands under way, in order; null for the leader's own. */
  private origins: Array<Origin | null> = [];
  /** Nodes to be told how far they are done. */
  private readonly answers = new Map<string, Client>();
  private answering = false;
  private readonly deliveries: QuorumDeliveries;
  private readonly expiry: Alarm;
  private look: Timer | null = null;
  private ended = false;
  readonly teller: QuorumTeller;

  constructor(
    readonly term: number,
    private readonly machine: () => QuorumMachine,
    private readonly group: RaftGroup,
    private readonly host: LeaderHost,
  ) {
    this.deliveries = new QuorumDeliveries(host);
    this.expiry = new Alarm(host.world.clock, () => this.propose({ type: 'expire' }));
    this.teller = new QuorumTeller(host, group);
  }

  private now(): number {
    return this.host.world.clock.epochMs();
  }

  private propose(command: Command, origin: Origin | null = null): void {
    this.proposeEncoded(encodeCommand(command, this.now()), origin);
  }

  private proposeEncoded(command: Buffer, origin: Origin | null): void {
    if (this.ended) return;
    this.origins.push(origin);
    this.group.propose(command);
  }

  /** The last so many commands did not get into the log. Whoever asked for them asks again when he is told who leads. */
  lost(count: number): void {
    this.origins.length -= count;
    for (const client of this.clients.values()) client.void = true;
    this.clients.clear();
  }

  end(): void {
    this.ended = true;
    this.expiry.cancel();
    this.look?.cancel();
  }

  // --- its term begins ---

  begin(): void {
    const { host } = this;
    this.ready = true;
    host.emit({ type: 'raft.elected', ...host.ref, term: this.term });
    this.recheckAll();
    this.configure();
    this.collectDead();
    this.lookAtClock();
    for (const node of host.running) this.announce(node);
    this.watchExpiry();
  }

  announce(node: string): void {
    if (!this.ready) return;
    const { voters, learners } = this.group.members;
    // A founder of that name may not have heard of it yet.
    if (node !== this.host.self && voters.includes(node)) this.host.send(node, { do: 'found', members: voters });
    this.host.send(node, { do: 'leads', term: this.term, members: [...voters, ...learners] });
  }

  announceAll(): void {
    for (const node of this.host.running) this.announce(node);
  }

  /** Sessions of earlier lives of nodes, or of nodes that went unnoticed, are not to get anything. */
  private recheckAll(): void {
    const { self, running, sessionKey } = this.host;
    const machine = this.machine();
    for (const [node, sessions] of machine.sessions()) {
      if (node === self) {
        const old = sessions.filter((session) => machine.session(session)?.key !== sessionKey);
        for (const session of old) this.propose({ type: 'close', session });
      } else if (running.includes(node)) this.recheck(node, sessions);
      else this.propose({ type: 'nodeDown', node });
    }
  }

  private recheck(node: string, numbers: readonly number[]): void {
    const machine = this.machine();
    const sessions = numbers.map((number) => ({ number, key: machine.session(number)?.key ?? '' }));
    this.host.send(node, { do: 'recheck', sessions });
  }

  configure(): void {
    const { wanted } = this.host;
    if (this.ready && JSON.stringify(wanted) !== JSON.stringify(this.machine().config)) {
      this.propose({ type: 'configure', config: wanted });
    }
  }

  private collectDead(): void {
    if (this.machine().config.deadLettering === 'at-least-once') this.propose({ type: 'collectDead', credit: LETTERS });
  }

  // --- nodes come and go ---

  nodeDown(node: string): void {
    this.clients.delete(node);
    if (this.ready && this.machine().sessions().has(node)) this.propose({ type: 'nodeDown', node });
  }

  nodeUp(node: string): void {
    this.announce(node);
    if (this.ready && this.machine().sessions().has(node)) this.propose({ type: 'nodeUp', node });
  }

  // --- requests ---

  /** Without a gap: what is missing in front was sent to a leader who fell, and comes when the client hears who leads now. */
  request(from: string, { number, first, rejected, command }: ItemOf<'request'>): void {
    let client = this.clients.get(from);
    if (client === undefined) {
      client = { taken: first - 1, done: first - 1, void: false };
      this.clients.set(from, client);
    }
    if (number !== client.taken + 1) {
      if (number <= client.done) this.answer(from, client);
      return;
    }
    client.taken = number;
    const origin = { node: from, client, number };
    if (rejected && this.machine().config.deliveryLimit === null) this.requeue(command, origin);
    else this.proposeEncoded(withTime(command, this.now()), origin);
  }

  /** What comes back by a client's wish goes to the end, as a new entry, where nothing limits how often it comes back. */
  private requeue(encoded: Buffer, origin: Origin): void {
    const { command } = decodeCommand(encoded);
    if (command.type !== 'return') return;
    const { consumer, deliveries } = command;
    for (const delivery of deliveries) {
      const place = this.machine().placeOf(consumer, delivery);
      if (place === null) continue;
      const message = MessageBatch.of({ ttl: null, bodySize: 0, octets: this.octetsAt(place) });
      this.propose({ type: 'requeue', consumer, delivery, message });
    }
    // If it still holds any of them, that is none of this node's knowledge.
    this.propose({ type: 'return', consumer, deliveries: [] }, origin);
  }

  resume(from: string, consumer: number, delivery: number): void {
    for (const effect of this.machine().held(consumer, delivery)) this.deliver(from, effect, true);
    this.deliveries.send();
    this.host.send(from, { do: 'resumed', consumer, next: this.machine().nextDelivery(consumer) });
  }

  count(from: string, call: number): void {
    const machine = this.machine();
    this.host.send(from, { do: 'counted', call, messages: machine.ready, consumers: machine.consumerCount });
  }

  // --- what follows from an entry of this term ---

  applied(command: Command, effects: readonly Effect[]): void {
    const origin = this.origins.shift() ?? null;
    if (command.type === 'enqueue' && wasAccepted(effects)) this.teller.enqueued(command.messages, this.machine().ready);
    for (let i = 0; i < effects.length; i++) this.follow(effects[i] as Effect, origin);
    this.deliveries.send();
    if (command.type === 'configure') this.configured();
    if (origin !== null && !origin.client.void) {
      origin.client.done = origin.number;
      this.answer(origin.node, origin.client);
    }
    this.watchExpiry();
  }

  private configured(): void {
    this.collectDead();
    this.lookAtClock();
  }

  private answer(node: string, client: Client): void {
    this.answers.set(node, client);
    if (this.answering) return;
    this.answering = true;
    this.host.world.turn.atEnd(this.tellAnswers);
  }

  private readonly tellAnswers = (): void => {
    this.answering = false;
    for (const [node, { done, void: begun }] of this.answers) if (!begun) this.host.send(node, { do: 'applied', number: done });
    this.answers.clear();
  };

  private follow(effect: Effect, origin: Origin | null): void {
    const { host } = this;
    switch (effect.type) {
      case 'accepted':
        break;
      case 'opened': {
        const { key, session, refused } = effect;
        this.tell(session, { do: 'opened', key, session, refused });
        break;
      }
      case 'missed':
        this.missed(effect.expected, origin);
        break;
      case 'refuse':
        this.tell(effect.session, { do: 'refuse', refuse: effect.refuse });
        break;
      case 'subscribed':
        this.tell(effect.session, { do: 'subscribed', tag: effect.tag, consumer: effect.consumer });
        break;
      case 'deliver':
        this.deliver(this.nodeOf(effect.session), effect, false);
        break;
      case 'got': {
        const { session, tag, consumer, delivery, returns, ready } = effect;
        this.tell(session, { do: 'got', tag, consumer, delivery, returns, ready, message: this.octetsAt(effect) });
        break;
      }
      case 'got-nothing':
        this.tell(effect.session, { do: 'gotNothing', tag: effect.tag, single: effect.reason === 'single-active' });
        break;
      case 'purged':
        host.emit({ type: 'queue.purged', ...host.ref, messages: effect.messages });
        if (origin !== null) host.send(origin.node, { do: 'purged', messages: effect.messages });
        break;
      case 'dead':
        host.bury(this.messageAt(effect), effect.reason, null);
        break;
      case 'dropped':
        this.teller.dropped(() => this.octetsAt(effect), effect.reason);
        break;
      case 'dead-letter': {
        host.bury(this.messageAt(effect), effect.reason, this.mourner(effect.delivery));
        break;
      }
      case 'recheck':
        this.recheck(effect.node, effect.sessions);
    }
  }

  private mourner(delivery: number): Mourner {
    const leader = this;
    return {
      get waits() {
        return !leader.ended;
      },
      buried: () => this.propose({ type: 'settleDead', deliveries: [delivery] }),
    };
  }

  private missed(expected: number, origin: Origin | null): void {
    if (origin === null || origin.client.void) return;
    origin.client.void = true;
    if (this.clients.get(origin.node) === origin.client) this.clients.delete(origin.node);
    this.host.send(origin.node, { do: 'missed', expected });
  }

  private nodeOf(session: number): string | null {
    return this.machine().session(session)?.node ?? null;
  }

  private tell(session: number, item: Item): void {
    const node = this.nodeOf(session);
    if (node !== null) this.host.send(node, item);
  }

  private deliver(node: string | null, effect: DeliverEffect, again: boolean): void {
    if (node === null) return;
    const octets = this.octetsAt(effect);
    this.deliveries.add(node, effect, octets, again);
    this.teller.delivered(node, octets);
  }

  private octetsAt({ index, at }: Place): Buffer {
    return octetsAt(this.group.entry(index).data, at);
  }

  private messageAt(place: Place): Message {
    return readMessage(this.octetsAt(place));
  }

  // --- the clock ---

  private watchExpiry(): void {
    const due = this.machine().nextExpiry();
    const { clock } = this.host.world;
    // What is due goes with any command; this is for when there is none.
    this.expiry.setTo(due === Number.POSITIVE_INFINITY ? due : Math.max(1, due - clock.epochMs()) + clock.now());
  }

  private lookAtClock(): void {
    if (this.machine().config.expires === null || this.look !== null) return;
    this.look = this.host.world.clock.after(LOOK, () => {
      this.look = null;
      if (this.ended) return;
      if (this.machine().isUnused(this.now())) this.host.expired();
      else this.lookAtClock();
    });
  }
}

function wasAccepted(effects: readonly Effect[]): boolean {
  for (let i = 0; i < effects.length; i++) if ((effects[i] as Effect).type === 'accepted') return true;
  return false;
}
