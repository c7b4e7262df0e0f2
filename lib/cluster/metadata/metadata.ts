/**
 * Definitions kept alike on all running members, as RabbitMQ's were by Mnesia: one node changes at a time, and a change is
 * over when every running member has it on disk. Pure: events in, effects out (`MetadataEffect`).
 *
 * The running member that stands first in the list is the *keeper* of the turn: who wants to change asks it, changes, tells
 * all others, waits until they have stored it, and gives the turn back. When a node dies, whoever has heard of its last
 * change tells it on, so a change reaches all running members or none; and the keeper calls the roll before it grants the
 * next turn: who answers has noticed the death, has told on what there was to tell, and says whether it has the turn or waits
 * for one. Whom only the one who has the turn has lost counts for its change until the keeper has lost it, too: either all
 * running members have a change, or somebody is left who tells it on.
 *
 *   ask ──▶ granted ──▶ (changes here) ──change──▶ others store ──stored──▶ over ──▶ give back
 */
import type { DefinitionChange } from '../../broker/catalogue';
import type { PeerMessage } from '../links/peer-frames';

/** What the members say to each other about definitions. */
export type MetadataMessage =
  | { readonly type: 'metadata.ask'; readonly turn: number; readonly granted: boolean }
  /** `running`: as the keeper, and all whom it sees, know it. */
  | { readonly type: 'metadata.granted'; readonly turn: number; readonly running: readonly string[] }
  /** Who has the turn has lost somebody; `running`: without those. */
  | { readonly type: 'metadata.doubt'; readonly running: readonly string[] }
  | {
      readonly type: 'metadata.change';
      readonly origin: string;
      readonly turn: number;
      readonly changes: readonly DefinitionChange[];
    }
  | { readonly type: 'metadata.stored'; readonly origin: string; readonly turn: number }
  | { readonly type: 'metadata.over'; readonly turn: number }
  /** `running`: without the dead. */
  | { readonly type: 'metadata.roll'; readonly roll: number; readonly running: readonly string[] }
  | { readonly type: 'metadata.here'; readonly roll: number };

export type MetadataEffect =
  | { readonly kind: 'send'; readonly to: string; readonly message: MetadataMessage }
  /** It is this node's turn: make the change and call `changed`. */
  | { readonly kind: 'run'; readonly turn: number }
  /** Take this over, and call `stored` once it is on disk. `from`: who told. */
  | {
      readonly kind: 'apply';
      readonly origin: string;
      readonly turn: number;
      readonly from: string;
      readonly changes: readonly DefinitionChange[];
    }
  /** Every running member has the change of this turn. */
  | { readonly kind: 'over'; readonly turn: number };

type Out = MetadataEffect[];

/** A turn of this node, from asking to giving back. */
interface OwnTurn {
  readonly turn: number;
  granted: boolean;
  /** Who has not stored the change yet, this node included; null until the change is made. */
  missing: Set<string> | null;
  /** Whom this node alone has lost, as far as it knows, since the turn was granted. */
  readonly doubted: Set<string>;
  /** Who is told of the change once all others have stored it. */
  last: { readonly name: string; readonly message: MetadataMessage } | null;
}

/** The last change of a dead node, on its way to those who may not have heard of it. */
interface ToldOn {
  readonly origin: string;
  readonly turn: number;
  readonly missing: Set<string>;
}

/** Whose turn it is, or who waits for one; only the keeper has a list. */
interface Asked {
  readonly from: string;
  readonly turn: number;
}

interface Heard {
  readonly turn: number;
  readonly changes: readonly DefinitionChange[];
}

export class Metadata {
  /** Running members in the order of the list, this node among them. */
  private running: readonly string[];
  private lastTurn: number;
  private readonly own: OwnTurn[] = [];
  /** As keeper: the first has the turn, once all running members have answered the roll. */
  private queue: Asked[] = [];
  /** As keeper: who has not answered the roll. */
  private unheard = new Set<string>();
  private lastRoll: number;
  /** The last change of every other node: what must be told on if it dies. */
  private readonly heard = new Map<string, Heard>();
  private toldOn: ToldOn[] = [];
  /** Rolls that are not answered yet, by who calls: a keeper may die before its roll is answered, and another calls. */
  private readonly rolls = new Map<string, { readonly roll: number; readonly running: readonly string[] }>();

  /** `born`: a number that no earlier life of this node has reached by its turns, such as milliseconds since 1970. */
  constructor(
    private readonly self: string,
    born: number,
  ) {
    this.running = [self];
    this.lastTurn = born;
    // A roll that an earlier life of this node has called is not taken for one of this life.
    this.lastRoll = born;
  }

  /** The last turn that was over, or that this node has heard of, by who had it. */
  get turns(): Readonly<Record<string, number>> {
    const turns = [...this.heard].map(([name, { turn }]): [string, number] => [name, turn]);
    const own = (this.own[0]?.turn ?? this.lastTurn + 1) - 1;
    return Object.fromEntries([...turns, [this.self, own]]);
  }

