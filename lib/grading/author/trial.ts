/**
 * Tries an exercise on answers whose verdict is known: what is right must pass, what is wrong must fail where its author says,
 * what does nothing must gain nothing, and a mistake made in the reference must be seen.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineName } from '../../lab/api';
import { answerFrom, commandLines, type Answer } from '../answer/answer';
import type { Verdict } from '../attempt';
import type { Exercise } from '../exercise';
import { askForVerdict } from '../process/ask';
import { COURSE_FOLDER } from '../sandbox/places';
import { answerName, answersIn, failsOf } from './answers';
import { inNotebook } from './forms';
import { lint, solutionOf, starterOf } from './lint';
import { lineMutantsOf, mutantsOf } from './mutants';
import { leakIn } from './secrets';
import { sideBySide } from './side-by-side';
import { maskedReport, snapshotFault } from './snapshot';
import { mustBeKilled, mustFailAt, mustGainNothing, mustPass, told } from './must';
import { survivorsOf } from './survivors';

/** One thing that was tried. */
export interface Trial {
  /** What was tried, such as `wrong/acks-first`. */
  readonly name: string;
  /** Why it is not as it must be; null if it is. */
  readonly fault: string | null;
}

/** Answers that do nothing of what was asked; none may gain a point. */
const NIL: Readonly<Record<string, string>> = {
  empty: '',
  'no function': 'export default 1;',
  throws: "export default async function () { throw new Error('no'); }",
  'exits with 0': 'export default async function () { process.exit(0); }',
  'never connects': 'export default async function () { await new Promise(() => undefined); }',
  'connects and idles':
    'export default async function ({ amqp, url }) { await amqp.connect(url); await new Promise(() => undefined); }',
};

/** Hostile answers that need to know nothing of the exercise; none may gain a point. Others are played on one exercise only. */
const ATTACKS = ['overfit/empty-all-names.ts', 'patch-the-grader/delete-all-names.ts'];

/** Of the mutants that no reason excuses, so many must be seen. */
const KILL_RATIO = 0.95;

export interface TrialOptions {
  readonly engine: EngineName;
  /** Folder of all exercises. */
  readonly exercises: string;
  /** Folder of all solutions. */
  readonly solutions: string;
  readonly readable: readonly string[];
  /** How often right and wrong answers are tried; default once. */
  readonly repeat?: number;
  /** On so many of the visible seeds; default all. */
  readonly seeds?: number;
  /** Keep the reports as they are now. */
  readonly write?: boolean;
}

type Job = () => Promise<Trial>;

/** Tries everything (on a real RabbitMQ: right and wrong answers); tells of each as soon as it and those before it are known. */
export async function* trials(exercise: Exercise, options: TrialOptions): AsyncGenerator<Trial> {
  const { engine, repeat = 1, write = false } = options;
  // Two clusters of real nodes are too much for most machines.
  const atOnce = engine === 'warren' || exercise.info.role === 'program' ? 2 : 1;
  const faults = lint(exercise, options.solutions).map(({ text }) => text);
  yield { name: 'lint', fault: faults.length === 0 ? null : faults.join('; ') };
  yield { name: 'release', fault: leakIn(options.exercises, [exercise.info.id]) };
  const trier = new Trier(exercise, options);
  const known = Array.from({ length: repeat }, (_, round) => [...trier.right(round), ...trier.wrong(round)]).flat();
  // Another engine is asked whether it agrees; what must hold of the checks themselves was asked before.
  if (engine !== 'warren') return yield* sideBySide(known, atOnce);
  yield* sideBySide([...known, ...trier.nothing(), ...trier.attacks(), ...trier.mutants()], atOnce);
  yield trier.killRatio();
  yield { name: 'reports', fault: snapshotFault(exercise, trier.reports, write) };
}

class Trier {
  /** Reports on wrong answers, by their names. */
  readonly reports = new Map<string, string>();
  private readonly survivors: ReadonlyMap<string, string>;
  /** The visible ones. */
  private readonly seeds: readonly number[];
  private made = 0;
  private killed = 0;

  constructor(
    private readonly exercise: Exercise,
    private readonly options: TrialOptions,
  ) {
    this.survivors = survivorsOf(exercise);
    this.seeds = exercise.info.seeds.visible.slice(0, options.seeds);
    for (const file of answersIn(exercise.folder, 'wrong')) this.reports.set(answerName(file), '');
  }

  right(round: number): Job[] {
    const { folder, info } = this.exercise;
    const solution = solutionOf(info, this.options.solutions);
    const files = [...answersIn(folder, 'right'), ...(solution === null || solution.endsWith('.md') ? [] : [solution])];
    return files.map((file) => async () => ({
      name: numbered(answerName(file), round),
      fault: mustPass(await this.ask(this.inForm(file, round), this.seedsIn(round))),
    }));
  }

