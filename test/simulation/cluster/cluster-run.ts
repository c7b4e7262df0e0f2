/**
 * One run of a plan: a cluster under faults and clients, then everything is mended; the nodes have to agree, nobody may wait for
 * ever, and what was confirmed has to be there.
 */
import type { TraceEvent } from '../../../lib/trace/events';
import type { TraceSink } from '../../../lib/trace/sink';
import { SeededRandom } from '../../../lib/world/random';
import { SimWorld } from '../../../lib/world/sim';
import { onHost } from '../../../lib/world/sim-node-api';
import { RawClient } from '../storage/raw-client';
import { AmqplibConsumer, AmqplibPublisher } from './amqplib-clients';
import { definitionsOf, judge, type Verdict } from './checker';
import { Faults } from './faults';
import { History } from './history';
import { type Circumstances, DEFINITION_FAILURES, EXPLAINING, type KindName, kindOf } from './kinds';
import { Member, type MemberState } from './member';
import { Operator } from './operator';
import { type DeedKind, type Field, pick, type Plan } from './plan';
import { type Scenario, scenarioOf } from './scenarios';
import { Sides } from './sides';
import { type ClientSettings, HEARTBEAT } from './wire-client';
import { WireConsumer, WireDeclarer, WirePublisher } from './wire-clients';

export interface Outcome {
  readonly hash: string;
  readonly labMs: number;
  /** Lab milliseconds at which the clients began. */
  readonly began: number;
  readonly verdict: Verdict;
  /** By the documented way in which they were lost: definitions that were promised. */
  readonly overruled: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<DeedKind, readonly [done: number, mattered: number]>;
  /** What each node was doing, in order. */
  readonly states: readonly StateChange[];
  readonly partitions: number;
  readonly repairs: number;
  readonly gaveUp: number;
}

export interface StateChange {
  readonly at: number;
  readonly node: string;
  readonly state: MemberState;
}

/** Until when a run goes on before its next step. */
export interface Wait {
  until(): boolean;
  /** Lab milliseconds after which somebody waits for ever. */
  readonly within: number;
  /** What is wrong then. */
  otherwise(): string;
}

/** Somebody who uses the cluster. */
export interface Client {
  /** All that it asked was answered. */
  readonly quiet: boolean;
  /** Otherwise: who it is, and where it asked what. */
  readonly waitsFor: string;
  end(): void;
  close(): void;
}

export interface RunOptions {
  /** Disks do not outlive a power cut. */
  readonly forgetful?: boolean;
}

/** Something that was promised did not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** How a node logs that another has not proved that it knows the cookie. */
const REFUSED = 'Invalid challenge reply.';
const NODES = ['a', 'b', 'c', 'd', 'e'];
const CLIENTS = ['client1', 'client2', 'client3', 'client4', 'client5', 'client6'];
/** Lab milliseconds. */
const STORM = 12_000;
const CALM = 1500;
const LONGEST_AGREEMENT = 60_000;
const LONGEST_ANSWER = 30_000;

export function fieldOf({ nodes, faults }: Scenario): Field {
  return { nodes: NODES.slice(0, nodes), clients: CLIENTS, kinds: faults, storm: STORM };
}

interface Queue {
  readonly name: string;
  readonly kind: KindName;
  readonly home: string;
}

export class Run {
  readonly sim: SimWorld;
  readonly history: History;
  private readonly scenario: Scenario;
  private readonly random: SeededRandom;
  private readonly members: ReadonlyMap<string, Member>;
  private readonly operator: Operator;
  private readonly faults: Faults;
  private readonly queues: readonly Queue[];
  private readonly states: StateChange[] = [];
  private readonly events: TraceEvent[] = [];
  private readonly sides: Sides;
  /** By the documented way in which they were lost: definitions that were promised. */
  private readonly overruled = new Map<string, number>();
  private began = 0;
  /** It came to its end: what was not seen by now is not there. */
  private drained = false;

