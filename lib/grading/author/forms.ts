/** The same answer as a student would hand it over in a notebook: its verdict must be that of the file. */
import type * as typescript from 'typescript';
import type { Answer } from '../answer/answer';
import type { ExerciseInfo } from '../exercise';
import { predictionIn } from '../student/prediction';
import { compiler } from './findings-of';

/** A notebook whose one cell holds this answer. A folder with run.sh stays what it is: no cell can hold it. */
export function inNotebook(answer: Answer, { id, role }: ExerciseInfo): Answer {
  if (answer.kind === 'folder') return answer;
  const call = (word: string, argument: string): Answer => {
    const source = `await ${word}('${id}', ${argument});`;
    return { kind: 'notebook', text: JSON.stringify({ nbformat: 4, cells: [{ cell_type: 'code', metadata: {}, source }] }) };
  };
  if (role === 'prediction') return call('predict', JSON.stringify(predictionIn(answer)));
  if (answer.kind === 'lines') return call('check', JSON.stringify(answer.lines));
  if (answer.kind !== 'module') throw new Error(`An author's answer is no ${answer.kind}.`);
  return call('check', functionOf(answer.text) ?? JSON.stringify(answer.text));
}

/**
 * The default function of a module, in which everything else that the module declares now lies. Null if it exports no such
 * function, or imports values, which a cell's function cannot.
 */
export function functionOf(text: string): string | null {
  const ts = compiler();
  const source = ts.createSourceFile('answer.ts', text, ts.ScriptTarget.ES2022, true);
  const main = source.statements.find((each): each is typescript.FunctionDeclaration => isDefaultFunction(ts, each));
  if (main === undefined) return null;
  const others = source.statements.filter((each) => each !== main && !isTypeImport(ts, each));
  if (others.some((each) => ts.isImportDeclaration(each) || ts.isExportAssignment(each) || isExported(ts, each))) return null;
  const own = main.getText().replace(/^export default /, '');
  if (others.length === 0) return own;
  return `(context) => {\n${others.map((each) => each.getText()).join('\n')}\nreturn (${own})(context);\n}`;
}

function isDefaultFunction(ts: typeof typescript, node: typescript.Statement): boolean {
  return ts.isFunctionDeclaration(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true;
}

function isExported(ts: typeof typescript, node: typescript.Statement): boolean {
  return ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function isTypeImport(ts: typeof typescript, node: typescript.Statement): boolean {
  return ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true;
}
