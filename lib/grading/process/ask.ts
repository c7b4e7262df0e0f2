/**
 * Asks a process of its own for a verdict. Trouble of the grader's becomes a verdict too: it never costs the student anything.
 */
import type { EngineName } from '../../lab/api';
import type { Answer } from '../answer/answer';
import type { Verdict } from '../attempt';
import { DEFAULT_LIMITS, type Exercise, readExercise } from '../exercise';
import { unjudged } from '../grade';
import { lateProgress } from '../report/progress';
import { tightestSandbox } from '../sandbox/choose';
import type { Isolation } from '../sandbox/sandbox';
import { takeJudge } from './judges';

export interface Asked {
  /** Folder of all exercises. */
  readonly exercises: string;
  readonly id: string;
  readonly answer: Answer;
  readonly engine: EngineName;
  readonly isolation: Isolation;
  readonly graded: boolean;
  /** Only these, instead of the visible and newly drawn ones. */
  readonly seeds?: readonly number[] | undefined;
  readonly readable: readonly string[];
  /** Graded also where nothing isolates: whoever asks knows the authors, and answers for it. */
  readonly trustStudents: boolean;
}

export interface Told {
  readonly progress?: string;
  readonly verdict?: Verdict;
  readonly fault?: string;
}

/** Of a machine without a sandbox, when a verdict was to count. */
export const UNISOLATED =
  'Nothing on this machine isolates the answer: bubblewrap is missing, and namespaces are not allowed. ' +
  'Install bubblewrap, or say --trust-students.';

/** Whatever an exercise allows, nobody waits longer for a verdict from the embedded engine. */
const LIMIT_MS = 180_000;

/** Real brokers are started anew for each seed, one after the other. */
function limitMs({ info }: Exercise, engine: EngineName): number {
  if (engine === 'warren') return LIMIT_MS;
  const { wallMs } = { ...DEFAULT_LIMITS, ...info.limits };
  return LIMIT_MS + (info.seeds.visible.length + info.seeds.hidden) * wallMs;
}

/** `progress` is told in a sentence what is being done, from one second on. Rejects only if there is no such exercise. */
export async function askForVerdict(
  question: Pick<Asked, 'exercises' | 'id' | 'answer'> & Partial<Asked>,
  progress: (text: string) => void = () => undefined,
): Promise<Verdict> {
  const isolation = question.isolation ?? tightestSandbox().isolation;
  const asked: Asked = { engine: 'warren', graded: false, readable: [], trustStudents: false, ...question, isolation };
  const exercise = readExercise(asked.exercises, asked.id);
  const refuse = (text: string): Verdict => unjudged(exercise, "grader's fault", text, asked.engine, isolation);
  if (asked.graded && isolation === 'none' && !asked.trustStudents && asked.answer.kind !== 'lines') return refuse(UNISOLATED);
  const late = lateProgress(progress);
  const child = takeJudge();
  const allowedMs = limitMs(exercise, asked.engine);
  const complaints: Buffer[] = [];
  child.stderr?.on('data', (bytes: Buffer) => complaints.push(bytes));
  const told = await new Promise<Told>((resolve) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ fault: `There was no verdict after ${allowedMs / 1000} s.` });
    }, allowedMs);
    child.on('message', (message: Told) => {
      if (message.progress !== undefined) late.tell(message.progress);
      else resolve(message);
    });
    child.on('error', (error) => resolve({ fault: error.message }));
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ fault: ended(Buffer.concat(complaints).toString(), code, signal) });
    });
    child.send(asked, (error) => (error === null ? undefined : resolve({ fault: error.message })));
  });
  late.end();
  return told.verdict ?? refuse(told.fault ?? '');
}

/** Of what Node complained of, the line that names the error: around it stand source lines of whatever threw. */
function ended(complaints: string, code: number | null, signal: string | null): string {
  const named = /^(?:FATAL ERROR|\w*Error\b).*$/m.exec(complaints)?.[0] ?? 'without a word';
  return `The judging process ended (${signal ?? code}): ${named.slice(0, 300)}.`;
}
