/**
 * The answer in a notebook: what its last valid cell hands to `check('<exercise>', ...)` or `predict('<exercise>', ...)`. A cell
 * that was duplicated, or broken afterwards, takes nothing away. The notebook is somebody else's: sizes and time are bounded.
 */
import * as vm from 'node:vm';
import type * as TypeScript from 'typescript';
import { harmless } from '../report/messages';
import { AnswerError, FILE_BYTES_MAX, type Answer } from './answer';

/** Cells that speak of one exercise and are looked at, from the last one up. */
const CELLS_MAX = 100;
/** Of the processor: a busy machine is no fault of the notebook's. */
const PARSING_MS = 3000;
/** Nobody waits longer for it, however busy the machine is. */
const PARSING_LIMIT_MS = 60_000;

export type PlainAnswer = Exclude<Answer, { kind: 'notebook' }>;

export interface FoundAnswer {
  readonly answer: PlainAnswer;
  /** What its author should know of how it was found. */
  readonly notes: readonly string[];
}

/** Finds the answer to an exercise in a notebook's text. Throws AnswerError if there is none that can be read. */
export function answerInNotebook(text: string, id: string): FoundAnswer {
  try {
    return inTime(PARSING_MS, () => found(codeCells(text), id));
  } catch (error) {
    if (error instanceof AnswerError) throw error;
    const why = isTimeOut(error) ? `reading it took more than ${PARSING_MS / 1000} s` : (error as Error).message;
    throw new AnswerError(`The notebook's cells cannot be read: ${why}.`);
  }
}

/**
 * Runs `work` and ends it after so many milliseconds, also in the midst of a loop, as nothing but V8 itself can. V8 counts by the
 * wall clock: if less than half of the time was this process's own, `work` is begun anew with four times as much.
 */
function inTime<T>(cpuMs: number, work: () => T): T {
  // Loading it is not the notebook's time.
  typescript();
  for (let ms = cpuMs; ; ms *= 4) {
    const began = process.cpuUsage();
    try {
      return vm.runInNewContext('work()', { work }, { timeout: ms }) as T;
    } catch (error) {
      const { user, system } = process.cpuUsage(began);
      if (!isTimeOut(error) || user + system > (cpuMs / 2) * 1000 || ms * 4 > PARSING_LIMIT_MS) throw error;
    }
  }
}

