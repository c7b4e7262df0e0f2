/** The teacher's own marks: marks.json, which no command but `review` writes, so that they are there after every regrade. */
import type { ClassFolder } from './class-folder';
import { readJson, writeJson } from './files';

export interface Mark {
  /** In the place of the grader's points. */
  readonly points: number;
  /** For the student. */
  readonly note: string;
  readonly at: string;
}

/** By student and exercise. */
export type Marks = Readonly<Record<string, Readonly<Record<string, Mark>>>>;

export function readMarks(of: ClassFolder): Marks {
  return readJson<Marks>(of.at('marks.json')) ?? {};
}

/** Sets a mark, or takes it back (null). Throws ClassError if there is no such student or exercise. */
export function setMark(of: ClassFolder, student: string, exercise: string, mark: Mark | null): void {
  of.student(student);
  of.due(exercise);
  const marks = readMarks(of);
  const { [exercise]: _before, ...others } = marks[student] ?? {};
  writeJson(of.at('marks.json'), { ...marks, [student]: mark === null ? others : { ...others, [exercise]: mark } });
}
