/**
 * The rule that lets one engine run live, in the lab and in simulation: its files know no operating system, no wall clock
 * and no chance. They get all of it from the `World` they are handed.
 */
import { builtinModules } from 'node:module';
import ts from 'typescript';
import { isReference, positionOf, scopeOf, walk } from '../syntax.mjs';

/** The engine's files. In `lib/world` only the interface counts: the worlds themselves are what touches the machine. */
export const isEngineFile = (/** @type {string} */ name) =>
  /^lib\/(trace|amqp|broker|storage|cluster)\/.*\.ts$/.test(name) || name === 'lib/world/world.ts';

/** Global names, and what to use in their place. */
const FORBIDDEN = {
  setTimeout: 'world.clock.after',
  setInterval: 'world.clock.after',
  setImmediate: 'world.turn.atEnd',
  queueMicrotask: 'world.turn.atEnd',
  clearTimeout: 'Timer.cancel',
  clearInterval: 'Timer.cancel',
  clearImmediate: 'Timer.cancel',
  Date: 'world.clock.epochMs',
  performance: 'world.clock.now',
  crypto: 'world.random',
  process: 'what the constructor is handed',
  require: 'import',
  globalThis: 'the World',
  console: 'world.log',
};
const BUILTIN = new Set(builtinModules);

/** @param {ts.SourceFile} file @returns {Generator<{ line: number, column: number, text: string }>} */
export function* engineFaults(file) {
  /** @type {ts.Node[]} */
  const nodes = [];
  walk(file, (node) => nodes.push(node));
  for (const node of nodes) {
    const from = moduleOf(node);
    if (from !== null && (from.startsWith('node:') || BUILTIN.has(from))) {
      yield { ...positionOf(node), text: `imports ${from}; the engine is handed a World instead` };
    }
    if (!ts.isIdentifier(node) || !isReference(node)) continue;
    const isRandom = node.text === 'Math' && ts.isPropertyAccessExpression(node.parent) && node.parent.name.text === 'random';
    const instead = isRandom
      ? 'world.random.float'
      : Object.hasOwn(FORBIDDEN, node.text)
        ? FORBIDDEN[/** @type {'Date'} */ (node.text)]
        : null;
    if (instead !== null && scopeOf(node) === null) {
      yield { ...positionOf(node), text: `uses ${isRandom ? 'Math.random' : node.text}; the engine has ${instead}` };
    }
  }
}

/**
 * The module that an import, export, `import()`, `require()` or import type names.
 * @param {ts.Node} node @returns {string | null}
 */
export function moduleOf(node) {
  /** @type {ts.Node | undefined} */
  let named;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier;
  else if (ts.isExternalModuleReference(node)) named = node.expression;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal;
  else if (ts.isCallExpression(node)) {
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
    if (isRequire || node.expression.kind === ts.SyntaxKind.ImportKeyword) named = node.arguments[0];
  }
  return named && ts.isStringLiteralLike(named) ? named.text : null;
}