  wrong(round: number): Job[] {
    return answersIn(this.exercise.folder, 'wrong').map((file) => async () => {
      const named = failsOf(file) ?? [];
      const verdict = await this.ask(this.inForm(file, round), this.seeds);
      const fault = mustFailAt(verdict, named);
      if (fault === null) this.reports.set(answerName(file), maskedReport(verdict, this.exercise, named));
      return { name: numbered(answerName(file), round), fault };
    });
  }

  /** The starter, and answers that do nothing: they do it on every seed. */
  nothing(): Job[] {
    const { folder, info } = this.exercise;
    const starter = path.join(folder, starterOf(info));
    const nil: [string, Answer][] =
      info.role !== 'program'
        ? [['nil: no line', { kind: 'lines', lines: [] }]]
        : Object.entries(NIL).map(([name, text]) => [`nil: ${name}`, { kind: 'module', text }]);
    const all: [string, Answer][] = [['starter', answerFrom(starter)], ...nil];
    return all.map(([name, answer]) => async () => ({
      name,
      fault: mustGainNothing(await this.ask(answer, [this.seeds[0] as number])),
    }));
  }

  attacks(): Job[] {
    if (this.exercise.info.role !== 'program') return [];
    return ATTACKS.map((name) => async () => {
      const answer = answerFrom(path.join(COURSE_FOLDER, 'attacks', name));
      return { name: `attack ${name}`, fault: mustGainNothing(await this.ask(answer, [this.seeds[0] as number])) };
    });
  }

  mutants(): Job[] {
    return this.mutated().map(({ name, answer }) => async () => {
      const reason = this.survivors.get(name);
      // Visible seeds are enough: a check that needs luck to see a mistake does not see it. Most are seen on the first.
      const [first, ...others] = this.seeds;
      let verdict = await this.ask(answer, [first as number]);
      if (mustBeKilled(verdict) !== null && others.length > 0) verdict = await this.ask(answer, others);
      const fault = mustBeKilled(verdict);
      if (reason !== undefined) {
        const stale = `it is listed as a survivor ('${reason}') and was seen: ${told(verdict)}`;
        return { name: `mutant ${name}`, fault: fault === null ? stale : null };
      }
      this.made += 1;
      if (fault === null) this.killed += 1;
      return { name: `mutant ${name}`, fault };
    });
  }

  /** Also whether every reason still excuses a mutant. */
  killRatio(): Trial {
    const names = new Set(this.mutated().map(({ name }) => name));
    const unknown = [...this.survivors.keys()].filter((name) => !names.has(name));
    const { made, killed } = this;
    const name = `mutants: ${killed} of ${made} seen, ${this.survivors.size} excused`;
    if (unknown.length > 0) return { name, fault: `survivors.json excuses mutants that are not made: ${unknown.join('; ')}` };
    return { name, fault: killed < made * KILL_RATIO ? `${KILL_RATIO * 100} % must be seen` : null };
  }

  private mutated(): { name: string; answer: Answer }[] {
    const { folder, info } = this.exercise;
    const reference = answersIn(folder, 'right').find((file) => /\.(ts|js|txt)$/.test(file));
    if (reference === undefined || info.role === 'prediction') return [];
    const text = fs.readFileSync(reference, 'utf8');
    if (info.role === 'operator')
      return lineMutantsOf(commandLines(text)).map(({ name, lines }) => ({ name, answer: { kind: 'lines', lines } }));
    return mutantsOf(text).map(({ name, text: mutant }) => ({ name, answer: { kind: 'module', text: mutant } }));
  }

  /** First the file itself, then in turn a notebook and the file: the verdict is the same. */
  private inForm(file: string, round: number): Answer {
    const answer = answerFrom(file);
    return round % 2 === 0 ? answer : inNotebook(answer, this.exercise.info);
  }

  /**
   * Of right answers. Once also secret ones, as for a verdict that counts; when it is repeated, and on a real RabbitMQ, where
   * each takes seconds, the visible ones show whether the verdict stays. That is enough for wrong answers at any time.
   */
  private seedsIn(round: number): readonly number[] | undefined {
    return round === 0 && this.options.engine === 'warren' ? undefined : this.seeds;
  }

  private ask(answer: Answer, seeds: readonly number[] | undefined): Promise<Verdict> {
    const { engine, exercises, readable } = this.options;
    return askForVerdict({ engine, exercises, readable, id: this.exercise.info.id, answer, graded: true, seeds });
  }
}

function numbered(name: string, round: number): string {
  return round === 0 ? name : `${name} #${round + 1}`;
}
