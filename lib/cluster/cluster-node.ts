/**
 * One node of a cluster. Its links to others live from `open` to `close`, as an Erlang node lives under RabbitMQ; its application
 * (the broker) from `startApp` to `stopApp`, and each start makes a new one. A node that has joined nobody is a cluster of one: it
 * starts at once, and writes nothing down.
 *
 *   stopped ──▶ waits ──┬──▶ running            alone, or with the own copy of the definitions
 *                       └──▶ enters ──▶ running  with those of a running member (guests.ts)
 */
import type { BrokerOptions } from '../broker/api';
import type { Broker } from '../broker/broker';
import type { DefinitionChange } from '../broker/catalogue';
import type { Address, World } from '../world/world';
import { Application, type Ground, type MakeQueueParts } from './application';
import { readMembershipChange } from './definitions';
import { Guests, readWelcome, type Welcome } from './guests';
import { alone, type ClusterView, isClustered, isMember, seenRunning, withMember, withoutMember } from './membership';
import { type AppState, Neighbours, type Standing } from './neighbours';
import type { NotePad } from './notes';
import { type PartitionHandling, PartitionHandler } from './partition-handling';
import { queueParts } from './queue-parts';
import { nobodyThere, type Patience, StartUp } from './start-up';

export interface ClusterNodeOptions {
  /** `rabbit1@localhost` */
  readonly self: string;
  readonly cookie: string;
  /** Where another node listens for nodes; null if nobody knows. */
  addressOf(name: string): Address | null;
  readonly notes: NotePad;
  /** Opens what a life of the application stands on, once the one before has left it. Throws what the storage throws. */
  begin(): Ground;
  /** Calls `done` once the life before has left what it stood on; default: that it has. */
  whenLeft?(done: () => void): void;
  readonly broker: Omit<BrokerOptions, 'storage' | 'cluster'>;
  /** Told of each new broker before it serves. */
  prepare?(broker: Broker): void;
  /** Opens the broker's listeners, now that it has all definitions; default: it has none. */
  serve?(broker: Broker, done: (error: Error | null) => void): void;
  /** Default: queues are of this node only. */
  readonly makeQueueParts?: MakeQueueParts;
  readonly patience?: Partial<Patience>;
  /** Milliseconds of silence after which a node counts as down (`net_ticktime`); default 60,000. */
  readonly tickTime?: number;
  /** `cluster_partition_handling`; default `ignore`, as RabbitMQ. */
  readonly partitionHandling?: PartitionHandling;
}

type Started = (error: Error | null) => void;

const PATIENCE: Patience = { retryTimeout: 30000, retryLimit: 10 };
const TICK_TIME = 60000;
/** Milliseconds after which a start begins anew that found no way in. */
const AGAIN = 1000;

export class ClusterNode {
  readonly neighbours: Neighbours;
  private present: ClusterView;
  private forced: boolean;
  private state: AppState = 'stopped';
  private life = 0;
  private startUp: StartUp | null = null;
  private app: Application | null = null;
  /** Whoever waits for the start that is under way. */
  private started: Started | null = null;
  /** Who lets this node in. */
  private host: string | null = null;
  private readonly guests: Guests;
  private readonly partitionHandler: PartitionHandler;
  private readonly splitFrom = new Set<string>();
  /** Told when something has changed that `await_online_nodes` and the like wait for. */
  readonly watchers = new Set<() => void>();

