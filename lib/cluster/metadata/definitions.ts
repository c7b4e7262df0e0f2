/**
 * The definitions of one life of the application, kept like those of all other running members: metadata.ts says whose turn it
 * is and who must know what; here it is done, on the broker and its storage.
 */
import type { Broker } from '../../broker/broker';
import { type DefinitionChange, keyParts } from '../../broker/catalogue';
import type { Storage } from '../../storage/storage';
import { Metadata, type MetadataEffect, type MetadataMessage } from './metadata';
import type { PeerMessage } from '../links/peer-frames';

/** Ends a turn with what was changed in it; `last` is told when all others have it. */
export type EndTurn = (changes: readonly DefinitionChange[], last: string | null) => void;

interface Change {
  readonly kind: 'change';
  readonly make: () => void;
  readonly done: () => void;
}

/** Keeps the turn until it says so. */
interface Hold {
  readonly kind: 'hold';
  readonly begin: (end: EndTurn) => void;
  readonly done: () => void;
}

type Job = Change | Hold;

export interface DefinitionsHost {
  readonly self: string;
  readonly broker: Broker;
  readonly storage: Storage;
  send(to: string, message: PeerMessage): void;
  /** Changes of the membership, which go the same way; `from`: who told of it. */
  membership(change: DefinitionChange, from: string): void;
}

export class Definitions {
  private readonly metadata: Metadata;
  private running: readonly string[];
  /** Effects that wait for those before them. */
  private readonly effects: MetadataEffect[] = [];
  private performing = false;
  /** What waits for a turn of this node. */
  private readonly waiting: Job[] = [];
  /** By turn, what was done in it. */
  private readonly done = new Map<number, ReadonlyArray<() => void>>();
  private asked = false;
  /** The rest of this node is being told who runs. */
  private changing = false;
  /** What the broker changes in a turn; null outside of one. */
  private collecting: DefinitionChange[] | null = null;
  /** What the broker has changed outside of a turn. */
  private gathered: DefinitionChange[] = [];
  /** The storage is closed: what is left is told, not kept. */
  private closed = false;
  /** What waits for the storage, which answers nobody any more once it closes. */
  private readonly unsynced = new Set<() => void>();
  private ended = false;

  /** `born`: a number that no earlier life of this node has reached by its turns, such as milliseconds since 1970. */
  constructor(
    private readonly host: DefinitionsHost,
    born: number,
  ) {
    this.metadata = new Metadata(host.self, born);
    this.running = [host.self];
    host.broker.catalogue.onChange = (change) => this.heard(change);
  }

  get self(): string {
    return this.host.self;
  }

  /** For a node that copies them: everything, and the turns up to now. Asked for in a turn. */
  copy(): { readonly definitions: readonly DefinitionChange[]; readonly turns: Readonly<Record<string, number>> } {
    return { definitions: this.host.broker.definitionsNow(), turns: this.metadata.turns };
  }

  /** This node has copied them from a member that keeps the turn meanwhile. */
  enter(running: readonly string[], turns: Readonly<Record<string, number>>): void {
    this.running = running;
    this.act((out) => this.metadata.enter(running, turns, out));
  }

  /** Who runs has changed. `tell` tells the rest of this node; what that asks for gets no turn before the dead are known here. */
  members(running: readonly string[], tell: () => void = () => undefined): void {
    this.changing = true;
    tell();
    this.changing = false;
    this.running = running;
    this.act((out) => this.metadata.members(running, out));
    this.maybeAsk();
  }

  message(from: string, message: PeerMessage): void {
    this.act((out) => this.metadata.message(from, message as MetadataMessage, out));
  }

  /** As `ClusterPort.change`. */
  change(make: () => void, done: () => void): void {
    if (this.isAlone) {
      make();
      done();
    } else this.request({ kind: 'change', make, done });
  }

  /** Takes a turn that lasts until `begin` ends it. */
  hold(begin: (end: EndTurn) => void, done: () => void): void {
    this.request({ kind: 'hold', begin, done });
  }

  /** Calls `done` once everything that this node has changed so far is on all running members. */
  settled(done: () => void): void {
    this.change(() => undefined, done);
  }

  /** In a turn: something that is no definition of the broker. */
  alsoChanged(change: DefinitionChange): void {
    this.heard(change);
  }

  /** The broker has stopped: calls `done` once everything that it has changed is on all running members. */
  leave(done: () => void): void {
    this.closed = true;
    for (const answer of [...this.unsynced]) answer();
    this.settled(done);
  }

  /** Nothing is told any more, and nobody answered. */
  end(): void {
    this.ended = true;
    this.host.broker.catalogue.onChange = null;
  }

  /** Nobody needs to be told of anything, and nobody is being let in. */
  private get isAlone(): boolean {
    return this.running.length === 1 && this.waiting.length === 0 && this.done.size === 0;
  }