  /**
   * This node has copied all definitions from a member that has the turn, and is about to be one of the running. `running`: in
   * the order of the list, this node among them. `turns`: those of the member.
   */
  enter(running: readonly string[], turns: Readonly<Record<string, number>>, out: Out): void {
    this.running = running;
    for (const [name, turn] of Object.entries(turns)) if (name !== this.self) this.heard.set(name, { turn, changes: [] });
    this.lastTurn = Math.max(this.lastTurn, turns[this.self] ?? 0);
    if (this.keeper === this.self) this.callRoll(out);
  }

  get keeper(): string {
    return this.running[0] as string;
  }

  /** Asks for a turn; `run` follows. */
  ask(out: Out): number {
    const turn = ++this.lastTurn;
    this.own.push({ turn, granted: false, missing: null, doubted: new Set(), last: null });
    if (this.own.length === 1) this.askNext(out);
    return turn;
  }

  /**
   * The change of `turn` was made here. `stored` must be called for it too. `last`: a running member that is told when all others
   * have stored the change; it knows then that they have.
   */
  changed(turn: number, changes: readonly DefinitionChange[], out: Out, last: string | null = null): void {
    const own = this.turn(turn);
    if (own === undefined) return;
    own.missing = new Set(changes.length === 0 ? [] : [...this.running, ...own.doubted]);
    if (changes.length > 0) {
      const message: MetadataMessage = { type: 'metadata.change', origin: this.self, turn, changes };
      for (const name of this.others()) if (name !== last) this.send(name, message, out);
      if (last !== null) own.last = { name: last, message };
    }
    this.look(own, out);
  }

  /** The change is on the disk of this node. `from`: who told of it; this node itself for a change of its own. */
  stored(origin: string, turn: number, from: string, out: Out): void {
    this.send(from, { type: 'metadata.stored', origin, turn }, out);
  }

  message(from: string, message: PeerMessage, out: Out): void {
    const said = message as MetadataMessage;
    switch (said.type) {
      case 'metadata.ask':
        this.asked(from, said.turn, said.granted, out);
        break;
      case 'metadata.granted':
        this.granted(said.turn, said.running, out);
        break;
      case 'metadata.doubt':
        this.doubted(said.running, out);
        break;
      case 'metadata.change':
        this.change(from, said, out);
        break;
      case 'metadata.stored':
        if (said.origin === this.self) this.have(from, said.turn, out);
        else this.toldOnTo(from, said, out);
        break;
      case 'metadata.over':
        this.over(from, said.turn, out);
        break;
      case 'metadata.roll':
        this.rolls.set(from, said);
        this.answerRoll(out);
        break;
      case 'metadata.here':
        this.here(from, said.roll, out);
        break;
    }
  }

  /** Who runs has changed; `running` in the order of the member list. */
  members(running: readonly string[], out: Out): void {
    const { running: before, keeper } = this;
    this.running = running;
    const dead = before.filter((name) => !running.includes(name));
    const rolls = this.keeper === this.self && (this.keeper !== keeper || dead.length > 0);
    // Nobody is granted a turn before, not even this node, whose last turn may be over with the deaths.
    if (rolls) this.unheard = new Set(running);
    for (const name of dead) this.died(name, out);
    if (this.keeper !== this.self) {
      this.queue = [];
      this.unheard.clear();
      if (this.keeper !== keeper) this.askNext(out);
    } else if (rolls) this.callRoll(out);
    this.answerRoll(out);
  }

  // --- as one who changes ---

  /** Once more, when all have answered a roll. */
  private granted(turn: number, running: readonly string[], out: Out): void {
    const own = this.turn(turn);
    if (own === undefined) return;
    if (own.granted) {
      for (const name of [...own.doubted]) {
        if (running.includes(name)) continue;
        own.doubted.delete(name);
        own.missing?.delete(name);
      }
      this.look(own, out);
    } else if (running.every((name) => this.running.includes(name))) {
      own.granted = true;
      out.push({ kind: 'run', turn });
    }
  }

  private have(name: string, turn: number, out: Out): void {
    const own = this.turn(turn);
    if (own === undefined || own.missing === null) return;
    own.missing.delete(name);
    this.look(own, out);
  }

  private look(own: OwnTurn, out: Out): void {
    if (own.missing === null) return;
    const { last, missing } = own;
    if (last !== null && missing.size === 1 && missing.has(last.name)) {
      own.last = null;
      this.send(last.name, last.message, out);
    }
    if (missing.size > 0) return;
    this.own.splice(this.own.indexOf(own), 1);
    out.push({ kind: 'over', turn: own.turn });
    for (const name of this.running) this.send(name, { type: 'metadata.over', turn: own.turn }, out);
    this.askNext(out);
  }

  // --- as one who follows ---

