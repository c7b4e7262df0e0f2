/**
 * Compiles an answer inside a sandbox, for its text is as little to be trusted as what it does: `node compile.cjs
 * TYPESCRIPT FILE`, the folder of the package typescript and the file.
 * Prints one JSON line: { js, problems: [{ line, column, text }], unknown: [{ line, name }] }.
 */
'use strict';
const fs = require('node:fs');

const [, , typescript = '', file = ''] = process.argv;
/** @type {typeof import('typescript')} */
const ts = require(typescript);

const text = fs.readFileSync(file, 'utf8');
const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);

/** @param {number} position */
function placeOf(position) {
  const { line, character } = source.getLineAndCharacterOfPosition(position);
  return { line: line + 1, column: character + 1 };
}

/** What every module of Node has without importing it. */
const KNOWN = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...['require', 'module', 'exports', '__filename', '__dirname', 'undefined', 'arguments'],
]);

/** Names that nothing in the text declares: they stood in another cell. */
function unknownNames() {
  /** @type {Map<string, number>} */
  const found = new Map();
  const declared = declaredNames();
  const visit = (/** @type {import('typescript').Node} */ node) => {
    // Types are gone when it runs; members of an interface are properties of nothing yet.
    if (ts.isInterfaceDeclaration(node) || (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node))) return;
    if (ts.isIdentifier(node) && isUse(node) && !declared.has(node.text) && !KNOWN.has(node.text) && !found.has(node.text))
      found.set(node.text, node.getStart(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found].map(([name, position]) => ({ name, line: placeOf(position).line }));
}

/** All names that are declared anywhere in the text: what is missing from it is missing everywhere. @returns {Set<string>} */
function declaredNames() {
  const names = new Set();
  const visit = (/** @type {import('typescript').Node} */ node) => {
    const name = /** @type {{ name?: import('typescript').Node }} */ (node).name;
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionLike(node) ||
      ts.isClassLike(node) ||
      ts.isImportClause(node) ||
      ts.isImportSpecifier(node) ||
      ts.isNamespaceImport(node) ||
      ts.isImportEqualsDeclaration(node) ||
      ts.isEnumDeclaration(node) ||
      ts.isModuleDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isInterfaceDeclaration(node);
    if (declares && name !== undefined && ts.isIdentifier(name)) names.add(name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** Whether an identifier stands for a value, not for a property or a label. @param {import('typescript').Identifier} node */
function isUse(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return (
    !(ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isAccessor(parent) || ts.isEnumMember(parent)) ||
    parent.name !== node
  );
}

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
const { outputText, diagnostics = [] } = ts.transpileModule(text, { compilerOptions, fileName: file, reportDiagnostics: true });
const problems = diagnostics.map(({ start = 0, messageText }) => ({
  ...placeOf(start),
  text: ts.flattenDiagnosticMessageText(messageText, ' '),
}));
process.stdout.write(`${JSON.stringify({ js: outputText, problems, unknown: unknownNames() })}\n`);
