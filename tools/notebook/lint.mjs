/**
 * What can be seen to be wrong in a notebook without running it: things that must not be committed, and traps of the
 * TypeScript kernel. Each rule is one entry of a table; the tests show each one fail.
 *
 * The kernel traps are those of *unmodified* tslab, so that a notebook also runs for somebody who has only that.
 */
import ts from 'typescript';
import { declaredNames, isFunction, parse, positionOf, scopeOf, walk } from '../syntax.mjs';
import { KERNELSPEC } from './read.mjs';

/** @typedef {{ rule: string, cell?: number, id?: string, line?: number, text: string }} Fault */

const CELL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * Rules on the file. Each yields [cell number or undefined, text].
 * @type {Record<string, (raw: any) => Generator<[number | undefined, string]>>}
 */
const FILE_RULES = {
  *outputs(raw) {
    for (const [index, cell] of raw.cells.entries()) {
      if (cell.outputs?.length) yield [index + 1, 'has outputs; run "npm run notebooks -- --strip FILE" before committing'];
    }
  },
  *'execution-count'(raw) {
    for (const [index, cell] of raw.cells.entries()) {
      if (cell.execution_count != null)
        yield [index + 1, 'has an execution count; run "npm run notebooks -- --strip FILE" before committing'];
    }
  },
  *'cell-id'(raw) {
    if (raw.nbformat_minor < 5) yield [undefined, `is format 4.${raw.nbformat_minor}; cell ids need 4.5`];
    const seen = new Map();
    for (const [index, { id }] of raw.cells.entries()) {
      if (typeof id !== 'string' || !CELL_ID.test(id))
        yield [index + 1, 'has no valid id (1 to 64 of letters, digits, "-" and "_")'];
      else if (seen.has(id)) yield [index + 1, `has the id "${id}" of cell ${seen.get(id)}`];
      else seen.set(id, index + 1);
    }
  },
  *kernelspec(raw) {
    const spec = raw.metadata?.kernelspec ?? {};
    for (const [key, value] of Object.entries(KERNELSPEC)) {
      if (spec[key] !== value) yield [undefined, `metadata.kernelspec.${key} is ${JSON.stringify(spec[key])}, not "${value}"`];
    }
  },
};

/**
 * Rules on one cell's code. Each yields the node that is at fault and what to do.
 * @type {Record<string, (file: ts.SourceFile) => Generator<[ts.Node, string]>>}
 */
const CELL_RULES = {
  *'import-outside'(file) {
    for (const node of nodesOf(file)) {
      const from = importedFrom(node);
      if (from && /^(\.\.(\/|$)|\/|[a-zA-Z]:[\\/]|file:)/.test(from)) {
        yield [node, `imports "${from}", which lies outside the notebook's folder; import the package "warren"`];
      }
    }
  },
  *await(file) {
    const awaits = nodesOf(file).filter((node) => isAwait(node) && isTopLevel(node));
    if (awaits.length > 0 && !awaits.some(isPlainAwait)) {
      yield [
        awaits[0],
        'is a form of await that plain tslab does not notice by itself; await a name here, or put "await null;" first',
      ];
    }
  },
  *export(file) {
    for (const statement of file.statements) {
      const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
      const exported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      // The parser's own "export {};" stands last; comments at the end of the cell count to it, but not to its start.
      const own = ts.isExportDeclaration(statement) && statement.getStart() < file.text.length - 'export {};'.length;
      if (exported || own || ts.isExportAssignment(statement))
        yield [statement, 'exports; a cell shares what it declares without that'];
    }
  },
  /**
   * Where the value's type was declared or inferred in an earlier cell, tslab takes the property's name for a variable of that
   * cell and writes `exports.` before it, so that the pattern declares a variable `exports`. In a declaration the cell then fails
   * with "Identifier 'exports' has already been declared" or on first use; in a parameter, as soon as the function uses a name of
   * an earlier cell. Types are not known here, so the form is refused wherever it stands. Shorthand, array patterns, a quoted or
   * computed property name, assignment to existing variables and catch clauses are not affected.
   */
  *destructuring(file) {
    for (const node of nodesOf(file)) {
      if (!ts.isBindingElement(node) || !node.propertyName || !ts.isIdentifier(node.propertyName) || isCaught(node)) continue;
      const name = node.propertyName.text;
      const form = ts.isIdentifier(node.name) ? `renames "${name}" to "${node.name.text}"` : `takes "${name}" apart`;
      yield [node, `${form} in a pattern, which plain tslab breaks for values of earlier cells; read ".${name}" instead`];
    }
  },
  *using(file) {
    for (const node of nodesOf(file)) {
      const kind = ts.isVariableDeclarationList(node) ? node.flags & ts.NodeFlags.BlockScoped : 0;
      if (kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing)
        yield [node, '"using" is newer than the kernel\'s TypeScript; use try/finally'];
    }
  },
  *'process-exit'(file) {
    for (const node of nodesOf(file))
      if (isCallOf(node, 'process', ['exit', 'abort', 'kill'])) yield [node, 'would end the kernel'];
  },
  *'stdio-inherit'(file) {
    for (const node of nodesOf(file)) {
      if (!ts.isPropertyAssignment(node) || node.name.getText() !== 'stdio') continue;
      if (nodesOf(node).some((below) => ts.isStringLiteralLike(below) && below.text === 'inherit')) {
        yield [node, "writes past the notebook into the kernel's own terminal; use pipes"];
      }
    }
  },
  *'display-svg'(file) {
    for (const node of nodesOf(file)) {
      if (isCallOf(node, 'display', ['svg'])) yield [node, 'comes out blank in exported pages; put the <svg> into display.html'];
    }
  },
  *'trailing-timer'(file) {
    const last = file.statements.at(-2);
    if (!last || !ts.isExpressionStatement(last) || !ts.isCallExpression(last.expression)) return;
    const callee = last.expression.expression;
    if (ts.isIdentifier(callee) && /^set(Timeout|Interval|Immediate)$/.test(callee.text)) {
      yield [last, 'is the value of the cell, so its inner fields are printed; end the cell with something else, e.g. "void 0;"'];
    }
  },
};

