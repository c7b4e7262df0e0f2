/** One run of an exercise: a broker, the answer's programs in their sandboxes, the scenario, and the history that comes of it. */
import * as amqp from 'amqplib';
import type { Lab } from '../../lab/lab';
import type { RunFacts } from '../history';
import type { Playable } from '../answer/prepare';
import type { Limits } from '../sandbox/sandbox';
import type { Scenario } from '../scenario';
import type { Ground } from './ground';
import { RunStage } from './stage';
import { Tenancy } from './tenancy';
import type { WireLimits } from './wire-history';

export interface RunOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly ground: Ground;
  readonly limits: Limits;
  readonly wire: WireLimits;
  readonly answer: Playable;
}

/** A limit that was gone beyond. */
export interface Overrun {
  readonly limit: string;
  readonly allowed: number;
  readonly used: number;
  readonly unit: string;
}

/** Why a run came to nothing that could be judged, or was ended. */
export type Trouble =
  | ({ readonly kind: 'over limit'; readonly waitingFor: string } & Overrun)
  | { readonly kind: 'grader'; readonly text: string };

export interface RunResult {
  readonly facts: RunFacts;
  readonly trouble: Trouble | null;
}

/** Plays a scenario once. Never rejects for anything that the answer does; what is wrong with the grader is `trouble`. */
export async function playRun(options: RunOptions): Promise<RunResult> {
  let lab: Lab | null = null;
  let stage: RunStage | null = null;
  let connection: amqp.ChannelModel | null = null;
  let trouble: Trouble | null = null;
  try {
    lab = await options.ground.take(options.seed);
    const tenancy = await Tenancy.begin(lab, options.seed);
    connection = await amqp.connect(tenancy.url(), {
      clientProperties: { connection_name: 'grader' },
    });
    // Its node may be killed by the scenario.
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    stage = new RunStage(options, lab, tenancy, channel);
    trouble = await played(stage, options);
    await stage.listing('end');
  } catch (error) {
    trouble ??= { kind: 'grader', text: (error as Error).stack ?? String(error) };
  }
  await stage?.end();
  const events = lab?.trace.events ?? [];
  await connection?.close().catch(() => undefined);
  if (lab !== null) await options.ground.leave(lab, trouble !== null);
  return { facts: stage?.facts(events) ?? nothing(options.seed), trouble };
}

/** Resolves when the scenario is over, or something has gone beyond its limit. */
async function played(stage: RunStage, { scenario, limits }: RunOptions): Promise<Trouble | null> {
  let alarm: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Trouble>((resolve) => {
    const over = (): void =>
      resolve(overLimit({ limit: 'time', allowed: limits.wallMs, used: limits.wallMs, unit: 'ms' }, stage.waitingFor));
    alarm = setTimeout(over, limits.wallMs);
  });
  const excess = stage.excess.then((over): Trouble => overLimit(over, stage.waitingFor));
  const play = scenario.play(stage).then(
    () => null,
    (error: Error): Trouble => ({ kind: 'grader', text: error.stack ?? error.message }),
  );
  const trouble = await Promise.race([play, excess, tooLong]);
  clearTimeout(alarm);
  return trouble;
}

function overLimit(over: Overrun, waitingFor: string): Trouble {
  return { kind: 'over limit', waitingFor, ...over };
}

function nothing(seed: number): RunFacts {
  const empty = {
    env: {},
    records: [],
    listings: new Map(),
    ledger: [],
    notes: new Map(),
    waits: [],
    programs: [],
    commands: [],
    events: [],
  };
  return { seed, ...empty, sometimes: new Set() };
}
