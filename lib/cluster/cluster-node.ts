/**
 * One node of a cluster. Its links to others live from `open` to `close`, as an Erlang node lives under RabbitMQ; its
 * application (the broker) from `startApp` to `stopApp`, and each start makes a new one. A node that has joined nobody is a
 * cluster of one: it starts at once, and writes nothing down.
 *
 *   stopped ──▶ waits ──┬──▶ running            alone, or with the own copy of the definitions
 *                       └──▶ enters ──▶ running  with those of a running member (guests.ts)
 */
import type { Broker } from '../broker/broker';
import type { DefinitionChange } from '../broker/catalogue';
import type { Address, World } from '../world/world';
import type { Application } from './application';
import { type ClusterNodeOptions, openApplication } from './cluster-node-options';
import { readMembershipChange } from './definitions';
import { Entrance } from './entrance';
import { Guests, type Welcome } from './guests';
import { type ClusterView, isClustered, isMember, seenRunning, withMember, withoutMember } from './membership';
import { type AppState, Neighbours, type Standing } from './neighbours';
import { PartialPartitions } from './partial-partition';
import { PartitionHandler } from './partition-handling';
import { Splits } from './splits';
import { nobodyThere, StartUp } from './start-up';
import { Teller } from './teller';
import { ViewBook } from './view-book';

type Started = (error: Error | null) => void;

const TICK_TIME = 60000;
/** Milliseconds after which a start begins anew that found no way in. */
const AGAIN = 1000;

export class ClusterNode {
  readonly neighbours: Neighbours;
  readonly book: ViewBook;
  readonly teller: Teller;
  private isOpen = false;
  private state: AppState = 'stopped';
  private life = 0;
  /** The last start failed: that is its end. */
  private gaveUp = false;
  private startUp: StartUp | null = null;
  private app: Application | null = null;
  /** Whoever waits for the start that is under way. */
  private started: Started | null = null;
  private entrance: Entrance | null = null;
  /** Whoever waits for the end of the application. */
  private readonly stopping: Array<() => void> = [];
  private readonly guests: Guests;
  private readonly partitionHandler: PartitionHandler;
  private readonly splits: Splits;
  private readonly partialPartitions: PartialPartitions;
  /** Told when something has changed that `await_online_nodes` and the like wait for. */
  readonly watchers = new Set<() => void>();

