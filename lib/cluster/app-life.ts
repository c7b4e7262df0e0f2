/**
 * The application of a node (the broker, and what talks to other nodes), as it starts and stops, again and again: each start
 * begins another life. A node that has joined nobody is a cluster of one: its application starts at once.
 *
 *   stopped ──▶ waits ──┬──▶ running            alone, or with the own copy of the definitions
 *                       └──▶ enters ──▶ running  with those of a running member (guests.ts)
 */
import type { Broker } from '../broker/broker';
import type { DefinitionChange } from '../broker/catalogue';
import type { World } from '../world/world';
import type { Application, Ground } from './application';
import { type ClusterNodeOptions, openApplication } from './cluster-node-options';
import { Entrance } from './membership/entrance';
import type { Welcome } from './membership/guests';
import { isClustered } from './membership/membership';
import type { AppState, Neighbours } from './links/neighbours';
import { NewName, renameHomes } from './membership/rename';
import { nobodyThere, StartUp } from './membership/start-up';
import type { Teller } from './teller';
import type { ViewBook } from './membership/view-book';

export type Started = (error: Error | null) => void;

/** The node that it belongs to. */
export interface LifeHost {
  readonly world: World;
  readonly options: ClusterNodeOptions;
  readonly book: ViewBook;
  readonly neighbours: Neighbours;
  readonly teller: Teller;
  /** It runs from now on; the members may be others than before. */
  runs(): void;
  /** It runs no more, and will not before it is started. */
  over(): void;
  /** Another member told of a change of the membership. */
  membership(change: DefinitionChange, from: string): void;
}

/** Milliseconds after which a start begins anew that found no way in. */
const AGAIN = 1000;
/** Milliseconds between two looks at whether there is a way in still. */
const LOOK = 1000;

export class AppLife {
  private present: AppState = 'stopped';
  /** Another for each life. */
  number = 0;
  /** The last start failed: that is its end. */
  private gaveUp = false;
  private startUp: StartUp | null = null;
  private made: Application | null = null;
  /** Whoever waits for the start that is under way. */
  private started: Started | null = null;
  private entrance: Entrance | null = null;
  private readonly newName: NewName;
  /** Whoever waits for the end. */
  private readonly ending: Array<() => void> = [];

  constructor(private readonly host: LifeHost) {
    this.newName = new NewName(host.book, host.neighbours);
  }

  get state(): AppState {
    return this.present;
  }

  /** It still runs, and is about to stop. */
  get stopping(): boolean {
    return this.ending.length > 0;
  }

  /** Also while it enters or stops; null before and after. */
  get app(): Application | null {
    return this.made;
  }

  /** Null unless it runs. */
  get running(): Application | null {
    return this.present === 'running' ? this.made : null;
  }

  /** Null unless it runs. */
  get broker(): Broker | null {
    return this.running?.broker ?? null;
  }

  // --- from outside ---

  /** Calls `done` once the broker is there, with all definitions; or with why not (`StartFailed`, or what the storage throws). */
  start(done: Started): void {
    const { book, options } = this.host;
    this.started = done;
    this.gaveUp = false;
    if (book.view.self !== options.self) {
      this.failed(nobodyThere(book.view.members.map(({ name }) => name)));
      return;
    }
    this.begin();
  }

  /** Orderly; calls `done` once all that can be reached know. `agrees`: with them, about what ends with its clients. */
  stop(done: () => void, agrees: boolean): void {
    const { made } = this;
    const { options, teller } = this.host;
    this.ending.push(done);
    if (this.ending.length > 1) {
      if (!agrees) made?.disagrees();
      return;
    }
    const end = (): void =>
      this.over(() => {
        for (const tell of this.ending.splice(0)) tell();
      });
    this.startUp?.cancel();
    this.startUp = null;
    this.answer(new Error(`${options.self} was stopped`));
    if (this.present === 'running' && made !== null) made.stop(end, agrees);
    else {
      // Nobody has told of a start that is under way but that it waits.
      if (this.present !== 'stopped') teller.tell({ type: 'node.stopped' });
      made?.kill();
      end();
    }
  }

  kill(): void {
    const { options, teller } = this.host;
    if (this.broker === null && !this.gaveUp) teller.tell({ type: 'node.killed' });
    this.startUp?.cancel();
    this.made?.kill();
    this.made = null;
    this.present = 'stopped';
    this.answer(new Error(`${options.self} was killed`));
  }

  /** Who can be reached, or what they say of themselves, has changed. */
  look(): void {
    const { startUp } = this;
    if (startUp !== null && this.newName.isKnown(() => this.look())) startUp.look();
  }

  /** A member is gone. True if it was about to let this node in. */
  gone(name: string): boolean {
    if (this.entrance === null || name !== this.entrance.from) return false;
    this.entrance.fail();
    return true;
  }

  /** A member says that the life of this number runs. */
  toldThatItRuns(number: number, from: string): void {
    if (this.present !== 'enters' || this.number !== number) return;
    if (from === this.entrance?.from) this.entered();
    else this.entrance?.fail();
  }

  // --- starting ---

  private begin(): void {
    const { world, book, neighbours } = this.host;
    this.number = Math.floor(world.random.float() * 2 ** 48);
    this.present = 'waits';
    neighbours.tell();
    if (isClustered(book.view)) this.lookAround();
    else this.boot();
  }

