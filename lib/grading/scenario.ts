/**
 * What an exercise's scenario.ts is written against: it plays one run, and says what must have happened for the run to prove
 * something.
 */
import type * as amqp from 'amqplib';
import type { LabApi, LabOptions } from '../lab/api';
import type { Snapshot } from '../trace/snapshot';
import type { Random } from './run/random';
import type { Shelf } from './run/shelf';
import type { Command, ProgramEnd } from './history';
import type { WireRecord } from './wire/wire-record';

export interface Scenario {
  /** The broker; default one node. */
  readonly lab?: Pick<LabOptions, 'nodes' | 'cluster' | 'config' | 'processes'>;
  /**
   * What must have happened in at least one run of an attempt, by the names that `stage.sometimes` is called with. If all
   * checks pass and one of these did not happen, the verdict is inconclusive: a fault that never bit proves nothing.
   */
  readonly sometimes?: readonly string[];
  play(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly seed: number;
  readonly random: Random;
  readonly lab: LabApi;
  readonly vhost: string;
  /** What every program of this run finds in its environment. Set before programs are started. */
  readonly env: Record<string, string>;
  /** The grader's own channel, in confirm mode, not through the programs' wire. */
  readonly channel: amqp.ConfirmChannel;
  /**
   * Another channel of the grader's, in confirm mode, through the node (default: the first), for `channel` dies with its node.
   * Rejects if the node takes no clients. Closed when the run is over.
   */
  open(node?: string): Promise<amqp.ConfirmChannel>;
  /**
   * Makes another vhost, and gives a channel of the grader's in it, as `open` does. Programs that are started from now on may
   * use it as they may use the run's own; their address leads to that one. `lab.snapshot(name)` shows what is in it.
   */
  addVhost(name: string): Promise<amqp.ConfirmChannel>;
  /** Starts the answer; resolves when it is loaded, or has ended. Names are roles: each has a user of its own. */
  program(name?: string, options?: ProgramOptions): Promise<Program>;
  /**
   * Runs the answer's command lines, of exercises whose role is operator; `$NAME` in them stands for `env.NAME`. `shelf`: copies
   * of nodes' folders that may be copied back, by the paths at which the operator finds them.
   */
  operate(shelf?: Shelf): Promise<readonly Command[]>;
  /**
   * Waits until the condition holds; asked anew whenever something passed on the wire. Resolves with false, and goes on, when
   * nothing can be expected any more: all programs wait, nothing moves, and has not for `idleMs` (default 700), or after
   * `limitMs` (default 20,000). It is written down for the checks under its name, `RunHistory.came`.
   */
  until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    limits?: { idleMs?: number; limitMs?: number },
  ): Promise<boolean>;
  /** Calls `act` at each record from now on, before it is passed on; the line may be cut there. */
  atEach(act: (record: WireRecord, line: Line) => void): void;
  /** Messages that wait in a queue. Rejects, as the next does, if it does not exist. */
  depth(queue: string): Promise<number>;
  /** Messages of a queue that consumers have and did not settle yet. */
  unsettled(queue: string): Promise<number>;
  /** Keeps what the broker looks like now, for `RunHistory.listing`. */
  listing(moment: string): Promise<Snapshot>;
  /** Writes something down for the checks. */
  note(name: string, value: unknown): void;
  sometimes(name: string): void;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default all in the run's vhost, as rabbitmqctl set_permissions has them. */
  readonly permissions?: { readonly configure: string; readonly write: string; readonly read: string };
}

export interface Program {
  readonly name: string;
  readonly fate: ProgramEnd;
  /** Its process is gone. */
  readonly hasEnded: boolean;
  /** Told to end: its signal is aborted; it is killed when it does nothing more, at the latest after 400 ms. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** The connection on which a record passes. */
export interface Line {
  /** Both ends see a reset; the record that is passing does not arrive. */
  cut(): void;
}

export function scenario(of: Scenario): Scenario {
  return of;
}
