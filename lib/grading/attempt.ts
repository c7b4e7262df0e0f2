/** One attempt: an answer played on several seeds, judged by all checks of its exercise. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineName } from '../lab/api';
import type { Check, Checks, Finding } from './check';
import type { Playable } from './answer/prepare';
import { loadTypeScript } from './compiled';
import { DEFAULT_LIMITS, type CheckInfo, type Exercise } from './exercise';
import { RunHistory, type RunFacts } from './history';
import { Ground } from './run/ground';
import { playRun, type RunResult, type Trouble } from './run/run';
import type { Isolation } from './sandbox/sandbox';
import { drawMoment } from './report/moment';
import type { Scenario } from './scenario';

/** The six verdicts. Only the first four count as an attempt. */
export type VerdictName = 'pass' | 'fail' | 'did not run' | 'over limit' | 'inconclusive' | "grader's fault";

export interface CheckResult extends CheckInfo {
  /** Null: it could not be judged. */
  readonly passed: boolean | null;
  /** Of the first seed on which it failed. */
  readonly findings: readonly Finding[];
  readonly seed: number | null;
}

export interface Verdict {
  readonly exercise: string;
  readonly version: number;
  readonly verdict: VerdictName;
  readonly points: number;
  readonly pointsMax: number;
  readonly checks: readonly CheckResult[];
  /** Hidden checks that were not here to be asked: a student's copy has none. */
  readonly hiddenElsewhere: number;
  /** In words: what ended the attempt, or why nothing can be said. */
  readonly trouble: string;
  /** What its author should know besides, such as which cell of a notebook was taken; harmless as it stands. */
  readonly notes?: readonly string[];
  /** SHA-256 of what was judged; missing where nothing was. */
  readonly answer?: string;
  /** Null: no program ran, for the answer was command lines or a prediction. */
  readonly isolation: Isolation | null;
  readonly engine: EngineName;
  readonly seeds: readonly number[];
  /** What programs printed in the first run, for its author. */
  readonly output: string;
  /** The first failing visible check drawn: HTML without a script, '' where there is nothing to draw. */
  readonly moment: string;
}

export interface AttemptOptions {
  readonly exercise: Exercise;
  readonly seeds: readonly number[];
  readonly engine: EngineName;
  readonly answer: Playable;
  /** Where its brokers are begun already. */
  readonly ground?: Ground;
  /** Played in the place of the exercise's own: a simpler form of it. */
  readonly scenario?: Scenario;
}

/**
 * Plays the answer on each seed and judges. Embedded brokers stand side by side; real ones would be too much for most
 * machines.
 */
export async function attempt(options: AttemptOptions): Promise<{ verdict: Verdict; runs: readonly RunResult[] }> {
  const { exercise, seeds } = options;
  const limits = { ...DEFAULT_LIMITS, ...exercise.info.limits };
  const scenario = options.scenario ?? scenarioOf(exercise);
  const checks = checksOf(exercise.folder);
  const { engine, answer } = options;
  const ground = options.ground ?? new Ground({ engine, scenario, answer });
  const play = (seed: number): Promise<RunResult> => playRun({ seed, scenario, limits, wire: limits, ground, answer });
  const runs = engine === 'warren' ? await Promise.all(seeds.map(play)) : await oneByOne(seeds, play);
  await ground.close();
  return { verdict: judge(options, scenario, checks, runs), runs };
}

export function scenarioOf({ folder }: Exercise): Scenario {
  return loadTypeScript(path.join(folder, 'scenario.ts')).default as Scenario;
}

/** Files with checks: for everybody, hidden, and a teacher's own for a class. */
const CHECK_FILES = ['checks.ts', 'hidden.ts', 'own.ts'];

async function oneByOne(seeds: readonly number[], play: (seed: number) => Promise<RunResult>): Promise<RunResult[]> {
  const runs: RunResult[] = [];
  for (const seed of seeds) runs.push(await play(seed));
  return runs;
}

function checksOf(folder: string): Checks {
  const files = CHECK_FILES.map((name) => path.join(folder, name)).filter((file) => fs.existsSync(file));
  return Object.assign({}, ...files.map((file) => loadTypeScript(file).default as Checks)) as Checks;
}

