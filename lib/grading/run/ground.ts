/**
 * The brokers that the runs of an attempt are played on. Ours is a new one for each run, and may be begun before there is an
 * answer to play: while a sandbox compiles it, the grader has nothing else to do. A real one needs seconds to start:
 * where programs play on a single node, their runs come one after another on the same one, each in a vhost of its own. An
 * operator's lines may change more than a vhost, and a cluster is made by its scenario: these get a new one, too.
 */
import * as crypto from 'node:crypto';
import type { EngineName } from '../../lab/api';
import { Lab } from '../../lab/lab';
import type { Playable } from '../answer/prepare';
import type { Scenario } from '../scenario';

export interface GroundOptions {
  readonly engine: EngineName;
  readonly scenario: Pick<Scenario, 'lab'>;
  readonly answer: Pick<Playable, 'kind'>;
}

export class Ground {
  /** Between two runs, the broker that both are played on. Runs that share it never overlap. */
  private kept: Lab | null = null;
  /** Begun and not yet taken, by their seeds. */
  private readonly begun = new Map<number, Promise<Lab>>();
  private readonly shared: boolean;

  constructor(private readonly options: GroundOptions) {
    const { engine, scenario, answer } = options;
    this.shared = engine !== 'warren' && scenario.lab === undefined && answer.kind === 'program';
  }

  /** Of real brokers one at a time is enough for most machines. */
  begin(seeds: readonly number[]): void {
    if (this.options.engine !== 'warren') return;
    for (const seed of new Set(seeds)) {
      const lab = this.start(seed);
      // Whoever takes it is told.
      lab.catch(() => undefined);
      this.begun.set(seed, lab);
    }
  }

  async take(seed: number): Promise<Lab> {
    const begun = this.begun.get(seed);
    this.begun.delete(seed);
    if (begun !== undefined) return begun;
    const { kept } = this;
    this.kept = null;
    kept?.trace.clear();
    return kept ?? this.start(seed);
  }

  private start(seed: number): Promise<Lab> {
    const { engine, scenario } = this.options;
    const name = `run-${seed}-${crypto.randomBytes(4).toString('hex')}`;
    return Lab.start({ ...scenario.lab, name, engine, seed });
  }

  /** After a run; `spent`: nobody knows what became of the broker. What is in its vhost stays, and is nobody's any more. */
  async leave(lab: Lab, spent: boolean): Promise<void> {
    const usable = !spent && lab.nodes.every(({ state }) => state === 'running');
    if (this.shared && usable) this.kept = lab;
    else await lab.stop();
  }

  /** Can be called twice. */
  async close(): Promise<void> {
    const unused = [...this.begun.values()];
    this.begun.clear();
    await Promise.all(unused.map((lab) => lab.then((started) => started.stop()).catch(() => undefined)));
    await this.kept?.stop();
    this.kept = null;
  }
}
