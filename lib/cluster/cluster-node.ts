/**
 * One node of a cluster. Its links to others live from `open` to `close`, as an Erlang node lives under RabbitMQ; its
 * application (app-life.ts) from `startApp` to `stopApp`. Here is what it makes of what others tell, and of their silence. A
 * node that has joined nobody is a cluster of one, and writes nothing down.
 */
import type { Broker } from '../broker/broker';
import type { DefinitionChange } from '../broker/catalogue';
import type { Address, World } from '../world/world';
import { AppLife, type Started } from './app-life';
import type { Application } from './application';
import type { ClusterNodeOptions } from './cluster-node-options';
import { readMembershipChange } from './metadata/definitions';
import { Guests } from './membership/guests';
import { type ClusterView, isMember, seenRunning, withMember, withoutMember } from './membership/membership';
import { type AppState, Neighbours, type Standing } from './links/neighbours';
import { PartialPartitions } from './partitions/partial-partition';
import { PartitionHandler } from './partitions/partition-handling';
import { Splits } from './partitions/splits';
import { Teller } from './teller';
import { ViewBook } from './membership/view-book';

const TICK_TIME = 60000;
export class ClusterNode {
  readonly neighbours: Neighbours;
  readonly book: ViewBook;
  readonly teller: Teller;
  private isOpen = false;
  private readonly life: AppLife;
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
      definitions: () => this.application?.definitions ?? null,
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
        message: (from, message, body) => this.life.app?.message(from, message, body),
      },
    );
    const { book, neighbours } = this;
    this.life = new AppLife({
      world,
      options,
      book,
      neighbours,
      teller,
      runs: () => {
        book.pauses(0);
        this.wantMembers();
        this.changed();
      },
      over: () => {
        this.guests.clear();
        this.changed();
      },
      membership: (change, from) => this.membershipChanged(change, from),
    });
    this.partitionHandler = new PartitionHandler(
      {
        self,
        clock: world.clock,
        log: world.log,
        teller,
        view: () => this.view,
        state: () => (this.life.stopping ? 'stopping' : this.life.state),
        known: () => this.neighbours.known,
        own: () => this.standing(),
        connections: () => this.broker?.countConnections({}) ?? 0,
        stopApp: (done) => this.life.stop(done, false),
        startApp: (done) => this.startApp(done),
        ask: (to, what, fields, done) => this.neighbours.ask(to, what, fields, done),
        pauses: (at) => book.pauses(at),
      },
      options.partitionHandling ?? 'ignore',
    );
    const running = (): readonly string[] => this.application?.running ?? [];
    const { partitionHandler } = this;
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
    return this.life.state;
  }

  /** Null unless it runs. */
  get broker(): Broker | null {
    return this.life.broker;
  }

  /** Null unless it runs. */
  get application(): Application | null {
    return this.life.running;
  }

  /** Members whose application runs, this one among them, in the order of the list; none while its own does not. */
  get running(): readonly string[] {
    return this.life.app?.running ?? [];
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
    this.partitionHandler.cancel();
    this.life.kill();
    this.neighbours.kill();
  }

  // --- the application ---

  /** Calls `done` once the broker is there, with all definitions; or with why not (`StartFailed`, or what the storage throws). */
  startApp(done: Started): void {
    const { state } = this.life;
    if (state !== 'stopped') {
      done(state === 'running' ? null : new Error(`${this.self} is starting already`));
      return;
    }
    this.partitionHandler.cancel();
    this.splits.clear();
    this.life.start(done);
  }

  /** Orderly; calls `done` once all that can be reached know. */
  stopApp(done: () => void): void {
    // It was stopped already, for a while.
    if (this.partitionHandler.waiting && this.life.state === 'stopped') this.teller.tell({ type: 'node.stopped' });
    this.partitionHandler.cancel();
    this.life.stop(done, true);
  }

  // --- what others tell ---

  private standing(): Standing {
    const { members, running } = this.view;
    const waitsFor = this.book.forced ? [] : running;
    const { state, number } = this.life;
    const saw = state === 'running' ? this.running.filter((name) => name !== this.self) : waitsFor;
    const { partitions } = this;
    return { state, life: number, members, saw, partitions, pausedAt: this.book.pausedAt };
  }

  private told(name: string, standing: Standing): void {
    this.guests.told(name, standing);
    const runs = standing.state === 'running' || standing.state === 'enters';
    if (!runs) this.gone(name);
    else if (standing.state === 'running' && this.application !== null) this.metRunning(name, standing);
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
    this.life.look();
    this.partitionHandler.look();
    this.changed();
  }

  /** Its application does not run any more, as far as can be told from here. */
  private gone(name: string): void {
    if (!this.life.gone(name)) this.saw(name, false);
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
    const { app, state } = this.life;
    if (app === null || app.running.includes(name) === runs) return;
    if (state === 'running') this.book.write(seenRunning(this.view, name, runs));
    if (this.partitionHandler.waiting) return;
    const running = app.running.filter((other) => other !== name);
    if (runs) running.push(name);
    app.runs(this.book.inOrder(running));
    if (state === 'running') this.neighbours.tell();
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
    } else this.life.toldThatItRuns(value, from);
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