  constructor(
    readonly world: World,
    readonly options: ClusterNodeOptions,
  ) {
    const { self, cookie, notes, tickTime = TICK_TIME } = options;
    const written = notes.read();
    this.present = written?.view ?? alone(self);
    this.forced = written?.forced ?? false;
    this.guests = new Guests({
      view: () => this.present,
      definitions: () => (this.state === 'running' ? (this.app?.definitions ?? null) : null),
      running: () => this.running,
      standing: (name) => this.neighbours.standing(name),
      admit: (name) => this.saw(name, true),
    });
    this.neighbours = new Neighbours(
      world,
      { self, cookie, addressOf: (name) => options.addressOf(name), tickTime },
      () => this.standing(),
      {
        told: (name, standing) => this.told(name, standing),
        lost: (name, reason) => this.lost(name, reason),
        message: (from, message, body) => this.app?.message(from, message, body),
      },
    );
    this.partitionHandler = new PartitionHandler(
      {
        self,
        clock: world.clock,
        log: world.log,
        view: () => this.present,
        state: () => this.state,
        known: () => this.neighbours.known,
        own: () => this.standing(),
        connections: () => this.broker?.countConnections({}) ?? 0,
        stopApp: (done) => this.endApp(done),
        startApp: (done) => this.startApp(done),
        ask: (to, what, fields, done) => this.neighbours.ask(to, what, fields, done),
      },
      options.partitionHandling ?? 'ignore',
    );
    this.neighbours.handle('heal', this.partitionHandler.heal);
    this.neighbours.handle('clients', this.partitionHandler.countClients);
    this.neighbours.handle('enter', (from, question, reply) => this.guests.enter(from, question, reply));
    this.neighbours.handle('copied', (from, question, reply) => this.guests.copied(from, question, reply));
  }

  get self(): string {
    return this.options.self;
  }

  get view(): ClusterView {
    return this.present;
  }

  get appState(): AppState {
    return this.state;
  }

  /** The next start waits for nobody. */
  get isForced(): boolean {
    return this.forced;
  }

  /** Null unless it runs. */
  get broker(): Broker | null {
    return this.state === 'running' ? (this.app?.broker ?? null) : null;
  }

  /** Null unless it runs. */
  get application(): Application | null {
    return this.state === 'running' ? this.app : null;
  }

  /** Members whose application runs, this one among them, in the order of the list; none while its own does not. */
  get running(): readonly string[] {
    return this.app?.running ?? [];
  }

  /** Members that went out of reach and came back while both ran: each goes its own way since. */
  get partitions(): readonly string[] {
    return [...this.splitFrom];
  }

  // --- the node ---

  /** Listens for other nodes, and looks for the members of its cluster. */
  open(at: Address, ready: (error: Error | null, bound: Address | null) => void): void {
    this.neighbours.listen(at, ready);
    this.wantMembers();
  }

  /** Orderly; the application is stopped before. */
  close(done: () => void): void {
    this.neighbours.close(done);
  }

  kill(): void {
    this.partitionHandler.cancel();
    this.startUp?.cancel();
    this.app?.kill();
    this.app = null;
    this.state = 'stopped';
    this.neighbours.kill();
    this.answerStart(new Error(`${this.self} was killed`));
  }

  // --- the application ---

  /** Calls `done` once the broker is there, with all definitions; or with why not (`StartFailed`, or what the storage throws). */
  startApp(done: Started): void {
    if (this.state !== 'stopped') {
      done(this.state === 'running' ? null : new Error(`${this.self} is starting already`));
      return;
    }
    this.partitionHandler.cancel();
    this.started = done;
    this.splitFrom.clear();
    const { self } = this;
    if (this.present.self !== self) {
      this.failed(nobodyThere(this.present.members.map(({ name }) => name)));
      return;
    }
    this.beginLife('waits');
    if (isClustered(this.present)) this.lookAround();
    else this.boot();
  }

  /** Orderly; calls `done` once all that can be reached know. */
  stopApp(done: () => void): void {
    this.partitionHandler.cancel();
    this.endApp(done);
  }

  private endApp(done: () => void): void {
    const { app } = this;
    this.startUp?.cancel();
    this.startUp = null;
    this.answerStart(new Error(`${this.self} was stopped`));
    if (this.state === 'stopped' || app === null) this.over(done);
    else if (this.state === 'enters') {
      app.kill();
      this.over(done);
    } else app.stop(() => this.over(done));
  }

  /** Its application is over: everybody is told, and has said so. */
  private over(done: () => void): void {
    this.app = null;
    this.host = null;
    this.guests.clear();
    if (this.state === 'stopped') {
      done();
      return;
    }
    this.state = 'stopped';
    this.neighbours.tell();
    const known = [...this.neighbours.known.keys()];
    this.neighbours.reach(known, done);
  }

  private beginLife(state: AppState): void {
    this.life = Math.floor(this.world.random.float() * 2 ** 48);
    this.state = state;
    this.neighbours.tell();
  }

