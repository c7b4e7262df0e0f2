/**
 * Where a name in a TypeScript file comes from, found in the syntax tree alone: enough to tell the global `process` from
 * a parameter of that name, and fast, since no program and no type checker is built.
 */
import ts from 'typescript';

/**
 * Parses as a module, so that a top-level `await (x)` is an await and not a call.
 * @param {string} name @param {string} text
 */
export function parse(name, text) {
  return ts.createSourceFile(name, `${text}\nexport {};`, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
}

/** @param {ts.Node} node @param {(node: ts.Node) => void} visit of every node below, parents first */
export function walk(node, visit) {
  ts.forEachChild(node, (child) => {
    visit(child);
    walk(child, visit);
  });
}

/** @param {ts.Node} node @returns {{ line: number, column: number }} from 1 */
export function positionOf(node) {
  const { line, character } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  return { line: line + 1, column: character + 1 };
}

/** @param {ts.Node} node @returns {boolean} */
export const isFunction = (node) => ts.isFunctionLike(node) && !ts.isFunctionTypeNode(node) && !ts.isMethodSignature(node);

/** The identifiers that a declaration's name binds: one, or those of a destructuring pattern. */
function* boundNames(/** @type {ts.BindingName | undefined} */ name) {
  if (!name) return;
  if (ts.isIdentifier(name)) yield name.text;
  else for (const element of name.elements) if (ts.isBindingElement(element)) yield* boundNames(element.name);
}

/** @param {ts.Statement} statement @returns {Generator<string>} */
export function* declaredNames(statement) {
  if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) yield* boundNames(name);
  else if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    if (clause?.name) yield clause.name.text;
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) yield bindings.name.text;
    if (bindings && ts.isNamedImports(bindings)) for (const element of bindings.elements) yield element.name.text;
  } else if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  ) {
    if (statement.name) yield statement.name.text;
  }
}

/** @param {ts.Node} scope @returns {Generator<string>} names that this node itself brings into being */
function* namesOf(scope) {
  if (ts.isFunctionLike(scope)) for (const { name } of scope.parameters) yield* boundNames(name);
  if (ts.isFunctionExpression(scope) && scope.name) yield scope.name.text;
  if (ts.isCatchClause(scope)) yield* boundNames(scope.variableDeclaration?.name);
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    const start = scope.initializer;
    if (start && ts.isVariableDeclarationList(start)) for (const { name } of start.declarations) yield* boundNames(name);
  }
  if (ts.isBlock(scope) || ts.isSourceFile(scope) || ts.isModuleBlock(scope) || ts.isCaseOrDefaultClause(scope)) {
    for (const statement of scope.statements) yield* declaredNames(statement);
  }
}

/** @param {ts.Identifier} identifier @returns {ts.Node | null} the scope that declares its name, or null: a global */
export function scopeOf(identifier) {
  for (let node = identifier.parent; node; node = node.parent)
    for (const name of namesOf(node)) if (name === identifier.text) return node;
  return null;
}

/** Whether the identifier stands for a value or type, rather than naming a property, a member or what is declared. */
export function isReference(/** @type {ts.Identifier} */ identifier) {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== identifier;
  if (ts.isQualifiedName(parent)) return parent.right !== identifier;
  if (ts.isPropertyAssignment(parent) || ts.isEnumMember(parent)) return parent.name !== identifier;
  if (ts.isBindingElement(parent)) return parent.initializer === identifier;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent))
    return parent.initializer === identifier;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent))
    return false;
  if (ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isLabeledStatement(parent) || ts.isJsxAttribute(parent))
    return false;
  if (
    ts.isFunctionLike(parent) ||
    ts.isClassLike(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent)
  )
    return false;
  return !(ts.isEnumDeclaration(parent) || ts.isTypeParameterDeclaration(parent) || ts.isNamedTupleMember(parent));
}