function judge(
  { exercise, seeds, engine, answer }: AttemptOptions,
  scenario: Scenario,
  checks: Checks,
  runs: readonly RunResult[],
): Verdict {
  const { id, version, checks: infos } = exercise.info;
  const asked = infos.filter((info) => Object.hasOwn(checks, info.id));
  const trouble = firstTrouble(runs);
  const results = proven(
    asked.map((info) => (trouble === null ? checked(info, checks[info.id] as Check, runs) : notAsked(info))),
  );
  const missed = (scenario.sometimes ?? []).filter((name) => !runs.some(({ facts }) => facts.sometimes.has(name)));
  const passed = results.every((result) => result.passed === true);
  const verdict = trouble?.verdict ?? (!passed ? 'fail' : missed.length > 0 ? 'inconclusive' : 'pass');
  const points =
    verdict === 'fail' || verdict === 'pass' ? sum(results.filter((result) => result.passed).map((result) => result.points)) : 0;
  return {
    exercise: id,
    version,
    verdict,
    points,
    pointsMax: sum(infos.map((info) => info.points)),
    checks: results,
    hiddenElsewhere: infos.length - asked.length,
    trouble: trouble?.text ?? (verdict === 'inconclusive' ? `In none of the runs this happened: ${missed.join('; ')}.` : ''),
    isolation: answer.kind === 'program' ? answer.isolation : null,
    engine,
    seeds,
    moment: momentOf(results, runs),
    output: runs[0]?.facts.programs.map(({ output }) => output).join('') ?? '',
  };
}

function notAsked(info: CheckInfo): CheckResult {
  return { ...info, passed: null, findings: [], seed: null };
}

/** Who does nothing does nothing wrong: while work is missing, what passed proves nothing, and stays open. */
function proven(results: readonly CheckResult[]): readonly CheckResult[] {
  const idle = results.some(({ kind, passed }) => kind === 'liveness' && passed === false);
  return results.map((result) => (idle && result.kind !== 'liveness' && result.passed === true ? notAsked(result) : result));
}

function checked(info: CheckInfo, check: Check, runs: readonly RunResult[]): CheckResult {
  for (const { facts } of runs) {
    const findings = check(new RunHistory(facts));
    if (findings.length > 0) return { ...info, passed: false, findings, seed: facts.seed };
  }
  return { ...info, passed: true, findings: [], seed: null };
}

/** What ended an attempt before its checks can be asked. */
function firstTrouble(runs: readonly RunResult[]): { verdict: VerdictName; text: string } | null {
  for (const { trouble, facts } of runs) if (trouble !== null) return troubleOf(trouble, facts);
  for (const { facts } of runs) {
    const connected = facts.records.some(({ method }) => method === 'connection.open-ok');
    const crashed = facts.programs.find(({ state }) => state === 'threw');
    if (crashed !== undefined && !connected) return { verdict: 'did not run', text: crashed.text };
  }
  return null;
}

function troubleOf(trouble: Trouble, facts: RunFacts): { verdict: VerdictName; text: string } {
  if (trouble.kind === 'grader') {
    const deleted = deletedIn(facts);
    if (deleted === null) return { verdict: "grader's fault", text: trouble.text };
    return { verdict: 'fail', text: `The program deleted '${deleted}', which it was given. Without it the run could not go on.` };
  }
  const { limit, used, allowed, unit, waitingFor } = trouble;
  const waiting = waitingFor === '' ? '' : ` It was waiting for: ${waitingFor}.`;
  return { verdict: 'over limit', text: `${limit}: ${used} ${unit}, ${allowed} allowed.${waiting}` };
}

const DELETES: ReadonlySet<string> = new Set(['queue.delete', 'exchange.delete']);

/** The first queue or exchange that programs were told of and deleted; null if there is none. */
function deletedIn({ env, records }: RunFacts): string | null {
  const given = new Set(Object.values(env).flatMap((value) => value.split(/[^\w.-]+/)));
  const deletes = records.filter(({ method, cut }) => DELETES.has(method) && !cut);
  return deletes.map(({ args }) => String(args.queue ?? args.exchange)).find((name) => given.has(name)) ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function momentOf(results: readonly CheckResult[], runs: readonly RunResult[]): string {
  for (const { visible, findings, seed } of results) {
    const finding = findings.find(({ follow }) => follow !== undefined);
    const run = runs.find(({ facts }) => facts.seed === seed);
    if (visible && finding?.follow !== undefined && run !== undefined) return drawMoment(run.facts.events, finding.follow);
  }
  return '';
}
