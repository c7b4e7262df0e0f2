/**
 * What cells call: `await check('<exercise>', async ({ amqp, url, env }) => { ... })`, `await predict('<exercise>', 3)`,
 * `await hint('<exercise>')`, and `await lab.open(await replay('<exercise>'))`.
 */
import { inNotebook, say, show } from '../lab/cell';
import type { Answer } from './answer/answer';
import type { AnswerFunction } from './answer/context';
import type { Verdict } from './attempt';
import { readExercise } from './exercise';
import type { Prediction } from './experiment';
import { askForVerdict } from './process/ask';
import { readyJudge } from './process/judges';
import { leftOut, recordingOf, replay as playAgain, type ReplayedRun } from './replay';
import { verdictCard } from './report/card';
import { hintCard } from './report/hint-card';
import { hintText } from './report/hint-text';
import { reportText } from './report/text';
import { words } from './report/words';
import { wrapped } from './report/wrap';
import { tightestSandbox } from './sandbox/choose';
import { afterVerdict } from './student/after';
import { courseAt } from './student/course';
import { openHint } from './student/open-hint';

/** What `check` gives: printed or shown already, so a cell that ends with it shows nothing twice. */
export type Shown = Pick<Verdict, 'verdict' | 'points' | 'pointsMax'>;

export interface ReplayOptions {
  /** Default the one on which the last check of the exercise failed first. */
  readonly seed?: number;
  /** The run as it was; else it has as few faults and messages as it needs to fail in the same way. Default false. */
  readonly whole?: boolean;
}

/** Of each exercise what was checked last in this notebook: the answer, and the seed on which it failed. */
const lastChecked = new Map<string, { readonly answer: Answer; readonly seed: number | null }>();

/**
 * Plays an answer in a process of its own, without network or files, shows the verdict, and writes it down. A function is
 * handed over as its source text: names from other cells are not known to it. Rejects if there is no such exercise.
 */
export function check(id: string, answer: AnswerFunction | string | readonly string[]): Promise<Shown> {
  return judged(id, answerOf(answer));
}

/** Does the experiment, and shows whether it went as predicted. Rejects if there is no such exercise. */
export function predict(id: string, value: Prediction): Promise<Shown> {
  return judged(id, { kind: 'prediction', value });
}

/** Opens one more hint, for the check that failed last or the one that is named, and shows it. */
export async function hint(id: string, about?: string): Promise<void> {
  const course = courseAt();
  const exercise = readExercise(course.exercises, id);
  const opened = openHint(course, exercise, about);
  if (inNotebook()) show(hintCard(opened, exercise));
  else say(wrapped(hintText(opened, exercise)));
}

/**
 * Plays again what the last check of this exercise, in this notebook, failed on, for `lab.open`. Rejects if it was not checked
 * here, or has failed on no seed and none is named.
 */
export async function replay(id: string, { seed: wanted, whole: asItIs = false }: ReplayOptions = {}): Promise<ReplayedRun> {
  const last = lastChecked.get(id);
  if (last === undefined) throw new Error(words('replay.unknown', { id }));
  const seed = wanted ?? last.seed;
  if (seed === null) throw new Error(words('replay.no-seed', { id }));
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(words('replay.odd-seed', { seed: String(seed) }));
  const exercise = readExercise(courseAt().exercises, id);
  const { answer } = last;
  const played = await playAgain({ exercise, answer, seed, engine: engineOfCells(), sandbox: tightestSandbox(), asItIs });
  say(leftOut(played));
  return recordingOf(played.simplest, exercise);
}

/** The one switch of the course: cells run on a real RabbitMQ, and so do their answers. */
function engineOfCells(): 'warren' | 'rabbitmq' {
  return process.env.WARREN_ENGINE === 'rabbitmq' ? 'rabbitmq' : 'warren';
}

async function judged(id: string, answer: Answer): Promise<Shown> {
  const course = courseAt();
  const { exercises } = course;
  const exercise = readExercise(exercises, id);
  const verdict = await askForVerdict({ exercises, id, answer, engine: engineOfCells() }, say);
  readyJudge();
  lastChecked.set(id, { answer, seed: verdict.checks.find(({ passed }) => passed === false)?.seed ?? null });
  const after = afterVerdict(course, exercise, verdict);
  if (inNotebook()) show(verdictCard(verdict, exercise, after));
  else say(wrapped(reportText(verdict, exercise, after)));
  const { verdict: name, points, pointsMax } = verdict;
  // Printing it at the end of a cell would say the same again.
  return Object.defineProperty({ verdict: name, points, pointsMax }, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => '',
  });
}

/** What is handed over: source text, for it is played elsewhere. */
export function answerOf(answer: AnswerFunction | string | readonly string[]): Answer {
  if (typeof answer === 'function') return { kind: 'function', text: Function.prototype.toString.call(answer) };
  if (typeof answer === 'string') return { kind: 'module', text: answer };
  return { kind: 'lines', lines: answer };
}
