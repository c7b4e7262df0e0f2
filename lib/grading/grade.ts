/** Grades an answer: makes it ready, plays it, judges it. What `check` in a cell, `warren grade` and the classroom all call. */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { EngineName } from '../lab/api';
import { AnswerError, type Answer } from './answer/answer';
import type { Compiler } from './answer/compiler';
import { digestOf } from './answer/digest';
import { answerInNotebook, type FoundAnswer, type PlainAnswer } from './answer/notebook';
import { prepare } from './answer/prepare';
import { attempt, scenarioOf, type Verdict, type VerdictName } from './attempt';
import type { Exercise } from './exercise';
import type { Isolation, SandboxKind } from './sandbox/sandbox';
import { Ground } from './run/ground';
import { judgePrediction } from './student/prediction';

export interface GradeOptions {
  readonly exercise: Exercise;
  readonly answer: Answer;
  readonly engine: EngineName;
  readonly sandbox: SandboxKind;
  /** Whether secret seeds are drawn as well: the verdict counts. Without it only the visible ones are played. */
  readonly graded: boolean;
  /** Only these are played: a class is graded again in the same way, and a trial looks no further than it must. */
  readonly seeds?: readonly number[] | undefined;
  /** Folders that programs may read besides the system's. */
  readonly readable?: readonly string[];
  /** One that stands ready; otherwise one is opened. */
  readonly compiler?: Compiler;
  /** Told what is being done. */
  readonly progress?: (text: string) => void;
}

export async function grade(options: GradeOptions): Promise<Verdict> {
  const { exercise, answer, engine, sandbox } = options;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-answer-'));
  let found: FoundAnswer | null = null;
  try {
    found = answer.kind === 'notebook' ? answerInNotebook(answer.text, exercise.info.id) : { answer, notes: [] };
    return about(found, await judged(found.answer, folder, options), folder);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const verdict = unjudged(exercise, 'did not run', error.message, engine, sandbox.isolation);
    return found === null ? verdict : about(found, verdict, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The verdict together with what was judged, and where it was found. */
function about({ answer, notes }: FoundAnswer, verdict: Verdict, folder: string): Verdict {
  return { ...verdict, notes: [...notes, ...(verdict.notes ?? [])], answer: digestOf(answer, folder) };
}

/** Throws AnswerError if it is no answer to this exercise. */
async function judged(
  answer: PlainAnswer,
  folder: string,
  { exercise, engine, sandbox, graded, compiler, seeds: only, readable = [], progress = () => undefined }: GradeOptions,
): Promise<Verdict> {
  const { role, seeds: given } = exercise.info;
  if (role === 'prediction') return judgePrediction(exercise, answer, engine);
  const wanted = role === 'operator' ? 'command lines' : 'a program';
  if (answer.kind === 'prediction' || (answer.kind === 'lines') !== (role === 'operator')) {
    throw new AnswerError(`This exercise asks for ${wanted}.`);
  }
  const drawn = (): number[] => (graded ? Array.from({ length: given.hidden }, secretSeed) : []);
  const seeds = only ?? [...given.visible, ...drawn()];
  progress('compiling the answer');
  const kind = answer.kind === 'lines' ? 'lines' : 'program';
  const ground = new Ground({ engine, scenario: scenarioOf(exercise), answer: { kind } });
  try {
    ground.begin(seeds);
    const playable = await prepare(answer, folder, sandbox, readable, compiler);
    progress(`playing it ${seeds.length} times`);
    return (await attempt({ exercise, seeds, engine, answer: playable, ground })).verdict;
  } finally {
    await ground.close();
  }
}

function secretSeed(): number {
  return crypto.randomInt(2 ** 31);
}

/** The verdict on an answer that was never played. */
export function unjudged(
  { info }: Exercise,
  verdict: VerdictName,
  trouble: string,
  engine: EngineName,
  isolation: Isolation,
): Verdict {
  const checks = info.checks.map((check) => ({ ...check, passed: null, findings: [], seed: null }));
  const pointsMax = info.checks.reduce((sum, { points }) => sum + points, 0);
  const rest = { hiddenElsewhere: 0, trouble, isolation, engine, seeds: [], output: '', moment: '' };
  return { exercise: info.id, version: info.version, verdict, points: 0, pointsMax, checks, ...rest };
}
