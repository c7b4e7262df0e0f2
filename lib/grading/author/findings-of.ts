/** Reads the findings that a checks.ts can give from its text: their keys, and the names of the values that come with them. */
import type * as typescript from 'typescript';

export interface FoundChecks {
  /** Names of the checks, as `checks({ ... })` lists them. */
  readonly checks: readonly string[];
  readonly findings: readonly FoundFinding[];
  /** All texts that are written out: a key may be chosen from a table. */
  readonly strings: ReadonlySet<string>;
}

export interface FoundFinding {
  readonly key: string;
  /** Names in `with`; null where they are not written out. */
  readonly values: readonly string[] | null;
  readonly line: number;
}

type Node = typescript.Node;

/** The compiler, loaded only where it is needed: it is large. */
export function compiler(): typeof typescript {
  return require('typescript') as typeof typescript;
}

export function foundChecks(text: string): FoundChecks {
  const ts = compiler();
  const source = ts.createSourceFile('checks.ts', text, ts.ScriptTarget.ES2022, true);
  const checks: string[] = [];
  const findings: FoundFinding[] = [];
  const strings = new Set<string>();
  const visit = (node: Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'checks') {
      const [table] = node.arguments;
      if (table !== undefined && ts.isObjectLiteralExpression(table)) checks.push(...namesOf(ts, table));
    }
    if (ts.isStringLiteralLike(node)) strings.add(node.text);
    if (ts.isObjectLiteralExpression(node)) findings.push(...findingOf(ts, node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { checks, findings, strings };
}

/** Names of the environment that a scenario gives to programs: in `stage.env`, and in the option `env` of `stage.program`. */
export function environmentOf(text: string): string[] {
  const ts = compiler();
  const source = ts.createSourceFile('scenario.ts', text, ts.ScriptTarget.ES2022, true);
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (ts.isBinaryExpression(node) && /^stage\.env\b/.test(node.left.getText())) {
      const [, name] = /^stage\.env(?:\.|\[['"])(\w+)/.exec(node.left.getText()) ?? [];
      if (name !== undefined) found.add(name);
    }
    if (ts.isCallExpression(node) && /^Object\.assign$/.test(node.expression.getText())) {
      const [target, ...given] = node.arguments;
      if (target?.getText() === 'stage.env')
        for (const each of given) if (ts.isObjectLiteralExpression(each)) for (const name of namesOf(ts, each)) found.add(name);
    }
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'env' && ts.isObjectLiteralExpression(node.initializer))
      for (const name of namesOf(ts, node.initializer)) found.add(name);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found].sort();
}

/** An object with a property `text` whose value is a string, or chosen between several. */
function findingOf(
  ts: typeof typescript,
  node: typescript.ObjectLiteralExpression,
  source: typescript.SourceFile,
): FoundFinding[] {
  const property = (name: string) =>
    node.properties.find((each) => ts.isPropertyAssignment(each) && each.name.getText() === name) as
      | typescript.PropertyAssignment
      | undefined;
  const text = property('text');
  if (text === undefined) return [];
  const given = property('with')?.initializer;
  const values = given === undefined ? [] : ts.isObjectLiteralExpression(given) ? namesOf(ts, given) : null;
  const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  return stringsOf(ts, text.initializer).map((key) => ({ key, values, line }));
}

function stringsOf(ts: typeof typescript, node: typescript.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return stringsOf(ts, node.expression);
  if (ts.isConditionalExpression(node)) return [...stringsOf(ts, node.whenTrue), ...stringsOf(ts, node.whenFalse)];
  return [];
}

function namesOf(ts: typeof typescript, table: typescript.ObjectLiteralExpression): string[] {
  return table.properties.flatMap(({ name }) => {
    if (name === undefined) return [];
    return [ts.isStringLiteralLike(name) ? name.text : name.getText()];
  });
}
