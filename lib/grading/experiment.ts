/**
 * What the experiment.ts of a prediction question is written against. There is no key: the experiment is played on a broker
 * when somebody has said what will happen, and what then happened is compared with it.
 */
import type * as amqp from 'amqplib';
import type { LabApi, LabOptions } from '../lab/api';

export type Prediction = string | number | boolean | readonly (string | number | boolean)[];

export interface Experiment {
  /** The broker; default one node. */
  readonly lab?: Pick<LabOptions, 'nodes' | 'cluster' | 'config'>;
  run(bench: Bench): Promise<Outcome>;
}

/** What an experiment is done on. */
export interface Bench {
  readonly amqp: typeof amqp;
  readonly lab: LabApi;
}

export interface Outcome {
  /** What happened, in the form that was asked for. */
  readonly truth: Prediction;
  /** What stands in the places of the messages `right` and `wrong`, besides {prediction} and {truth}. */
  readonly with?: Readonly<Record<string, string | number>>;
  /** The message to follow in the picture, by its label. */
  readonly follow?: string;
}

export function experiment(of: Experiment): Experiment {
  return of;
}