  constructor(
    readonly world: World,
    readonly options: ClusterNodeOptions,
  ) {
    const { self, cookie, notes, tickTime = TICK_TIME } = options;
    this.book = new ViewBook(self, notes);
    const teller = new Teller(options.broker);
    this.teller = teller;
    this.splits = new Splits(self, world.log, teller);
    this.guests = new Guests({
      view: () => this.view,
      definitions: () => (this.state === 'running' ? (this.app?.definitions ?? null) : null),
      running: () => this.running,
      standing: (name) => this.neighbours.standing(name),
      admit: (name) => this.saw(name, true),
    });
    this.neighbours = new Neighbours(
      world,
      { self, cookie, addressOf: (name) => options.addressOf(name), tickTime, teller },
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
        teller,
        view: () => this.view,
        state: () => (this.stopping.length > 0 ? 'stopping' : this.state),
        known: () => this.neighbours.known,
        own: () => this.standing(),
        connections: () => this.broker?.countConnections({}) ?? 0,
        stopApp: (done) => this.endApp(done, false),
        startApp: (done) => this.startApp(done),
        ask: (to, what, fields, done) => this.neighbours.ask(to, what, fields, done),
      },
      options.partitionHandling ?? 'ignore',
    );
    const running = (): readonly string[] => (this.state === 'running' ? this.running : []);
    const { neighbours, partitionHandler } = this;
    this.partialPartitions = new PartialPartitions({ self, world, neighbours, running, handler: partitionHandler });
    this.neighbours.handle('heal', this.partitionHandler.heal);
    this.neighbours.handle('clients', this.partitionHandler.countClients);
    this.neighbours.handle('enter', (from, question, reply) => this.guests.enter(from, question, reply));
    this.neighbours.handle('copied', (from, question, reply) => this.guests.copied(from, question, reply));
  }

  get self(): string {
    return this.options.self;
  }

  get view(): ClusterView {
    return this.book.view;
  }

  get appState(): AppState {
    return this.state;
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
    return this.splits.names;
  }

  // --- the node ---

  /** Listens for other nodes, and looks for the members of its cluster. */
  open(at: Address, ready: (error: Error | null, bound: Address | null) => void): void {
    this.isOpen = true;
    this.neighbours.listen(at, ready);
    this.wantMembers();
  }

  /** Orderly; the application is stopped before. */
  close(done: () => void): void {
    this.neighbours.close(done);
  }

  kill(): void {
    if (this.broker === null && !this.gaveUp) this.teller.tell({ type: 'node.killed' });
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
    this.gaveUp = false;
    this.splits.clear();
    const { self } = this;
    if (this.view.self !== self) {
      this.failed(nobodyThere(this.view.members.map(({ name }) => name)));
      return;
    }
    this.beginLife('waits');
    if (isClustered(this.view)) this.lookAround();
    else this.boot();
  }

  /** Orderly; calls `done` once all that can be reached know. */
  stopApp(done: () => void): void {
    // It was stopped already, for a while.
    if (this.partitionHandler.waiting && this.state === 'stopped') this.teller.tell({ type: 'node.stopped' });
    this.partitionHandler.cancel();
    this.endApp(done, true);
  }

  /** `agrees`: with the other members, about what ends with its clients. */
  private endApp(done: () => void, agrees: boolean): void {
    const { app } = this;
    this.stopping.push(done);
    if (this.stopping.length > 1) return;
    const end = (): void =>
      this.over(() => {
        for (const tell of this.stopping.splice(0)) tell();
      });
    this.startUp?.cancel();
    this.startUp = null;
    this.answerStart(new Error(`${this.self} was stopped`));
    if (this.state === 'running' && app !== null) app.stop(end, agrees);
    else {
      // Nobody has told of a start that is under way but that it waits.
      if (this.state !== 'stopped') this.teller.tell({ type: 'node.stopped' });
      app?.kill();
      end();
    }
  }

  /** Its application is over: everybody is told, and has said so. */
  private over(done: () => void): void {
    this.app = null;
    this.entrance?.end();
    this.entrance = null;
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
    const { world, options, teller } = this;
    const startUp = new StartUp(
      {
        clock: world.clock,
        log: world.log,
        teller,
        patience: options.patience,
        forced: this.book.forced,
        view: () => this.view,
        known: () => this.neighbours.known,
      },
      (outcome) => {
        this.startUp = null;
        if (outcome.kind === 'boot') this.boot();
        else if (outcome.kind === 'copy') this.enter(outcome.from);
        else this.failed(outcome.error);
      },
    );
    this.neighbours.reach(this.book.others, () => {
      if (this.state !== 'waits') return;
      this.startUp = startUp;
      startUp.look();
    });
  }

  /** With the own copy of the definitions. */
  private boot(): void {
    this.makeApplication(null, () => {
      if (this.view.running.length > 0 || this.book.forced) this.book.write({ ...this.view, running: [] }, false);
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
    const { options, self } = this;
    try {
      const app = openApplication(options, welcome?.definitions ?? null, {
        self,
        send: (to, message, body) => void this.neighbours.send(to, message, body),
        membership: (change, from) => this.membershipChanged(change, from),
      });
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
    this.gaveUp = true;
    this.teller.tell({ type: 'node.failed', text: error.message });
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
    this.state = 'enters';
    this.neighbours.tell();
    const { self, book, neighbours } = this;
    const make = (welcome: Welcome, made: (app: Application) => void): void => this.makeApplication(welcome, made);
    this.entrance = new Entrance({ self, book, neighbours, make, failed: () => this.beginAgain() }, this.life, from);
    this.entrance.begin();
  }

  /** All others know that this node runs. */
  private entered(): void {
    const app = this.app as Application;
    this.entrance?.end();
    this.entrance = null;
    const others = app.running.filter((name) => name !== this.self);
    this.book.write({ ...this.view, running: others }, false);
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
    const { members, running } = this.view;
    const waitsFor = this.book.forced ? [] : running;
    const saw = this.state === 'running' ? this.running.filter((name) => name !== this.self) : waitsFor;
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
    const ran = this.running.includes(name);
    if (ran) this.world.log.write('info', `node ${name} down: ${reason}`);
    // A node that pauses must not say before that all who are left have what was changed, or published, last.
    this.partitionHandler.look();
    this.gone(name);
    if (ran) this.partialPartitions.lost(name);
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
    if (name === this.entrance?.from) this.entrance.fail();
    else this.saw(name, false);
    if (this.neighbours.standing(name) !== null) this.splits.over(name);
  }

  /** Both run, and have not noticed each other's start: they were out of reach meanwhile. */
  private metRunning(name: string, { members }: Standing): void {
    const both = isMember(this.view, name) && isMember({ self: name, members, running: [] }, this.self);
    if (!both || this.running.includes(name) || !this.splits.met(name)) return;
    this.partialPartitions.lost(name);
    this.neighbours.tell();
  }

  private saw(name: string, runs: boolean): void {
    const { app } = this;
    if (app === null || app.running.includes(name) === runs) return;
    if (this.state === 'running') this.book.write(seenRunning(this.view, name, runs));
    if (this.partitionHandler.waiting) return;
    const running = app.running.filter((other) => other !== name);
    if (runs) running.push(name);
    app.runs(this.book.inOrder(running));
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
      // Otherwise that life of it is over already; or it is out of reach for this node only.
      if (standing?.life === value && standing.state !== 'stopped') this.saw(name, true);
      else if (standing === null) this.partialPartitions.lost(name);
    } else if (this.state === 'enters' && this.life === value) {
      if (from === this.entrance?.from) this.entered();
      else this.entrance?.fail();
    }
  }

  /** In a turn: a member joined or changed its kind; null: it left. */
  memberChanged(name: string, kind: 'disc' | 'ram' | null): void {
    const { view } = this;
    this.book.write(kind === null ? withoutMember(view, name) : withMember(view, { name, kind }));
    this.wantMembers();
    this.neighbours.tell();
    this.changed();
  }

  /** The view of a node whose application is stopped is replaced, by the tools. */
  replaceView(view: ClusterView, forced: boolean): void {
    this.book.write(view, forced);
    this.wantMembers();
    this.neighbours.tell();
  }

  /** One that only its tools work on reaches for nobody. */
  private wantMembers(): void {
    if (this.isOpen) this.neighbours.want(this.book.others);
  }

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