  private change(from: string, { origin, turn, changes }: MetadataMessage & { type: 'metadata.change' }, out: Out): void {
    if (origin === this.self) return;
    // Told on by several, perhaps; the first one counts.
    if ((this.heard.get(origin)?.turn ?? 0) >= turn) this.send(from, { type: 'metadata.stored', origin, turn }, out);
    else {
      this.heard.set(origin, { turn, changes });
      out.push({ kind: 'apply', origin, turn, from, changes });
      // Who told us may die as well.
      if (!this.running.includes(origin)) this.tellOn(origin, out);
    }
  }

  private died(name: string, out: Out): void {
    this.rolls.delete(name);
    this.tellOn(name, out);
    for (const own of this.own) {
      if (!own.granted) continue;
      own.doubted.add(name);
      this.send(this.keeper, { type: 'metadata.doubt', running: this.running }, out);
    }
    for (const told of this.toldOn) told.missing.delete(name);
    this.queue = this.queue.filter(({ from }) => from !== name);
    this.unheard.delete(name);
  }

  private tellOn(origin: string, out: Out): void {
    const last = this.heard.get(origin);
    const others = this.others();
    if (last === undefined || last.changes.length === 0 || others.length === 0) return;
    this.toldOn.push({ origin, turn: last.turn, missing: new Set(others) });
    for (const other of others) this.send(other, { type: 'metadata.change', origin, ...last }, out);
  }

  private toldOnTo(name: string, { origin, turn }: { origin: string; turn: number }, out: Out): void {
    for (const told of this.toldOn) if (told.origin === origin && told.turn === turn) told.missing.delete(name);
    this.answerRoll(out);
  }

  /**
   * Answers the keeper once nobody runs here whom it knows to be dead, and everybody knows what the dead have changed. Whoever
   * this node does not take for the keeper yet waits.
   */
  private answerRoll(out: Out): void {
    this.toldOn = this.toldOn.filter(({ missing }) => missing.size > 0);
    if (this.toldOn.length > 0) return;
    for (const [from, { roll, running }] of this.rolls) {
      if (from !== this.keeper || !this.running.every((name) => running.includes(name))) continue;
      this.rolls.delete(from);
      this.askNext(out);
      this.send(from, { type: 'metadata.here', roll }, out);
    }
  }

  /** One turn at a time, so that they come in the order of asking. */
  private askNext(out: Out): void {
    const [next] = this.own;
    if (next !== undefined) this.send(this.keeper, { type: 'metadata.ask', turn: next.turn, granted: next.granted }, out);
  }

  // --- as keeper ---

  private asked(from: string, turn: number, granted: boolean, out: Out): void {
    // Who asks the wrong one asks again when it learns who is the right one.
    if (this.keeper !== this.self) return;
    const asked = { from, turn };
    const known = this.queue.some((one) => one.from === from && one.turn === turn);
    if (this.unheard.size > 0) {
      // Who has the turn already stands first.
      if (granted) this.queue = [asked, ...this.queue.filter((one) => one.from !== from || one.turn !== turn)];
      else if (!known) this.queue.push(asked);
      return;
    }
    if (known) return;
    this.queue.push(asked);
    if (this.queue.length === 1) this.grant(out);
  }

  private doubted(running: readonly string[], out: Out): void {
    const agrees = this.running.every((name) => running.includes(name));
    if (this.keeper === this.self && agrees && this.unheard.size === 0) this.callRoll(out);
  }

  private here(from: string, roll: number, out: Out): void {
    if (roll === this.lastRoll && this.unheard.delete(from) && this.unheard.size === 0) this.grant(out);
  }

  private grant(out: Out): void {
    const next = this.queue[0];
    if (next !== undefined) this.send(next.from, { type: 'metadata.granted', turn: next.turn, running: this.running }, out);
  }

  private over(from: string, turn: number, out: Out): void {
    const heard = this.heard.get(from);
    // All have it: nobody needs to tell it on.
    if (heard?.turn === turn) this.heard.set(from, { turn, changes: [] });
    const first = this.queue[0];
    this.queue = this.queue.filter((asked) => asked.from !== from || asked.turn !== turn);
    if (first !== this.queue[0] && this.unheard.size === 0) this.grant(out);
  }

  private callRoll(out: Out): void {
    this.unheard = new Set(this.running);
    const message: MetadataMessage = { type: 'metadata.roll', roll: ++this.lastRoll, running: this.running };
    for (const name of this.running) this.send(name, message, out);
  }

  // --- small things ---

  private turn(turn: number): OwnTurn | undefined {
    return this.own.find((own) => own.turn === turn);
  }

  private others(): readonly string[] {
    return this.running.filter((name) => name !== this.self);
  }

  private send(to: string, message: MetadataMessage, out: Out): void {
    if (to === this.self) this.message(this.self, message, out);
    else out.push({ kind: 'send', to, message });
  }
}