  constructor(
    private readonly plan: Plan,
    options: RunOptions,
  ) {
    const { seed } = plan;
    this.scenario = scenarioOf(plan.scenario);
    this.random = new SeededRandom(seed).stream('run');
    const onLog = ({ level, host, text }: { level: string; host: string; text: string }): void => {
      if (level === 'critical') this.history.breaks(`${host} logged: ${text}`);
      this.sides.logged(text);
      if (text.endsWith(REFUSED)) this.history.seen.strangers++;
    };
    this.sim = new SimWorld(seed, { onLog, chunking: seed % 4 === 0 });
    this.history = new History(() => this.sim.now);
    const { nodes, clients } = fieldOf(this.scenario);
    const { handling, kinds } = this.scenario;
    this.sides = new Sides(handling === 'pause_minority');
    const settings = { handling, trace: this.sink(), forgetful: options.forgetful === true };
    const member = (name: string, i: number): [string, Member] => {
      const changed = (state: MemberState): void => this.note(name, state);
      return [name, new Member(this.sim, name, nodes, seed * 10 + i, settings, changed)];
    };
    this.members = new Map(nodes.map(member));
    this.operator = new Operator(this.sim, [...this.members.values()]);
    for (const name of clients) this.sim.host(name);
    this.faults = new Faults({ sim: this.sim, members: this.members, seen: this.history.seen });
    this.queues = kinds.map((kind, i) => ({ name: `${kind}${i}`, kind, home: nodes[i % nodes.length] as string }));
  }

  outcome(): Outcome {
    const { history, queues, sim, sides } = this;
    const kinds = new Map(queues.map(({ name, kind }) => [name, kind]));
    return {
      hash: sim.hash(),
      labMs: sim.now,
      began: this.began,
      verdict: judge(history, kinds, this.circumstances, this.drained),
      overruled: this.overruled,
      faults: this.faults.counts(),
      states: this.states,
      partitions: sides.told,
      repairs: this.operator.repairs,
      gaveUp: [...this.members.values()].reduce((all, { gaveUp }) => all + gaveUp, 0),
    };
  }

  *play(): Generator<Wait> {
    yield* this.setUp();
    this.began = this.sim.now;
    const clients = this.scenario.clients === 'amqplib' ? this.amqplibClients() : this.wireClients();
    this.faults.schedule(this.plan.deeds, this.began);
    yield this.pause(STORM);
    yield* this.mend();
    yield this.pause(CALM);
    yield* this.agree();
    for (const client of clients) client.end();
    yield {
      until: () => clients.every(({ quiet }) => quiet),
      within: LONGEST_ANSWER,
      otherwise: () => {
        const waiting = clients.filter(({ quiet }) => !quiet);
        return `clients wait for an answer for ever: ${waiting.map(({ waitsFor }) => waitsFor).join('; ')}`;
      },
    };
    // Changes that were told on by themselves may still be under way.
    yield* this.agree();
    this.checkDefinitions();
    for (const client of clients) client.close();
    yield this.allGone();
    yield* this.drain();
  }

  // --- setting up ---

  private *setUp(): Generator<Wait> {
    const [first] = [...this.members.values()] as [Member];
    for (const member of this.members.values()) {
      member.start();
      yield this.pause(Math.floor(300 * this.random.float()));
    }
    yield this.operator.allServe();
    yield* this.agree();
    for (const kind of new Set(this.queues.map(({ kind }) => kind))) {
      const { policy } = kindOf(kind);
      if (policy === undefined) continue;
      const { pattern, definition } = policy;
      first.broker?.policies.set('/', kind, { pattern, definition, priority: 0, applyTo: 'queues' });
    }
    for (const { name, kind, home } of this.queues) {
      let declared = false;
      const client: RawClient = new RawClient(this.sim.host('client1'), home, 1, (_, { name: said }) => {
        if (said === 'channel.open-ok') {
          const bits = { passive: false, durable: true, exclusive: false, autoDelete: false, nowait: false };
          client.send(1, 'queue.declare', { ticket: 0, queue: name, ...bits, arguments: kindOf(kind).args });
        }
        declared ||= said === 'queue.declare-ok';
      });
      yield { until: () => declared, within: LONGEST_ANSWER, otherwise: () => `${name} cannot be declared` };
      client.abort();
    }
    yield* this.agree();
  }

  private client(name: string, pace: number): ClientSettings {
    const { sim, history } = this;
    return { sim, name, nodes: [...this.members.keys()], random: this.random.stream(name), history, pace };
  }

  private wireClients(): Client[] {
    const queues = this.queues.map(({ name }) => name);
    const consumed = (i: number): string => queues[(i + this.plan.seed) % queues.length] as string;
    return [
      new WirePublisher(this.client('client1', 250), queues),
      new WirePublisher(this.client('client2', 250), queues),
      new WireConsumer(this.client('client3', 200), consumed(0)),
      new WireConsumer(this.client('client4', 200), consumed(1)),
      new WireDeclarer(this.client('client5', 400)),
      new WireDeclarer(this.client('client6', 400)),
    ];
  }

