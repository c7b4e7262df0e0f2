/**
 * The history of a run: all that checks may know. Wire records come from the grader's side of every connection, listings from
 * the broker, the ledger is what programs wrote into the grader's queue; nothing in it is what a program says of itself alone.
 */
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import { deliveriesOf, publishesOf, type Delivery, type Publish } from './wire/messages';
import type { WireRecord } from './wire/wire-record';

/** How a program of the answer ended, or that it has not. */
export interface ProgramEnd {
  readonly program: string;
  /** `resolved`: its function returned. `threw`: it ended with an error. `stopped`: the scenario ended it. */
  readonly state: 'running' | 'resolved' | 'threw' | 'exited' | 'stopped' | 'killed';
  /** Of `threw`: what it said. */
  readonly text: string;
  readonly exitCode: number | null;
  /** What it printed, both streams, up to its limit. */
  readonly output: string;
}

/** Something the scenario waited for. */
export interface Wait {
  readonly what: string;
  readonly held: boolean;
  readonly ms: number;
}

/** A command line of an operator's answer, after it ran. */
export interface Command {
  readonly line: string;
  readonly exitCode: number;
  /** What it printed, both streams. */
  readonly output: string;
}

export interface RunFacts {
  /** The number from which names and workload of this run were made. */
  readonly seed: number;
  /** What programs were given in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly records: readonly WireRecord[];
  /** By the name that the scenario gave to the moment; `end` is always there. */
  readonly listings: ReadonlyMap<string, Snapshot>;
  /** Messages in the grader's ledger queue, in order. */
  readonly ledger: readonly LedgerEntry[];
  /** What the scenario wrote down, such as the messages that it sent. */
  readonly notes: ReadonlyMap<string, unknown>;
  readonly waits: readonly Wait[];
  readonly programs: readonly ProgramEnd[];
  readonly commands: readonly Command[];
  /** What our engine told of itself; empty in front of another broker. */
  readonly events: readonly TraceEvent[];
  readonly sometimes: ReadonlySet<string>;
}

export interface LedgerEntry {
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Who wrote it: the user of the connection, set by the broker or checked by it; '' if unknown. */
  readonly user: string;
}

export class RunHistory {
  private publishesMade: readonly Publish[] | null = null;
  private deliveriesMade: readonly Delivery[] | null = null;

  constructor(readonly facts: RunFacts) {}

  get records(): readonly WireRecord[] {
    return this.facts.records;
  }

  /** What programs published, with what became of it as far as they could know. */
  get publishes(): readonly Publish[] {
    this.publishesMade ??= publishesOf(this.records);
    return this.publishesMade;
  }

  /** What programs were given, with how they settled it. */
  get deliveries(): readonly Delivery[] {
    this.deliveriesMade ??= deliveriesOf(this.records);
    return this.deliveriesMade;
  }

  /** Records of one method, of one program or of all. */
  of(method: string, program?: string): WireRecord[] {
    return this.records.filter((record) => record.method === method && (program === undefined || record.program === program));
  }

  listing(moment = 'end'): Snapshot {
    const found = this.facts.listings.get(moment);
    if (found === undefined)
      throw new Error(`The scenario took no listing '${moment}'; it took ${[...this.facts.listings.keys()].join(', ')}.`);
    return found;
  }

  /** Throws if the scenario wrote nothing under this name. */
  note<T>(name: string): T {
    if (!this.facts.notes.has(name)) throw new Error(`The scenario wrote nothing down as '${name}'.`);
    return this.facts.notes.get(name) as T;
  }

  /** Whether the scenario, waiting for this, saw it come. Throws if it never waited for it. */
  came(what: string): boolean {
    const wait = this.facts.waits.find((each) => each.what === what);
    if (wait === undefined) throw new Error(`The scenario never waited for '${what}'.`);
    return wait.held;
  }
}