function isTimeOut(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

interface CodeCell {
  /** Among all cells, from 1. */
  readonly place: number;
  readonly text: string;
  /** The exercise that nbgrader knows it by. */
  readonly gradeId: string | null;
}

function codeCells(text: string): CodeCell[] {
  let notebook: unknown;
  try {
    notebook = JSON.parse(text);
  } catch {
    throw new AnswerError('The file is no notebook: it cannot be read as JSON.');
  }
  const cells = fieldOf(notebook, 'cells');
  if (!Array.isArray(cells)) throw new AnswerError('The file is no notebook of version 4: it has no cells.');
  return cells.flatMap((cell: unknown, index) => {
    if (fieldOf(cell, 'cell_type') !== 'code') return [];
    const source = fieldOf(cell, 'source');
    const lines = Array.isArray(source) ? source : [source];
    const gradeId = fieldOf(fieldOf(fieldOf(cell, 'metadata'), 'nbgrader'), 'grade_id');
    return [
      {
        place: index + 1,
        text: lines.filter((line) => typeof line === 'string').join(''),
        gradeId: typeof gradeId === 'string' ? gradeId : null,
      },
    ];
  });
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function found(cells: readonly CodeCell[], id: string): FoundAnswer {
  const about = cells.filter(({ text, gradeId }) => gradeId === id || (text.includes(id) && /\b(?:check|predict)\b/.test(text)));
  const notes: string[] = [];
  let taken: { answer: PlainAnswer; place: number } | null = null;
  let others = 0;
  let firstFault = '';
  for (const cell of about.slice(-CELLS_MAX).reverse()) {
    if (taken !== null) {
      if (callsFor(cell, id)) others += 1;
      continue;
    }
    const read = answerOfCell(cell, cells, id);
    if (read === null) continue;
    if (typeof read !== 'string') taken = { answer: read, place: cell.place };
    else {
      firstFault ||= `Cell ${cell.place}: ${read}`;
      notes.push(`Cell ${cell.place} was left out: ${read}`);
    }
  }
  if (taken === null) {
    throw new AnswerError(firstFault || `No cell of the notebook calls check('${id}', ...).`);
  }
  if (others > 0) {
    const count = others === 1 ? 'Another cell answers' : `${others} other cells answer`;
    notes.push(`${count} this exercise too; the last one, cell ${taken.place}, was taken.`);
  }
  return { answer: taken.answer, notes: notes.map(harmless) };
}

/** The answer of a cell; null if it is about something else; what is wrong with it in words. */
function answerOfCell(cell: CodeCell, cells: readonly CodeCell[], id: string): PlainAnswer | string | null {
  if (Buffer.byteLength(cell.text) > FILE_BYTES_MAX) return `it has more than ${FILE_BYTES_MAX} octets.`;
  const source = parsed(cell.text);
  const call = lastCall(source, id);
  const argument = call === null ? null : (call.arguments[1] ?? null);
  if (call === null && cell.gradeId !== id) return null;
  const fault = syntaxFault(source);
  if (fault !== null) return fault;
  if (call === null) return lastFunction(source) ?? `it does not call check('${id}', ...).`;
  if (argument === null) return 'nothing is handed over beside the name of the exercise.';
  if (nameOfCall(call) === 'predict') return predictionOf(argument);
  return answerOfArgument(argument, source) ?? answerByName(argument, cell, cells) ?? noAnswer(argument, source);
}

function callsFor(cell: CodeCell, id: string): boolean {
  if (Buffer.byteLength(cell.text) > FILE_BYTES_MAX) return false;
  return cell.gradeId === id || lastCall(parsed(cell.text), id) !== null;
}

/** Loaded only here: it is large, and most answers come without a notebook. */
function typescript(): typeof TypeScript {
  return require('typescript') as typeof TypeScript;
}

/** As a module, so that `await` stands for itself. */
function parsed(text: string): TypeScript.SourceFile {
  const ts = typescript();
  return ts.createSourceFile('cell.ts', `${text}\nexport {};\n`, ts.ScriptTarget.ES2022, true);
}

function syntaxFault(source: TypeScript.SourceFile): string | null {
  const ts = typescript();
  // What `transpileModule` reports of a text without emitting it first; TypeScript does not declare it.
  const [fault] = (source as unknown as { parseDiagnostics: readonly TypeScript.DiagnosticWithLocation[] }).parseDiagnostics;
  if (fault === undefined) return null;
  const { line } = source.getLineAndCharacterOfPosition(fault.start);
  return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`;
}

function nameOfCall({ expression }: TypeScript.CallExpression): string {
  const ts = typescript();
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

function lastCall(source: TypeScript.SourceFile, id: string): TypeScript.CallExpression | null {
  const ts = typescript();
  let last: TypeScript.CallExpression | null = null;
  const visit = (node: TypeScript.Node): void => {
    if (ts.isCallExpression(node) && ['check', 'predict'].includes(nameOfCall(node))) {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first) && first.text === id) last = node;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return last;
}

/** What `check` would be given: a function's source, a module's text, or command lines. */
function answerOfArgument(given: TypeScript.Expression, source: TypeScript.SourceFile): PlainAnswer | null {
  const ts = typescript();
  const argument = bare(given);
  if (ts.isArrowFunction(argument) || ts.isFunctionExpression(argument))
    return { kind: 'function', text: argument.getText(source) };
  if (ts.isStringLiteralLike(argument)) return { kind: 'module', text: argument.text };
  if (!ts.isArrayLiteralExpression(argument)) return null;
  const lines = argument.elements.map(bare);
  return lines.every(ts.isStringLiteralLike) ? { kind: 'lines', lines: lines.map(({ text }) => text) } : null;
}

/** Without brackets and remarks for the compiler around it. */
function bare(expression: TypeScript.Expression): TypeScript.Expression {
  const ts = typescript();
  let inner = expression;
  while (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner) || ts.isSatisfiesExpression(inner))
    inner = inner.expression;
  return inner;
}

/** What a name stood for when the cell was run from the top: its last declaration in this cell or in one above. */
function answerByName(argument: TypeScript.Expression, cell: CodeCell, cells: readonly CodeCell[]): PlainAnswer | null {
  const ts = typescript();
  const name = bare(argument);
  if (!ts.isIdentifier(name)) return null;
  const above = cells.filter(({ place, text }) => place <= cell.place && text.includes(name.text));
  for (const { text } of above.slice(-CELLS_MAX).reverse()) {
    if (Buffer.byteLength(text) > FILE_BYTES_MAX) continue;
    const source = parsed(text);
    if (syntaxFault(source) !== null) continue;
    const declared = declarationOf(name.text, source);
    if (declared !== null) return declared;
  }
  return null;
}

function declarationOf(name: string, source: TypeScript.SourceFile): PlainAnswer | null {
  const ts = typescript();
  let answer: PlainAnswer | null = null;
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name)
      answer = { kind: 'function', text: statement.getText(source) };
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: variable, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(variable) && variable.text === name && initializer !== undefined)
        answer = answerOfArgument(initializer, source);
  }
  return answer;
}

/** Of a cell that is known by its metadata: the last function that it declares. */
function lastFunction(source: TypeScript.SourceFile): PlainAnswer | null {
  const ts = typescript();
  const names = source.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return statement.name === undefined ? [] : [statement.name.text];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  });
  for (const name of names.reverse()) {
    const answer = declarationOf(name, source);
    if (answer?.kind === 'function') return answer;
  }
  return null;
}

/** A prediction is data: a number, a text, true or false, or a list of them. */
function predictionOf(argument: TypeScript.Expression): PlainAnswer | string {
  const value = literalOf(bare(argument));
  return value === undefined ? 'a prediction is a number, a text or a list of them.' : { kind: 'prediction', value };
}

type Scalar = string | number | boolean;

function literalOf(node: TypeScript.Expression): Scalar | Scalar[] | undefined {
  const ts = typescript();
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map((element) => literalOf(bare(element)));
    return items.every((item) => item !== undefined && !Array.isArray(item)) ? (items as Scalar[]) : undefined;
  }
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand))
    return -Number(node.operand.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  return node.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
}

function noAnswer(argument: TypeScript.Expression, source: TypeScript.SourceFile): string {
  const text = argument.getText(source).slice(0, 60);
  return `'${text}' is neither a function written there nor one that a cell above declares by this name.`;
}