  private amqplibClients(): Client[] {
    const queues = this.queues.map(({ name }) => name);
    const publisher = (name: string): Client => onHost(name, () => new AmqplibPublisher(this.client(name, 250), queues));
    const consumer = (name: string, i: number): Client =>
      onHost(name, () => new AmqplibConsumer(this.client(name, 200), queues[i % queues.length] as string));
    return [
      publisher('client1'),
      publisher('client2'),
      consumer('client3', this.plan.seed),
      consumer('client4', this.plan.seed + 1),
      new WireDeclarer(this.client('client5', 400)),
    ];
  }

  // --- mending ---

  private *mend(): Generator<Wait> {
    this.faults.end();
    this.sim.heal();
    // In whatever order, and some at the same time.
    const members = [...this.members.values()];
    for (const at of members.map(() => this.random.float() * 500)) {
      const member = members.splice(this.random.int(members.length), 1)[0] as Member;
      this.sim.scheduler.at(this.sim.now + at, null, () => member.start());
    }
    yield this.pause(500);
    yield this.operator.allServe();
    if (this.scenario.handling !== 'autoheal') yield* this.operator.repair();
  }

  /** Nodes give clients up that they cannot reach. */
  private allGone(): Wait {
    const connected = (): Member[] => [...this.members.values()].filter(({ broker }) => broker?.countConnections({}) !== 0);
    return {
      until: () => connected().length === 0,
      within: 4000 * HEARTBEAT,
      otherwise: () =>
        `clients are gone, and these still count some: ${connected()
          .map(({ name }) => name)
          .join(', ')}`,
    };
  }

  private *agree(): Generator<Wait> {
    yield {
      until: () => this.operator.disagreement() === null,
      within: LONGEST_AGREEMENT,
      otherwise: () => `metadata does not converge: ${this.operator.disagreement()}`,
    };
  }

  private checkDefinitions(): void {
    const [first] = this.members.values();
    const found = definitionsOf(first as Member);
    const failure = DEFINITION_FAILURES.find(({ happened }) => happened(this.circumstances, ''));
    for (const [key, state] of this.history.definitions) {
      if (state === 'unknown' || found.has(key) === (state === 'there')) continue;
      if (failure !== undefined) this.overruled.set(failure.name, (this.overruled.get(failure.name) ?? 0) + 1);
      else this.history.breaks(`${state === 'there' ? 'lost' : 'unexpected'}: the definition ${key}`);
    }
  }

  private get circumstances(): Circumstances {
    const { events, sides } = this;
    return { events, apart: sides.apart, overtaken: sides.overtaken };
  }

  // --- draining ---

  private *drain(): Generator<Wait> {
    const nodes = [...this.members.keys()];
    const drainers = this.queues.map(({ name, kind }, i) => {
      const client = this.client(CLIENTS[i % CLIENTS.length] as string, 100);
      return new WireConsumer(
        { ...client, nodes: [pick(this.random, nodes)] },
        name,
        kindOf(kind).inPlace ? 'in order' : 'as it comes',
      );
    });
    let seen = -1;
    let since = 0;
    const quiet = (): boolean => {
      const deliveries = this.history.attempts.reduce((all, { deliveries }) => all + deliveries, 0);
      if (deliveries !== seen || !drainers.every(({ drained }) => drained)) {
        seen = deliveries;
        since = this.sim.now;
      }
      return this.sim.now - since > 2000;
    };
    yield { until: quiet, within: LONGEST_ANSWER, otherwise: () => 'a queue cannot be drained' };
    for (const drainer of drainers) drainer.close();
    this.drained = true;
  }

  // --- small things ---

  private pause(ms: number): Wait {
    const end = this.sim.now + ms;
    return { until: () => this.sim.now >= end, within: Infinity, otherwise: () => '' };
  }

  private note(node: string, state: MemberState): void {
    const last = this.states.findLast((change) => change.node === node);
    if (last?.state !== state) this.states.push({ at: this.sim.now, node, state });
    this.sides.changed(node, state, this.members);
  }

  /** Events are needed only where they explain losses. */
  private sink(): TraceSink {
    let messages = 0;
    return {
      active: this.scenario.kinds.some((kind) => kindOf(kind).failures.length > 0),
      emit: (node, event) => {
        if (EXPLAINING.has(event.type)) this.events.push({ seq: this.events.length, at: this.sim.now, node, ...event });
        if (event.type === 'queue.promoted') this.history.promoted(event.queue, this.sim.now);
      },
      nextMessage: () => ++messages,
    };
  }
}
