/**
 * Cuts a failing run down to what it needs: first every number that the scenario draws becomes the smallest that it can be, so
 * that there are fewer messages, then the faults are left out one by one. What still fails the same check is kept.
 */
import { attempt, type AttemptOptions, type Verdict } from './attempt';
import { Random } from './run/random';
import type { RunResult } from './run/run';
import type { Line, Scenario, Stage } from './scenario';

/** A run that was played for a replay. */
export interface Played {
  readonly verdict: Verdict;
  readonly run: RunResult;
  /** Lines that the scenario cut, or would have cut. */
  readonly faults: number;
  /** Those that were left out, by their numbers from 0. */
  readonly spared: ReadonlySet<number>;
  /** Numbers were the smallest that they can be. */
  readonly least: boolean;
}

export type ReplayOptions = Omit<AttemptOptions, 'seeds' | 'scenario'> & { readonly scenario: Scenario; readonly seed: number };

type Simpler = Pick<Played, 'spared' | 'least'>;

/** Plays a seed as it is, or simpler. */
export async function playSeed(
  { seed, ...options }: ReplayOptions,
  { spared, least }: Simpler = { spared: new Set(), least: false },
): Promise<Played> {
  const { scenario, faults } = simpler(options.scenario, seed, { spared, least });
  const { verdict, runs } = await attempt({ ...options, seeds: [seed], scenario });
  return { verdict, run: runs[0] as RunResult, faults: faults(), spared, least };
}

/** A simpler run that fails as this one does; this one itself if there is none. */
export async function minimise(options: ReplayOptions, failing: Played): Promise<Played> {
  const wanted = failureOf(failing.verdict);
  let found = failing;
  const keepIfItFails = async (simplification: Simpler): Promise<void> => {
    const played = await playSeed(options, simplification);
    if (failureOf(played.verdict) === wanted) found = played;
  };
  if (wanted === '') return failing;
  await keepIfItFails({ spared: found.spared, least: true });
  for (let fault = found.faults - 1; fault >= 0; fault--)
    await keepIfItFails({ spared: new Set([...found.spared, fault]), least: found.least });
  return found;
}

/** What failed first: a check, or the whole; '' if nothing did. */
function failureOf({ verdict, checks }: Verdict): string {
  if (verdict === 'did not run' || verdict === 'over limit') return verdict;
  return checks.find(({ passed }) => passed === false)?.id ?? '';
}

/** The scenario without some of its faults, and with the smallest numbers. `faults` counts those that it came to. */
export function simpler(
  scenario: Scenario,
  seed: number,
  { spared, least }: Simpler,
): { scenario: Scenario; faults: () => number } {
  let faults = 0;
  const lineOf = (line: Line): Line => ({
    ...line,
    cut: () => {
      if (!spared.has(faults++)) line.cut();
    },
  });
  const stageOf = (stage: Stage): Stage =>
    new Proxy(stage, {
      get: (target, name) => {
        if (name === 'random' && least) return random;
        if (name === 'atEach')
          return (act: Parameters<Stage['atEach']>[0]) => target.atEach((record, line) => act(record, lineOf(line)));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const random = new LeastRandom(seed);
  return { scenario: { ...scenario, play: (stage) => scenario.play(stageOf(stage)) }, faults: () => faults };
}

/** Names and nonces of the seed, but the smallest numbers. */
class LeastRandom extends Random {
  override int(from: number): number {
    return from;
  }
}
