/** What a submission says of itself: submission.json in the zip. */
import { hashOfFiles } from './files';

export interface Submission {
  readonly schema: 1;
  readonly class: string;
  readonly student: string;
  /** The student's clock, ISO 8601. */
  readonly at: string;
  /** Of whom it was packed by: versions of the course and of Node. */
  readonly versions: { readonly warren: string; readonly node: string };
  /** Exercises, with the version that the student had. */
  readonly exercises: Readonly<Record<string, { readonly version: number }>>;
  /** Of all other files in the zip, by their names and contents. */
  readonly hash: string;
}

export const SUBMISSION_FILE = 'submission.json';

/** The hash that `submission.json` must name. */
export function submissionHash(files: ReadonlyMap<string, Buffer>): string {
  return hashOfFiles(new Map([...files].filter(([name]) => name !== SUBMISSION_FILE)));
}

/** Which exercise a file of the zip answers, and its path within that answer; null: another file, such as the history. */
export function answerPath(name: string): { exercise: string; file: string } | null {
  const [, exercise, rest] = /^answers\/([a-z0-9-]+)(\.(?:ts|js|txt|ipynb)|\/.+)$/.exec(name) ?? [];
  if (exercise === undefined || rest === undefined) return null;
  return { exercise, file: rest.startsWith('/') ? rest.slice(1) : `${exercise}${rest}` };
}

/** The value if it is a submission's; null for anything else. */
export function submissionOf(text: string): Submission | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { schema, class: of, student, at, hash, exercises } = value as Partial<Submission>;
  const texts = [of, student, at, hash].every((each) => typeof each === 'string' && each.length < 200);
  const dated = typeof at === 'string' && !Number.isNaN(Date.parse(at));
  return schema === 1 && texts && dated && typeof exercises === 'object' && exercises !== null ? (value as Submission) : null;
}
