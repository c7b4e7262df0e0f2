/**
 * Mutants of an answer: each is the answer with one mistake that people make with messages. A check that lets one pass does not
 * see that mistake. They are made on the source text, by its syntax.
 */
import type * as typescript from 'typescript';
import { compiler } from './findings-of';

export interface Mutant {
  /** Operator and place: `drop ack: channel.ack(message)`. */
  readonly name: string;
  readonly text: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Ts = typeof typescript;
type Node = typescript.Node;
type Call = typescript.CallExpression;
/** The edits of one mutant, if this node is a place for one. */
type Operator = (node: Node, ts: Ts) => Edit[] | null;

const PUBLISHES: ReadonlySet<string> = new Set(['publish', 'sendToQueue']);
/** What makes a change last, in a store of the answer's own. */
const KEEPS = /^(commit|save|store|append|writeFile\w*)$/i;

/** One for each mistake, under its name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  'drop ack': (node, ts) => (isCallOf(ts, node, 'ack', 'ackAll') ? [replace(node, 'undefined')] : null),
  'ack before work': ackBeforeWork,
  'flip requeue': (node, ts) => {
    if (isCallOf(ts, node, 'nack')) return [withArgument(node, 2, 'false', 'true')];
    return isCallOf(ts, node, 'reject') ? [withArgument(node, 1, 'false', 'true')] : null;
  },
  'persistence off': (node, ts) => option(ts, node, 'persistent', 'true', 'false') ?? option(ts, node, 'deliveryMode', '2', '1'),
  'confirm not awaited': (node, ts) => {
    if (isCallOf(ts, node, 'waitForConfirms')) return [replace(node, 'Promise.resolve()')];
    if (!isCallOf(ts, node, ...PUBLISHES)) return null;
    const last = node.arguments.at(-1);
    if (last === undefined || !isFunction(ts, last)) return null;
    const others = node.arguments.slice(0, -1).map((each) => each.getText());
    return [replace(node, `(${node.expression.getText()}(${others.join(', ')}), ((${last.getText()}) as any)(null))`)];
  },
  'mandatory off': (node, ts) => option(ts, node, 'mandatory', 'true', 'false'),
  'prefetch 0': (node, ts) => {
    const [count] = isCallOf(ts, node, 'prefetch') ? node.arguments : [];
    return count === undefined ? null : [replace(count, '0')];
  },
  'connection per message': (node, ts) => {
    const callback = consumerOf(ts, node);
    const connect = callback === null ? null : firstCall(ts, node.getSourceFile(), 'connect');
    if (callback === null || connect === null || !ts.isBlock(callback.body)) return null;
    return [insert(callback.body.getStart() + 1, ` void ${connect.getText()};`)];
  },
  'dedup key changed': (node, ts) => {
    if (!ts.isPropertyAssignment(node) || !['messageId', 'x-deduplication-id'].includes(nameOf(node.name))) return null;
    return [replace(node.initializer, 'String(Math.random())')];
  },
  'publish before commit': (node, ts) => {
    if (!ts.isBlock(node)) return null;
    const keeps = node.statements.findIndex((each) => calls(ts, each, (name) => KEEPS.test(name)));
    const publishes = node.statements.findIndex((each, at) => at > keeps && calls(ts, each, (name) => PUBLISHES.has(name)));
    const [first, second] = [node.statements[keeps], node.statements[publishes]];
    if (first === undefined || second === undefined) return null;
    return [replace(first, second.getText()), replace(second, first.getText())];
  },
  'wrong key': (node, ts) => {
    const place = isCallOf(ts, node, 'sendToQueue') ? 0 : isCallOf(ts, node, 'publish') ? 1 : null;
    const key = place === null ? undefined : (node as Call).arguments[place];
    return key === undefined ? null : [replace(key, `(${key.getText()}) + '.x'`)];
  },
  'binding dropped': (node, ts) => (isCallOf(ts, node, 'bindQueue', 'bindExchange') ? [replace(node, 'undefined')] : null),
  'channel error swallowed': (node, ts) => {
    if (isCallOf(ts, node, 'on', 'once')) {
      const [event, listener] = node.arguments;
      const heard = event?.getText().replace(/['"]/g, '');
      if (heard === 'close' || (heard === 'error' && listener !== undefined && doesSomething(ts, listener)))
        return [replace(listener as Node, '() => undefined')];
    }
    if (!ts.isCatchClause(node)) return null;
    const acts =
      calls(ts, node.block, (name) => ['close', 'nack', 'reject'].includes(name)) || has(node.block, ts.isThrowStatement);
    return acts ? [replace(node.block, '{}')] : null;
  },
};

/** All mutants of a module, in the order of OPERATORS, then of their places. */
export function mutantsOf(text: string): Mutant[] {
  const ts = compiler();
  const source = ts.createSourceFile('answer.ts', text, ts.ScriptTarget.ES2022, true);
  const made: Mutant[] = [];
  for (const [operator, edits] of Object.entries(OPERATORS)) {
    const visit = (node: Node): void => {
      const found = edits(node, ts);
      const mutated = found === null ? text : edited(text, found);
      if (found !== null && mutated !== text) made.push({ name: nameFor(made, `${operator}: ${snippet(node)}`), text: mutated });
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return made;
}

/** Lines that only wait: whether it matters that one is left out depends on how fast the machine is. */
const WAITS = /\sawait_(?:startup|online_nodes)\b/;

/** Mutants of an operator's lines: each line that does something left out, once. */
export function lineMutantsOf(lines: readonly string[]): { readonly name: string; readonly lines: readonly string[] }[] {
  return lines.flatMap((line, left) =>
    WAITS.test(line) ? [] : [{ name: `left out: ${line}`, lines: lines.filter((_line, at) => at !== left) }],
  );
}

/** The acknowledgement of a consumer's message moves to where the message comes in. */
function ackBeforeWork(node: Node, ts: Ts): Edit[] | null {
  const callback = consumerOf(ts, node);
  const message = callback?.parameters[0]?.name.getText();
  if (callback === null || message === undefined || !ts.isBlock(callback.body)) return null;
  const acks = callsIn(ts, callback.body, 'ack').filter((call) => call.arguments[0]?.getText() === message);
  const [ack] = acks;
  if (ack === undefined) return null;
  const [first] = callback.body.statements;
  // Behind `if (message === null) return;`.
  const place = first !== undefined && ts.isIfStatement(first) ? first.getEnd() : callback.body.getStart() + 1;
  return [insert(place, ` ${ack.getText()};`), ...acks.map((call) => replace(call, 'undefined'))];
}

/** The callback of a call of `consume`. */
function consumerOf(ts: Ts, node: Node): typescript.ArrowFunction | typescript.FunctionExpression | null {
  const callback = isCallOf(ts, node, 'consume') ? node.arguments[1] : undefined;
  return callback !== undefined && isFunction(ts, callback) ? callback : null;
}

function isFunction(ts: Ts, node: Node): node is typescript.ArrowFunction | typescript.FunctionExpression {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** A call `x.name(...)`. */
function isCallOf(ts: Ts, node: Node, ...names: readonly string[]): node is Call {
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && names.includes(node.expression.name.text);
}

function callsIn(ts: Ts, root: Node, name: string): Call[] {
  const found: Call[] = [];
  const visit = (node: Node): void => {
    if (isCallOf(ts, node, name)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

function firstCall(ts: Ts, root: Node, name: string): Call | null {
  return callsIn(ts, root, name)[0] ?? null;
}

function has(root: Node, wanted: (node: Node) => boolean): boolean {
  let found = false;
  const visit = (node: Node): void => {
    found ||= wanted(node);
    node.forEachChild(visit);
  };
  visit(root);
  return found;
}

function calls(ts: Ts, root: Node, wanted: (name: string) => boolean): boolean {
  return has(root, (node) => {
    if (!ts.isCallExpression(node)) return false;
    const { expression } = node;
    return wanted(ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText());
  });
}

/** Whether a listener is more than `() => undefined`. */
function doesSomething(ts: Ts, listener: Node): boolean {
  return !isFunction(ts, listener) || has(listener.body, (node) => ts.isCallExpression(node) || ts.isBinaryExpression(node));
}

function option(ts: Ts, node: Node, name: string, from: string, to: string): Edit[] | null {
  if (!ts.isPropertyAssignment(node) || nameOf(node.name) !== name || node.initializer.getText() !== from) return null;
  return [replace(node.initializer, to)];
}

function nameOf(name: typescript.PropertyName): string {
  return name.getText().replace(/['"]/g, '');
}

/**
 * The call with another argument at this place; those before it get their defaults. `from` stays `from` if it is given as
 * `to`.
 */
function withArgument(call: Call, place: number, absent: string, present: string): Edit {
  const given = call.arguments.map((each) => each.getText());
  while (given.length <= place) given.push(given.length < place ? 'false' : present);
  given[place] = given[place] === absent ? present : absent;
  return replace(call, `${call.expression.getText()}(${given.join(', ')})`);
}

function replace(node: Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text };
}

function insert(at: number, text: string): Edit {
  return { start: at, end: at, text };
}

/** Edits do not overlap. */
function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end, text: by }) => all.slice(0, start) + by + all.slice(end), text);
}

function snippet(node: Node): string {
  return node.getText().replace(/\s+/g, ' ').slice(0, 60);
}

function nameFor(made: readonly Mutant[], name: string): string {
  const same = made.filter((each) => each.name === name || each.name.startsWith(`${name} (`)).length;
  return same === 0 ? name : `${name} (${same + 1})`;
}