/**
 * Rules across cells: what one cell does to the names of another.
 * @type {Record<string, (files: Map<number, ts.SourceFile>) => Generator<[ts.Node, number, string]>>}
 */
const NOTEBOOK_RULES = {
  *'shared-let'(files) {
    for (const [owner, file] of files) {
      const captured = new Set(capturedLets(file));
      for (const [other, otherFile] of files) {
        if (other === owner) continue;
        for (const identifier of assignedNames(otherFile)) {
          if (!captured.has(identifier.text) || scopeOf(identifier) !== null) continue;
          const { text } = identifier;
          yield [
            identifier,
            other,
            `assigns "${text}", but functions of cell ${owner} keep their own copy; share an object instead`,
          ];
        }
      }
    }
  },
  *'class-redeclared'(files) {
    const seen = new Map();
    for (const [number, file] of files) {
      for (const statement of file.statements) {
        if (!ts.isClassDeclaration(statement) || !statement.name) continue;
        const first = seen.get(statement.name.text);
        if (first !== undefined)
          yield [
            statement,
            number,
            `declares class ${statement.name.text} again (cell ${first}); objects made before keep the old one`,
          ];
        else seen.set(statement.name.text, number);
      }
    }
  },
};

export const RULES = [...Object.keys(FILE_RULES), 'syntax', ...Object.keys(CELL_RULES), ...Object.keys(NOTEBOOK_RULES)];

/** @param {import('./read.mjs').Notebook} notebook @returns {Fault[]} */
export function lintNotebook({ raw, cells }) {
  /** @type {Fault[]} */
  const faults = [];
  const idOf = (/** @type {number} */ number) => cells[number - 1]?.id;
  for (const [rule, check] of Object.entries(FILE_RULES)) {
    for (const [cell, text] of check(raw)) faults.push({ rule, cell, id: cell ? idOf(cell) : undefined, text });
  }
  const files = new Map(
    cells.filter(({ type }) => type === 'code').map(({ number, source }) => [number, parse(`cell-${number}.ts`, source)]),
  );
  for (const [cell, file] of files) {
    // TypeScript keeps what the parser found here; a cell that does not parse cannot be judged further.
    const broken = /** @type {any} */ (file).parseDiagnostics[0];
    if (broken) {
      const line = file.getLineAndCharacterOfPosition(broken.start).line + 1;
      faults.push({ rule: 'syntax', cell, id: idOf(cell), line, text: ts.flattenDiagnosticMessageText(broken.messageText, ' ') });
      continue;
    }
    for (const [rule, check] of Object.entries(CELL_RULES)) {
      for (const [node, text] of check(file)) faults.push({ rule, cell, id: idOf(cell), line: positionOf(node).line, text });
    }
  }
  for (const [rule, check] of Object.entries(NOTEBOOK_RULES)) {
    for (const [node, cell, text] of check(files)) faults.push({ rule, cell, id: idOf(cell), line: positionOf(node).line, text });
  }
  return faults;
}