  private lookAround(): void {
    const { world, options } = this;
    const others = this.present.members.map(({ name }) => name).filter((name) => name !== this.self);
    const startUp = new StartUp(
      {
        clock: world.clock,
        log: world.log,
        patience: { ...PATIENCE, ...options.patience },
        forced: this.forced,
        view: () => this.present,
        known: () => this.neighbours.known,
      },
      (outcome) => {
        this.startUp = null;
        if (outcome.kind === 'boot') this.boot();
        else if (outcome.kind === 'copy') this.enter(outcome.from);
        else this.failed(outcome.error);
      },
    );
    this.neighbours.reach(others, () => {
      if (this.state !== 'waits') return;
      this.startUp = startUp;
      startUp.look();
    });
  }

  /** With the own copy of the definitions. */
  private boot(): void {
    this.makeApplication(null, () => {
      if (this.present.running.length > 0 || this.forced) this.write({ ...this.present, running: [] }, false);
      this.runs();
    });
  }

  /** Calls `made` once it is there, unless this start is over by then. */
  private makeApplication(welcome: Welcome | null, made: (app: Application) => void): void {
    const { life } = this;
    const begin = (): void => {
      if (this.life !== life || this.state === 'stopped') return;
      const app = this.newApplication(welcome);
      if (app === null) return;
      this.app = app;
      made(app);
    };
    if (this.options.whenLeft === undefined) begin();
    else this.options.whenLeft(begin);
  }

  private newApplication(welcome: Welcome | null): Application | null {
    const { options } = this;
    try {
      const ground = options.begin();
      const app = new Application(
        ground,
        {
          self: this.self,
          broker: options.broker,
          makeQueueParts: options.makeQueueParts ?? queueParts,
          send: (to, message, body) => void this.neighbours.send(to, message, body),
          membership: (change, from) => this.membershipChanged(change, from),
        },
        welcome?.definitions ?? null,
      );
      options.prepare?.(app.broker);
      return app;
    } catch (error) {
      this.failed(error as Error);
      return null;
    }
  }

  private runs(): void {
    const app = this.app as Application;
    this.state = 'running';
    this.neighbours.tell();
    this.changed();
    const { serve } = this.options;
    if (serve === undefined) this.answerStart(null);
    else {
      serve(app.broker, (error) => {
        if (this.app !== app) return;
        if (error === null) this.answerStart(null);
        else this.failed(error);
      });
    }
  }

  /** As after the disk has failed: nothing runs, and what is on the disk stays. */
  private failed(error: Error): void {
    this.app?.kill();
    if ('report' in error) for (const line of String(error.report).split('\n')) this.world.log.write('error', line);
    const { started } = this;
    this.started = null;
    this.over(() => started?.(error));
  }

  private answerStart(error: Error | null): void {
    const { started } = this;
    this.started = null;
    started?.(error);
  }

  // --- being let in ---

  private enter(from: string): void {
    const { life } = this;
    this.host = from;
    this.state = 'enters';
    this.neighbours.tell();
    const going = (): boolean => this.state === 'enters' && this.life === life;
    const others = this.neighbours.standing(from)?.saw.filter((name) => name !== this.self) ?? [];
    this.neighbours.reach(others, () => {
      if (!going()) return;
      this.neighbours.ask(from, 'enter', { life }, (error, answer, body) => {
        if (!going()) return;
        if (error !== null) this.beginAgain();
        else this.copied(from, readWelcome(answer, body));
      });
    });
  }

  private copied(from: string, welcome: Welcome): void {
    const { life } = this;
    const others = welcome.running.filter((name) => name !== this.self);
    if (others.some((name) => this.neighbours.standing(name) === null)) {
      this.beginAgain();
      return;
    }
    this.makeApplication(welcome, (app) => {
      this.present = { self: this.self, members: welcome.members, running: this.present.running };
      app.enter(this.inOrder([...others, this.self]), welcome.turns);
      app.ground.storage.afterSync(() => {
        if (this.app !== app) return;
        this.neighbours.ask(from, 'copied', { life }, (error) => {
          if (error !== null && this.app === app && this.state === 'enters') this.beginAgain();
        });
      });
    });
  }

  /** All others know that this node runs. */
  private entered(): void {
    const app = this.app as Application;
    this.host = null;
    const others = app.running.filter((name) => name !== this.self);
    this.write({ ...this.present, running: others }, false);
    app.entered();
    this.wantMembers();
    this.runs();
  }

