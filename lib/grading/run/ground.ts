/**
 * The brokers that the runs of an attempt are played on. Ours is a new one for each run. A real one needs seconds to start:
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
  private readonly shared: boolean;

  constructor(private readonly options: GroundOptions) {
    const { engine, scenario, answer } = options;
    this.shared = engine !== 'warren' && scenario.lab === undefined && answer.kind === 'program';
  }

  async take(seed: number): Promise<Lab> {
    const { kept } = this;
    this.kept = null;
    kept?.trace.clear();
    const { engine, scenario } = this.options;
    const name = `run-${seed}-${crypto.randomBytes(4).toString('hex')}`;
    return kept ?? Lab.start({ ...scenario.lab, name, engine, seed });
  }

  /** After a run; `spent`: nobody knows what became of the broker. What is in its vhost stays, and is nobody's any more. */
  async leave(lab: Lab, spent: boolean): Promise<void> {
    const usable = !spent && lab.nodes.every(({ state }) => state === 'running');
    if (this.shared && usable) this.kept = lab;
    else await lab.stop();
  }

  async close(): Promise<void> {
    await this.kept?.stop();
    this.kept = null;
  }
}
