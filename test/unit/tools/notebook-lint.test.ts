/** Each trap of a notebook is shown to be found, and its harmless look-alikes to be left alone. */
import { strict as assert } from 'node:assert';
import { load } from './load';

interface Fault {
  rule: string;
  cell?: number;
  id?: string;
  line?: number;
  text: string;
}
interface Lint {
  RULES: string[];
  lintNotebook(notebook: unknown): Fault[];
}
interface Read {
  parseNotebook(file: string, text: string): unknown;
}

const KERNELSPEC = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };

function notebook(cells: object[], overrides: object = {}): object {
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: KERNELSPEC }, cells, ...overrides };
}

function code(source: string, index = 0, overrides: object = {}): object {
  return { cell_type: 'code', id: `c${index}`, source, outputs: [], execution_count: null, metadata: {}, ...overrides };
}

describe('notebook lint', () => {
  let lint: Lint;
  let read: Read;
  const shown = new Set<string>();

  before(async () => {
    lint = await load<Lint>('tools/notebook/lint.mjs');
    read = await load<Read>('tools/notebook/read.mjs');
  });

  const faultsOf = (raw: object): Fault[] => lint.lintNotebook(read.parseNotebook('x.ipynb', JSON.stringify(raw)));
  const faultsIn = (...sources: string[]): Fault[] => faultsOf(notebook(sources.map((source, index) => code(source, index))));

  function assertRule(faults: Fault[], rule: string): Fault {
    assert.deepEqual(
      faults.map((fault) => fault.rule),
      [rule],
      JSON.stringify(faults),
    );
    shown.add(rule);
    return faults[0] as Fault;
  }

  it('finds nothing in a good notebook', () => {
    const markdown = { cell_type: 'markdown', id: 'm', metadata: {}, source: ['# export let x\n', 'await (y)'] };
    const cell = code("import { Lab } from 'warren';\nimport './helper';\nconst lab = await Lab.start();\nlab.stop");
    assert.deepEqual(faultsOf(notebook([markdown, cell])), []);
  });

  describe('of the file', () => {
    it('outputs', () => {
      assertRule(faultsOf(notebook([code('1', 0, { outputs: [{ output_type: 'error' }] })])), 'outputs');
    });
    it('execution counts', () => {
      assertRule(faultsOf(notebook([code('1', 0, { execution_count: 3 })])), 'execution-count');
    });
    it('missing, invalid and repeated cell ids', () => {
      assertRule(faultsOf(notebook([code('1', 0, { id: undefined })])), 'cell-id');
      assertRule(faultsOf(notebook([code('1', 0, { id: 'a b' })])), 'cell-id');
      const fault = assertRule(faultsOf(notebook([code('1', 0), code('2', 0)])), 'cell-id');
      assert.equal(fault.cell, 2);
      assertRule(faultsOf(notebook([code('1')], { nbformat_minor: 4 })), 'cell-id');
    });
    it('another kernel', () => {
      assertRule(faultsOf(notebook([code('1')], { metadata: { kernelspec: { ...KERNELSPEC, name: 'jslab' } } })), 'kernelspec');
      assert.equal(faultsOf(notebook([code('1')], { metadata: {} })).length, 3);
    });
  });

  const traps: Record<string, [string, string][]> = {
    syntax: [['a cell that does not parse', 'const a = {;']],
    'import-outside': [
      ['a path above the folder', "import { x } from '../lib/x';"],
      ['an absolute path', "const x = require('/tmp/x');"],
      ['an import() of one', "const x = await import('../x');"],
    ],
    await: [
      ['await ( alone', 'const x = await (p);'],
      ['an awaited function expression', 'await (async () => 1)();'],
      ['await [', 'const [a] = await [1];'],
      ['for await alone', 'for await (const m of messages) log(m);'],
      ['await only plain inside a function', 'const f = async () => { await x; };\nawait (f());'],
    ],
    export: [
      ['an exported constant', 'export const a = 1;'],
      ['a list', 'const a = 1;\nexport { a };'],
      ['a default', 'export default 1;'],
    ],
    destructuring: [
      ['a renamed property', 'const { a: x } = o;'],
      ['one with let', 'let { a: x } = o;'],
      ['one with var', 'var { a: x } = o;'],
      ['one with a default', 'const { a: x = 5 } = o;'],
      ['one beside a rest', 'const { a: x, ...rest } = o;'],
      ['the second of two declarations', 'const k = 1, { a: x } = o;'],
      ['an object in an object', 'const { b: { c } } = o;'],
      ['an array in an object', 'const { l: [m] } = o;'],
      ['a renamed property in an array', 'const [{ x: y }] = o;'],
      ['the variable of a loop', 'for (const { x: y } of list) log(y);'],
      ['a declaration in a function', 'const f = () => { const { a: x } = o; return x; };'],
      ['a parameter', 'list.map(({ x: y }) => y);'],
      ['a parameter of a method', 'class A { m([{ x: y }]: P[]) { return y; } }'],
    ],
    using: [
      ['using', 'using x = open();'],
      ['await using', 'await null;\nawait using x = open();'],
    ],
    'process-exit': [['process.exit', 'if (bad) process.exit(1);']],
    'stdio-inherit': [
      ['a word', "spawn('ls', [], { stdio: 'inherit' });"],
      ['a list', "spawn('ls', [], { stdio: ['ignore', 'inherit'] });"],
    ],
    'display-svg': [['display.svg', "display.svg('<svg/>');"]],
    'trailing-timer': [['a timer as the value', 'f();\nsetTimeout(f, 1000);']],
  };
  for (const [rule, cases] of Object.entries(traps)) {
    for (const [what, source] of cases) {
      it(`${rule}: ${what}`, () => {
        assert.equal(assertRule(faultsIn(source), rule).cell, 1);
      });
    }
  }

  it('shared-let: a variable that another cell assigns and a function of its own cell reads', () => {
    const owner = 'let count = 0;\nconst show = () => count;';
    for (const change of [
      'count = 5;',
      'count += 1;',
      'count++;',
      '[count] = [1];',
      '({ a: count } = { a: 1 });',
      'f(() => { count = 1; });',
    ]) {
      const fault = assertRule(faultsIn(owner, change), 'shared-let');
      assert.equal(fault.cell, 2);
    }
  });

  it('shared-let leaves alone what is safe', () => {
    assert.deepEqual(faultsIn('let count = 0;', 'count = 5;'), [], 'no function keeps a copy');
    assert.deepEqual(
      faultsIn('const state = { count: 0 };\nconst show = () => state.count;', 'state.count = 5;'),
      [],
      'an object',
    );
    assert.deepEqual(faultsIn('let count = 0;\nconst show = () => count;', 'let count = 1; count = 2;'), [], 'a new variable');
    assert.deepEqual(faultsIn('let count = 0;\nconst add = () => { count += 1; };', 'add();'), [], 'assigned in its own cell');
    assert.deepEqual(faultsIn('let count = 0;\nconst show = (count: number) => count;', 'count = 5;'), [], 'a parameter');
  });

  it('class-redeclared', () => {
    const fault = assertRule(faultsIn('class A {}', 'class A { x = 1 }'), 'class-redeclared');
    assert.equal(fault.cell, 2);
  });

  const harmless: Record<string, string> = {
    'comments and strings': "// export const a; await (x); process.exit(1)\nconst s = 'using x; display.svg(1)';",
    'await ( beside a plain await': 'await null;\nconst x = await (p);',
    'await of a call, a literal and new': "await start();\nawait 'x';\nawait new Promise((done) => done(1));",
    'await ( inside a function': 'async function f() { return await (p); }',
    'a comment at the end': 'const a = 1;\n// export {};',
    'a cell of comments alone': '/** your answer */\n// here',
    'destructuring by the same name': 'const { a, b = 2, ...rest } = o; let { c } = o;',
    'array patterns, also nested': 'const [m, [n], ...rest] = o;',
    'shorthand in an array or a parameter': 'const [{ x }] = o; list.map(({ y }) => y);',
    'a quoted and a computed property': "const { 'a': x, ['b']: y } = o;",
    'assignment to what is there': 'let x; ({ a: x } = o); for ({ a: x } of list) log(x);',
    'a caught value': 'try { f(); } catch ({ message: text, cause: { code } }) { log(text, code); }',
    'an object literal and a type': 'const o: { a: number } = { a: x };',
    'a module of the folder': "import { x } from './x';",
    'a property named exit': 'server.exit(); const o = { stdio: "pipe" };',
    'a timer that is not last': 'setTimeout(f, 1);\nvoid 0;',
    'an awaited timer': 'await new Promise((done) => setTimeout(done, 1));',
  };
  for (const [what, source] of Object.entries(harmless)) {
    it(`leaves alone ${what}`, () => assert.deepEqual(faultsIn(source), []));
  }

  it('says where: cell, id and line', () => {
    const fault = assertRule(faultsIn('1', 'const a = 1;\n\nprocess.exit(a);'), 'process-exit');
    assert.deepEqual([fault.cell, fault.id, fault.line], [2, 'c1', 3]);
  });

  after(() => {
    const unseen = lint.RULES.filter((rule) => !shown.has(rule));
    assert.deepEqual(unseen, [], 'every rule has been shown to fail');
  });
});