  private heard(change: DefinitionChange): void {
    if (this.collecting !== null) this.collecting.push(change);
    else if (!this.isAlone) {
      this.gathered.push(change);
      if (this.gathered.length === 1) this.request({ kind: 'change', make: () => undefined, done: () => undefined });
    }
  }

  // --- turns of this node ---

  private request(job: Job): void {
    if (this.ended) return;
    this.waiting.push(job);
    this.maybeAsk();
  }

  private maybeAsk(): void {
    if (this.asked || this.changing || this.waiting.length === 0) return;
    this.asked = true;
    this.act((out) => void this.metadata.ask(out));
  }

  private run(turn: number): void {
    const [first] = this.waiting;
    if (first?.kind === 'hold') {
      this.waiting.shift();
      this.done.set(turn, [first.done]);
      this.askAgain();
      first.begin((changes, last) => this.changed(turn, changes, last));
      return;
    }
    const jobs: Change[] = [];
    while (this.waiting[0]?.kind === 'change') jobs.push(this.waiting.shift() as Change);
    const { gathered } = this;
    this.gathered = [];
    // Once more, so that what this node has changed on its own comes in the same order everywhere.
    if (!this.closed) this.host.broker.takeOver(gathered);
    const changes = [...gathered];
    this.collecting = changes;
    try {
      for (const { make } of jobs) make();
    } finally {
      this.collecting = null;
    }
    this.done.set(
      turn,
      jobs.map(({ done }) => done),
    );
    this.askAgain();
    this.changed(turn, changes, null);
  }

  /** What came meanwhile waits for the next turn. */
  private askAgain(): void {
    this.asked = false;
    this.maybeAsk();
  }

  private changed(turn: number, changes: readonly DefinitionChange[], last: string | null): void {
    const { self } = this.host;
    this.act((out) => this.metadata.changed(turn, changes, out, last));
    if (changes.length > 0) this.afterSync(() => this.act((out) => this.metadata.stored(self, turn, self, out)));
  }

  // --- effects ---

  private act(step: (out: MetadataEffect[]) => void): void {
    if (this.ended) return;
    step(this.effects);
    if (this.performing) return;
    this.performing = true;
    try {
      for (let effect = this.effects.shift(); effect !== undefined; effect = this.effects.shift()) this.perform(effect);
    } finally {
      this.performing = false;
    }
  }

  private perform(effect: MetadataEffect): void {
    if (this.ended) return;
    switch (effect.kind) {
      case 'send':
        this.host.send(effect.to, effect.message);
        break;
      case 'run':
        this.run(effect.turn);
        break;
      case 'apply':
        this.apply(effect);
        break;
      case 'over': {
        const done = this.done.get(effect.turn) ?? [];
        this.done.delete(effect.turn);
        for (const tell of done) tell();
        break;
      }
    }
  }

  private apply({ origin, turn, from, changes }: MetadataEffect & { kind: 'apply' }): void {
    // A node that is about to stop copies everything when it starts again.
    if (!this.closed) {
      this.host.broker.takeOver(changes.filter(({ key }) => !isMembership(key)));
      this.dropHomeless(changes);
    }
    for (const change of changes) if (isMembership(change.key)) this.host.membership(change, from);
    this.afterSync(() => this.act((out) => this.metadata.stored(origin, turn, from, out)));
  }

  /** Told on when their home was dead already, and this node knew: queues that do not outlive it. */
  private dropHomeless(changes: readonly DefinitionChange[]): void {
    for (const { key, value, lasting } of changes) {
      if (lasting || value === null || keyParts(key)?.kind !== 'queue') continue;
      const { home } = JSON.parse(value) as { readonly home?: string };
      if (home !== undefined && !this.running.includes(home)) this.host.broker.homeDown(home);
    }
  }

  private afterSync(done: () => void): void {
    if (this.closed) {
      done();
      return;
    }
    const answer = (): void => {
      if (this.unsynced.delete(answer)) done();
    };
    this.unsynced.add(answer);
    this.host.storage.afterSync(answer);
  }
}

// --- changes of the membership ---

/** Somebody joined, changed its kind (value: the kind), or left (no value). */
const MEMBER = 'member';
/** The application of a member runs (value: the number of its life). */
const RUNS = 'runs';

export type MembershipChange =
  | { readonly kind: 'member'; readonly name: string; readonly value: 'disc' | 'ram' | null }
  | { readonly kind: 'runs'; readonly name: string; readonly value: number };

export function membershipChange({ kind, name, value }: MembershipChange): DefinitionChange {
  return { key: JSON.stringify([kind, name]), value: value === null ? null : JSON.stringify(value), lasting: false };
}

export function readMembershipChange({ key, value }: DefinitionChange): MembershipChange {
  const [kind, name] = JSON.parse(key) as [string, string];
  return { kind, name, value: value === null ? null : JSON.parse(value) } as MembershipChange;
}

function isMembership(key: string): boolean {
  const [kind] = JSON.parse(key) as [string];
  return kind === MEMBER || kind === RUNS;
}
