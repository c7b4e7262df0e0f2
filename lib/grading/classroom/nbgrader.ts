/**
 * Marks exercise cells of a notebook for nbgrader (metadata of schema 3), so that it can hand the notebook out, collect it, and
 * keep a grade for each of them. A cell is the student's and is graded by hand there: the number that a kernel shows proves
 * nothing, and that of `warren class grade` is what is entered.
 */
import type { ExerciseInfo } from '../exercise';

interface Cell {
  readonly cell_type?: unknown;
  readonly source?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The notebook with its cells marked that call check('<id>', ...) or predict for one of these; others are left as they are. */
export function markForNbgrader(notebook: string, exercises: readonly ExerciseInfo[]): string {
  const parsed = JSON.parse(notebook) as { cells?: readonly Cell[] };
  const marked = new Set<string>();
  const cells = (parsed.cells ?? []).map((cell) => {
    const exercise = cell.cell_type === 'code' ? exercises.find(({ id }) => callsCheck(textOf(cell), id)) : undefined;
    // A grade_id must be there once.
    if (exercise === undefined || marked.has(exercise.id)) return cell;
    marked.add(exercise.id);
    return { ...cell, metadata: { ...cell.metadata, nbgrader: metadataOf(exercise) } };
  });
  return `${JSON.stringify({ ...parsed, cells }, null, 1)}\n`;
}

/** nbgrader's `SchemaValidatorV3`: a solution cell with points, which is graded by hand. */
function metadataOf({ id, checks }: ExerciseInfo): Readonly<Record<string, unknown>> {
  const points = checks.reduce((sum, check) => sum + check.points, 0);
  return { schema_version: 3, grade_id: id, grade: true, solution: true, locked: false, task: false, points };
}

function callsCheck(source: string, id: string): boolean {
  return new RegExp(`\\b(?:check|predict)\\(\\s*['"\`]${id}['"\`]`).test(source);
}

function textOf({ source }: Cell): string {
  return Array.isArray(source) ? source.join('') : String(source ?? '');
}
