/**
 * Runs the "your turn" part of a notebook with answers in its exercise cells. An answer is a function that takes the place
 * of the cell in which a function of the same name stands.
 *
 * The part stands on the notebook's first code cell alone, so that a reader may begin with the exercises; it is run like that.
 */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { load, ROOT } from '../unit/tools/load';

interface Cell {
  readonly id: string;
  readonly cell_type: string;
  readonly source: readonly string[];
}
interface CellResult {
  readonly cell: number;
  readonly outputs: ReadonlyArray<{ readonly output_type: string; readonly text?: string }>;
  readonly failure: { readonly ename: string; readonly evalue: string } | null;
}
interface Executor {
  executeNotebook(
    file: string,
    options: { mode: 'course'; limitMs: number },
  ): Promise<{ readonly results: readonly CellResult[]; readonly trouble: string | null }>;
}
interface Packages {
  ensureLibrary(): Promise<void>;
}

/** A minute of a lab on a real RabbitMQ (WARREN_ENGINE) is a minute; on our engine most of it is wound. */
export const SLOWNESS = process.env.WARREN_ENGINE === 'rabbitmq' ? 60 : 1;
const LIMIT_MS = 120_000 * SLOWNESS;
const NAMED_FUNCTIONS = /function (\w+)/g;

/** The functions of a solution file, by their names, without `export`. */
export function solutionsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isFunctionDeclaration).map((each) => each.getText().replace(/^export /, ''));
}

/** What each cell of the part printed, by the cell's id. Throws if a cell failed. */
export async function runYourTurn(notebook: string, answers: readonly string[]): Promise<Map<string, string>> {
  const { cells, ...rest } = JSON.parse(fs.readFileSync(path.join(ROOT, notebook), 'utf8')) as { cells: Cell[] };
  const code = cells.filter((cell) => cell.cell_type === 'code');
  const begin = cells.findIndex(({ id }) => id === 'your-turn');
  const part = [code[0] as Cell, ...cells.slice(begin).filter((cell) => cell.cell_type === 'code')];
  const filled = part.map((cell) => withAnswer(cell, answers));

  // Below the project's folder, where the package 'warren' is found.
  const state = path.join(ROOT, '.warren');
  fs.mkdirSync(state, { recursive: true });
  const folder = fs.mkdtempSync(path.join(state, 'your-turn-'));
  try {
    const file = path.join(folder, path.basename(notebook));
    fs.writeFileSync(file, JSON.stringify({ ...rest, cells: filled }));
    await (await load<Packages>('tools/setup/library.mjs')).ensureLibrary();
    const { executeNotebook } = await load<Executor>('tools/notebook/execute.mjs');
    const { results, trouble } = await executeNotebook(file, { mode: 'course', limitMs: LIMIT_MS });
    assert.equal(trouble, null);
    return new Map(results.map((result) => printed(filled[result.cell - 1] as Cell, result)));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Each answer must have its cell; an answer whose function stands nowhere would be a silent mistake. */
export function everyAnswerHasACell(notebook: string, answers: readonly string[]): void {
  const { cells } = JSON.parse(fs.readFileSync(path.join(ROOT, notebook), 'utf8')) as { cells: Cell[] };
  const texts = cells.filter(({ id }) => id.startsWith('exercise-')).map(({ source }) => source.join(''));
  const names = texts.flatMap((text) => [...text.matchAll(NAMED_FUNCTIONS)].map(([, name]) => name));
  assert.deepEqual(
    answers.map(nameIn).filter((name) => !names.includes(name)),
    [],
  );
}

function nameIn(text: string): string {
  return [...text.matchAll(NAMED_FUNCTIONS)][0]?.[1] ?? '';
}

/** A cell may hold several functions; then each is answered by itself. */
function withAnswer(cell: Cell, answers: readonly string[]): Cell {
  if (!cell.id.startsWith('exercise-')) return cell;
  const text = cell.source.join('');
  const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.Latest, true);
  const given = new Map(answers.map((answer) => [nameIn(answer), answer]));
  const pieces = file.statements.map((statement) => {
    const name = ts.isFunctionDeclaration(statement) ? (statement.name?.text ?? '') : '';
    return given.get(name) ?? statement.getText();
  });
  return { ...cell, source: [pieces.join('\n\n')] };
}

function printed(cell: Cell, { outputs, failure }: CellResult): [string, string] {
  assert.equal(failure, null, `${cell.id}: ${failure?.ename}: ${failure?.evalue}`);
  return [cell.id, outputs.map(({ text = '' }) => text).join('')];
}
