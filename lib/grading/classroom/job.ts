/** One submission to one exercise, to be graded: all that a grader on any machine needs. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { EngineName } from '../../lab/api';
import { Guard } from '../../lab/guard';
import { AnswerError, answerFrom } from '../answer/answer';
import type { Verdict, VerdictName } from '../attempt';
import { unjudged } from '../grade';
import { askForVerdict } from '../process/ask';
import { tightestSandbox } from '../sandbox/choose';
import { laidOut } from './class-exercise';
import { sha256, writeFolder } from './files';

export interface Job {
  /** The same for the same student, exercise, answer and checks. */
  readonly key: string;
  readonly student: string;
  readonly exercise: string;
  readonly exerciseHash: string;
  readonly answerHash: string;
  readonly exerciseFiles: ReadonlyMap<string, Buffer>;
  readonly answerFiles: ReadonlyMap<string, Buffer>;
  /** The secret ones, played after those of the exercise that everybody knows. */
  readonly seeds: readonly number[];
  readonly engine: EngineName;
}

export function jobKey(student: string, exercise: string, answerHash: string, exerciseHash: string): string {
  return sha256(`${student}/${exercise}/${answerHash}/${exerciseHash}`);
}

/** Verdicts that say something of us, not of the answer. They are tried again, and never count. */
const OURS: ReadonlySet<VerdictName> = new Set(['inconclusive', "grader's fault"]);

export function isOurTrouble({ verdict }: Pick<Verdict, 'verdict'>): boolean {
  return OURS.has(verdict);
}

/** How often a job is tried before its trouble is told. */
export const TRIES = 3;

/** A verdict, and how long it took from being asked for, in milliseconds. */
export interface Played {
  readonly verdict: Verdict;
  readonly tookMs: number;
}

export interface PlayOptions {
  /** Folder for exercises, kept. */
  readonly place: string;
  /** Whether answers are played where nothing isolates them. */
  readonly trustStudents: boolean;
}

/** Plays and judges. Never rejects: what goes wrong on the way is a verdict, too. */
export async function play(job: Job, options: PlayOptions): Promise<Played> {
  const began = performance.now();
  const verdict = await judged(job, options);
  return { verdict, tookMs: Math.round(performance.now() - began) };
}

async function judged(job: Job, { place, trustStudents }: PlayOptions): Promise<Verdict> {
  const { exercise: id, exerciseFiles, answerFiles, seeds, engine } = job;
  const { place: exercises, exercise } = laidOut(place, id, exerciseFiles);
  const folder = fs.mkdtempSync(path.join(ownFolder(), 'job-'));
  const { isolation } = tightestSandbox();
  try {
    writeFolder(folder, answerFiles);
    const [only = ''] = answerFiles.keys();
    const answer = answerFrom(answerFiles.has('run.sh') ? folder : path.join(folder, only));
    const all = [...exercise.info.seeds.visible, ...seeds];
    return await askForVerdict({ exercises, id, answer, engine, isolation, graded: true, seeds: all, trustStudents });
  } catch (error) {
    const { message } = error as Error;
    return unjudged(exercise, error instanceof AnswerError ? 'did not run' : "grader's fault", message, engine, isolation);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

let own: string | null = null;

/** Of this process, for all its jobs. It goes with it, also if that is killed. */
function ownFolder(): string {
  if (own === null) {
    own = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-jobs-'));
    void new Guard(own);
  }
  return own;
}