  /** Whoever was about to let this node in is gone. */
  private beginAgain(): void {
    this.app?.kill();
    this.over(() => {
      this.world.clock.after(AGAIN, () => {
        if (this.state !== 'stopped' || this.started === null) return;
        this.beginLife('waits');
        this.lookAround();
      });
    });
  }

  // --- what others tell ---

  private standing(): Standing {
    const { members } = this.present;
    const saw = this.state === 'running' ? this.running.filter((name) => name !== this.self) : this.present.running;
    return { state: this.state, life: this.life, members, saw, partitions: this.partitions };
  }

  private told(name: string, standing: Standing): void {
    this.guests.told(name, standing);
    const runs = standing.state === 'running' || standing.state === 'enters';
    if (!runs) this.gone(name);
    else if (standing.state === 'running' && this.state === 'running') this.metRunning(name, standing);
    this.look();
  }

  private lost(name: string, reason: string): void {
    this.guests.told(name, null);
    if (this.running.includes(name)) this.world.log.write('info', `node ${name} down: ${reason}`);
    this.gone(name);
    this.look();
  }

  /** Who can be reached, or what they say of themselves, has changed. */
  private look(): void {
    this.startUp?.look();
    this.partitionHandler.look();
    this.changed();
  }

  /** Its application does not run any more, as far as can be told from here. */
  private gone(name: string): void {
    if (name === this.host && this.state === 'enters') this.beginAgain();
    else this.saw(name, false);
    if (this.neighbours.standing(name) !== null) this.splitFrom.delete(name);
  }

  /** Both run, and have not noticed each other's start: they were out of reach meanwhile. */
  private metRunning(name: string, { members }: Standing): void {
    const both = isMember(this.present, name) && isMember({ self: name, members, running: [] }, this.self);
    if (!both || this.running.includes(name) || this.splitFrom.has(name)) return;
    this.splitFrom.add(name);
    const text = `** ERROR ** mnesia_event got {inconsistent_database, running_partitioned_network, '${name}'}`;
    this.world.log.write('error', `Mnesia('${this.self}'): ${text}`);
    this.neighbours.tell();
  }

  private saw(name: string, runs: boolean): void {
    const { app } = this;
    if (app === null || app.running.includes(name) === runs) return;
    const running = app.running.filter((other) => other !== name);
    if (runs) running.push(name);
    if (this.state === 'running') this.write(seenRunning(this.present, name, runs), this.forced);
    app.runs(this.inOrder(running));
    if (this.state === 'running') this.neighbours.tell();
    this.changed();
  }

  private membershipChanged(change: DefinitionChange, from: string): void {
    const { kind, name, value } = readMembershipChange(change);
    if (kind === 'member') {
      this.memberChanged(name, value);
      return;
    }
    if (name !== this.self) {
      const standing = this.neighbours.standing(name);
      // Otherwise that life of it is over already.
      if (standing?.life === value && standing.state !== 'stopped') this.saw(name, true);
    } else if (this.state === 'enters' && this.life === value) {
      if (from === this.host) this.entered();
      else this.beginAgain();
    }
  }

  /** In a turn: a member joined or changed its kind; null: it left. */
  memberChanged(name: string, kind: 'disc' | 'ram' | null): void {
    const { present } = this;
    this.write(kind === null ? withoutMember(present, name) : withMember(present, { name, kind }), this.forced);
    this.wantMembers();
    this.neighbours.tell();
    this.changed();
  }

  // --- what it writes down ---

  /** The view of a node whose application is stopped is replaced, by the tools. */
  replaceView(view: ClusterView, forced: boolean): void {
    this.write(view, forced);
    this.wantMembers();
    this.neighbours.tell();
  }

  private write(view: ClusterView, forced: boolean): void {
    this.present = view;
    this.forced = forced;
    this.options.notes.write({ view, forced });
  }

  private wantMembers(): void {
    const others = this.present.members.map(({ name }) => name).filter((name) => name !== this.self);
    this.neighbours.want(others);
  }

  private inOrder(names: readonly string[]): readonly string[] {
    return this.present.members.map(({ name }) => name).filter((name) => names.includes(name));
  }

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
