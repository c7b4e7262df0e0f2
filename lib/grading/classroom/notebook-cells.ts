/** Of a student's notebook what can be judged: the sources of its cells. Its outputs may be large, and judge nothing. */
import { AnswerError } from '../answer/answer';
import { answerInNotebook } from '../answer/notebook';
import { ClassError } from './class-error';

/** With its outputs; what is kept has none. */
export const NOTEBOOK_BYTES_MAX: number = 32 << 20;

/** A notebook's sources alone, as a notebook. Throws ClassError, for its author, if it is none. */
export function cellsOf(text: string): string {
  let notebook: { cells?: unknown };
  try {
    notebook = JSON.parse(text) as { cells?: unknown };
  } catch {
    throw new ClassError('The notebook cannot be read as JSON; save it once more.');
  }
  type Cell = { cell_type?: unknown; source?: unknown; metadata?: { nbgrader?: unknown } } | null;
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as Cell[]) : [];
  // nbgrader's mark may say which exercise a cell answers.
  const sources = cells.map((cell) => {
    const { cell_type, source, metadata } = cell ?? {};
    return { cell_type, metadata: { nbgrader: metadata?.nbgrader }, source };
  });
  return JSON.stringify({ cells: sources, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

export function answeredIn(notebook: string, exercise: string): boolean {
  try {
    answerInNotebook(notebook, exercise);
    return true;
  } catch (error) {
    if (error instanceof AnswerError) return false;
    throw error;
  }
}