  private lookAround(): void {
    const { world, options, book, neighbours, teller } = this.host;
    const startUp = new StartUp(
      {
        clock: world.clock,
        log: world.log,
        teller,
        patience: options.patience,
        forced: book.forced,
        pausedAt: book.pausedAt,
        view: () => book.view,
        known: () => neighbours.known,
      },
      (outcome) => {
        this.startUp = null;
        if (outcome.kind === 'boot') this.boot();
        else if (outcome.kind === 'copy') this.enter(outcome.from);
        else this.failed(outcome.error);
      },
    );
    neighbours.reach(book.others, () => {
      if (this.present !== 'waits') return;
      this.startUp = startUp;
      this.look();
    });
  }

  /** With the own copy of the definitions. */
  private boot(): void {
    this.make(null, (app) => {
      const { book } = this.host;
      const begin = (): void => {
        if (this.made !== app) return;
        if (book.view.running.length > 0 || book.forced || book.isRenamed) book.begun([]);
        this.serve();
      };
      // What is written down is that the homes on the disk have their new names.
      if (book.renaming.size > 0) app.ground.storage.afterSync(begin);
      else begin();
    });
  }

  /** Calls `made` once it is there, unless this start is over by then. */
  private make(welcome: Welcome | null, made: (app: Application) => void): void {
    const { number } = this;
    const { whenLeft } = this.host.options;
    const begin = (): void => {
      if (this.number !== number || this.present === 'stopped') return;
      const app = this.open(welcome);
      if (app === null) return;
      this.made = app;
      made(app);
    };
    if (whenLeft === undefined) begin();
    else whenLeft(begin);
  }

  private open(welcome: Welcome | null): Application | null {
    const { options, book, neighbours, membership } = this.host;
    const begin = (): Ground => {
      const ground = options.begin();
      renameHomes(ground.storage, book.renaming);
      return ground;
    };
    try {
      const app = openApplication({ ...options, begin }, welcome?.definitions ?? null, {
        self: options.self,
        send: (to, message, body) => void neighbours.send(to, message, body),
        membership,
      });
      options.prepare?.(app.broker);
      return app;
    } catch (error) {
      this.failed(error as Error);
      return null;
    }
  }

  private serve(): void {
    const app = this.made as Application;
    const { options, neighbours, runs } = this.host;
    this.present = 'running';
    neighbours.tell();
    runs();
    if (options.serve === undefined) this.answer(null);
    else {
      options.serve(app.broker, (error) => {
        if (this.made !== app || this.stopping) return;
        if (error === null) this.answer(null);
        else this.failed(error);
      });
    }
  }

  /** As after the disk has failed: nothing runs, and what is on the disk stays. */
  private failed(error: Error): void {
    const { world, teller } = this.host;
    this.made?.kill();
    this.gaveUp = true;
    teller.tell({ type: 'node.failed', text: error.message });
    if ('report' in error) for (const line of String(error.report).split('\n')) world.log.write('error', line);
    const { started } = this;
    this.started = null;
    this.over(() => started?.(error));
  }

  private answer(error: Error | null): void {
    const { started } = this;
    this.started = null;
    started?.(error);
  }

  // --- being let in ---

  private enter(from: string): void {
    const { options, book, neighbours } = this.host;
    this.present = 'enters';
    neighbours.tell();
    const make = (welcome: Welcome, made: (app: Application) => void): void => this.make(welcome, made);
    const failed = (): void => this.beginAgain();
    this.entrance = new Entrance({ self: options.self, book, neighbours, make, failed }, this.number, from);
    this.entrance.begin();
    this.watch(this.entrance);
  }

  /**
   * Whoever lets this node in may have lost another member, which this node still reaches: the three do not agree about who runs,
   * and each waits for the others.
   */
  private watch(entrance: Entrance): void {
    const { world, neighbours, options } = this.host;
    world.clock.after(LOOK, () => {
      if (this.entrance !== entrance) return;
      const saw = neighbours.standing(entrance.from)?.saw ?? [];
      const others = (this.made?.running ?? []).filter((name) => name !== options.self && name !== entrance.from);
      if (others.every((name) => saw.includes(name))) this.watch(entrance);
      else entrance.fail();
    });
  }

  /** All others know that this node runs. */
  private entered(): void {
    const app = this.made as Application;
    const { options, book } = this.host;
    this.entrance?.end();
    this.entrance = null;
    const others = app.running.filter((name) => name !== options.self);
    book.begun(others);
    app.entered();
    this.serve();
  }

  /** Whoever was about to let this node in is gone. */
  private beginAgain(): void {
    this.made?.kill();
    this.over(() => {
      this.host.world.clock.after(AGAIN, () => {
        if (this.present === 'stopped' && this.started !== null) this.begin();
      });
    });
  }

  /** Everybody is told, and has said so. */
  private over(done: () => void): void {
    const { neighbours, over } = this.host;
    this.made = null;
    this.entrance?.end();
    this.entrance = null;
    const wasStopped = this.present === 'stopped';
    this.present = 'stopped';
    over();
    if (wasStopped) {
      done();
      return;
    }
    neighbours.tell();
    neighbours.reach([...neighbours.known.keys()], done);
  }
}
