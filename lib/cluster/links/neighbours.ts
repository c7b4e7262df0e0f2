/**
 * The other nodes as this one sees them: who is linked, and what each last said of itself. Links to members are made again and
 * again as long as they are down.
 */
import type { Address, Timer, World } from '../../world/world';
import type { Answered, Fields } from '../calls';
import { Calls, type Handler } from '../calls';
import type { Member } from '../membership/membership';
import type { PeerMessage } from './peer-frames';
import { Peers } from './peers';
import type { Teller } from '../teller';

/**
 * Of a node's application: `waits` for somebody who knows more, `enters` (takes over the definitions of a running member), or
 * `running`.
 */
export type AppState = 'stopped' | 'waits' | 'enters' | 'running';

/** What a node says of itself, whenever it changes. */
export interface Standing {
  readonly state: AppState;
  /** Another number for each life of the application. */
  readonly life: number;
  readonly members: readonly Member[];
  /** Members whose application ran when it was last looked, other than the node itself. */
  readonly saw: readonly string[];
  /** Whom it saw go out of reach and come back while both ran. */
  readonly partitions: readonly string[];
  /** Milliseconds since 1970 at which it paused, or was about to be healed; 0: it did not since it ran last. */
  readonly pausedAt: number;
}

export interface NeighbourOptions {
  readonly self: string;
  readonly cookie: string;
  addressOf(name: string): Address | null;
  /** Milliseconds of silence after which a node counts as down. */
  readonly tickTime: number;
  readonly teller: Teller;
}

export interface NeighbourEvents {
  /** Its standing came, or changed. */
  told(name: string, standing: Standing): void;
  /** The link is down; `standing` is what it had said last, null if nothing. */
  lost(name: string, reason: string): void;
  /** Anything else. */
  message(from: string, message: PeerMessage, body: Buffer): void;
}

/** Milliseconds between two attempts to reach members that are down (RabbitMQ pings nodes that are down once a second). */
const REDIAL = 1000;
const STANDING = 'node.standing';

export class Neighbours {
  private readonly peers: Peers;
  private readonly calls: Calls;
  private readonly standings = new Map<string, Standing>();
  private wanted: readonly string[] = [];
  /** Those of which it was told that the link is down. */
  private readonly missed = new Set<string>();
  private redial: Timer | null = null;
  private ended = false;

  constructor(
    private readonly world: World,
    private readonly options: NeighbourOptions,
    private readonly own: () => Standing,
    private readonly events: NeighbourEvents,
  ) {
    this.calls = new Calls((to, message, body) => this.peers.send(to, message, body));
    this.handle('hello', (_from, _question, reply) => reply({}));
    this.peers = new Peers(world, options, {
      up: (name) => this.up(name),
      down: (name, reason) => this.down(name, reason),
      message: (from, message, body) => this.message(from, message, body),
    });
  }

  listen(at: Address, ready: (error: Error | null, bound: Address | null) => void): void {
    this.peers.listen(at, ready);
  }

  /** Null while the node is not linked, or has not spoken yet. */
  standing(name: string): Standing | null {
    return this.standings.get(name) ?? null;
  }

  /** Those whose standing is known. */
  get known(): ReadonlyMap<string, Standing> {
    return this.standings;
  }

  /** Something in `own` has changed. */
  tell(): void {
    const standing = this.ownStanding();
    for (const name of this.peers.up) this.peers.send(name, standing);
  }

  send(to: string, message: PeerMessage, body?: Buffer): boolean {
    return this.peers.send(to, message, body);
  }

  /** Whoever answers this question of others from now on. */
  handle(what: string, handler: Handler): void {
    this.calls.handle(what, handler);
  }

  ask(to: string, what: string, fields: Fields, done: Answered, body?: Buffer): void {
    this.calls.ask(to, what, fields, done, body);
  }

  /** Links to these are wanted from now on. */
  want(names: readonly string[]): void {
    this.wanted = names;
    if (names.length === 0) {
      this.redial?.cancel();
      this.redial = null;
    } else if (this.redial === null) this.redialLater();
  }

  /** Calls `done` once each of them has told its standing, or cannot be reached. */
  reach(names: readonly string[], done: () => void): void {
    let left = names.length;
    if (left === 0) done();
    for (const name of names) {
      this.hello(name, () => {
        if (--left === 0) done();
      });
    }
  }

  /** Calls `done` with the standing of a node, or with null if it cannot be reached. */
  hello(name: string, done: (standing: Standing | null) => void): void {
    this.peers.connect(name, (error) => {
      if (error !== null) done(null);
      // The answer comes after the standing.
      else this.calls.ask(name, 'hello', {}, () => done(this.standing(name)));
    });
  }

  /** The link goes; it is made again as any other that is wanted. */
  drop(name: string, reason: string): void {
    this.peers.drop(name, reason);
  }

  close(done: () => void): void {
    this.end();
    this.peers.close(done);
  }

  kill(): void {
    this.end();
    this.peers.kill();
  }

  private end(): void {
    this.ended = true;
    this.redial?.cancel();
  }

  private redialLater(): void {
    this.redial = this.world.clock.after(REDIAL, () => {
      for (const name of this.wanted) if (!this.peers.isUp(name)) this.peers.connect(name, () => undefined);
      this.redialLater();
    });
  }

  private ownStanding(): PeerMessage {
    return { type: STANDING, ...this.own() };
  }

  private message(from: string, message: PeerMessage, body: Buffer): void {
    if (this.ended || this.calls.message(from, message, body)) return;
    if (message.type === STANDING) {
      const { type: _, ...standing } = message;
      this.standings.set(from, standing as unknown as Standing);
      this.events.told(from, standing as unknown as Standing);
    } else this.events.message(from, message, body);
  }

  private up(name: string): void {
    this.peers.send(name, this.ownStanding());
    const { teller } = this.options;
    if (this.missed.delete(name)) teller.tell({ type: 'link.up', peer: teller.shown(name) });
  }

  private down(name: string, reason: string): void {
    if (this.ended) return;
    const { teller } = this.options;
    if (this.wanted.includes(name)) {
      this.missed.add(name);
      teller.tell({ type: 'link.down', peer: teller.shown(name) });
    }
    this.standings.delete(name);
    this.calls.down(name);
    this.events.lost(name, reason);
  }
}