/** @param {{ cell?: number, id?: string, line?: number }} fault @returns {string} e.g. `, cell 3 "send", line 2` */
export function placeOf({ cell, id, line }) {
  return `${cell ? `, cell ${cell}` : ''}${cell && id ? ` "${id}"` : ''}${line ? `, line ${line}` : ''}`;
}

/** @param {string} file @param {Fault} fault */
export const faultLine = (file, fault) => `${file}${placeOf(fault)}: ${fault.text} [${fault.rule}]`;

/** @param {ts.Node} node @returns {ts.Node[]} */
function nodesOf(node) {
  /** @type {ts.Node[]} */
  const nodes = [];
  walk(node, (below) => nodes.push(below));
  return nodes;
}

function importedFrom(/** @type {ts.Node} */ node) {
  if (
    (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
    node.moduleSpecifier &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    return node.moduleSpecifier.text;
  }
  if (!ts.isCallExpression(node)) return null;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  const [argument] = node.arguments;
  if (!isRequire && node.expression.kind !== ts.SyntaxKind.ImportKeyword) return null;
  return argument && ts.isStringLiteralLike(argument) ? argument.text : null;
}

const isAwait = (/** @type {ts.Node} */ node) =>
  ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);

function isTopLevel(/** @type {ts.Node} */ node) {
  for (let up = node.parent; up; up = up.parent) if (isFunction(up) || ts.isClassLike(up)) return false;
  return true;
}

/** tslab's TypeScript takes `await` for a keyword only if a name, a word or a literal follows on the same line. */
function isPlainAwait(/** @type {ts.Node} */ node) {
  if (!ts.isAwaitExpression(node)) return false;
  const text = node.getText().slice('await'.length);
  return /^[ \t]*(\/\*.*?\*\/[ \t]*)*[\p{L}\p{Nd}_$'"]/u.test(text);
}

function isCallOf(/** @type {ts.Node} */ node, /** @type {string} */ object, /** @type {string[]} */ methods) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  return ts.isIdentifier(expression) && expression.text === object && methods.includes(name.text);
}

/** A caught value is of no declared type. */
function isCaught(/** @type {ts.BindingElement} */ element) {
  /** @type {ts.Node} */
  let node = element;
  while (ts.isBindingElement(node)) node = node.parent.parent;
  return ts.isCatchClause(node.parent);
}

/** Names that a cell declares with `let` or `var` at its top and uses inside a function. */
function* capturedLets(/** @type {ts.SourceFile} */ file) {
  const lets = new Set();
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement) && !(statement.declarationList.flags & ts.NodeFlags.Const)) {
      for (const name of declaredNames(statement)) lets.add(name);
    }
  }
  for (const node of nodesOf(file)) {
    if (ts.isIdentifier(node) && lets.has(node.text) && !isTopLevel(node) && scopeOf(node) === file) yield node.text;
  }
}

const isAssignment = (/** @type {ts.SyntaxKind} */ kind) =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

/** Identifiers that are assigned to, incremented or destructured into. */
function* assignedNames(/** @type {ts.SourceFile} */ file) {
  for (const node of nodesOf(file)) {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) yield* identifiersIn(node.left);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const changes = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
      if (changes && ts.isIdentifier(node.operand)) yield node.operand;
    }
  }
}

/** @param {ts.Expression} target @returns {Generator<ts.Identifier>} */
function* identifiersIn(target) {
  if (ts.isIdentifier(target)) yield target;
  else if (ts.isParenthesizedExpression(target)) yield* identifiersIn(target.expression);
  else if (ts.isArrayLiteralExpression(target)) for (const element of target.elements) yield* identifiersIn(element);
  else if (ts.isObjectLiteralExpression(target)) {
    for (const property of target.properties) {
      if (ts.isShorthandPropertyAssignment(property)) yield property.name;
      else if (ts.isPropertyAssignment(property)) yield* identifiersIn(property.initializer);
    }
  }
}
