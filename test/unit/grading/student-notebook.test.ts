/** The answer in a notebook: which cell is taken, and what a hostile notebook can do. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AnswerError, answerFrom, type Answer } from '../../../lib/grading/answer/answer';
import { answerInNotebook } from '../../../lib/grading/answer/notebook';
import { functionOf, inNotebook } from '../../../lib/grading/author/forms';
import { answerOf } from '../../../lib/grading/cell';
import { exerciseIds, readExercise } from '../../../lib/grading/exercise';

const EXERCISES = path.join(__dirname, '../../../exercises');

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly metadata?: object;
}

function notebook(...sources: readonly (string | Cell)[]): string {
  const cells = sources.map((source) => (typeof source === 'string' ? { cell_type: 'code', source } : source));
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
}

const cellFor = (text: string): string => `await check('shop', async ({ amqp }) => { ${text} });`;
const taken = (text: string): string => `async ({ amqp }) => { ${text} }`;

describe('the answer in a notebook', () => {
  it('is the function of the last cell that checks this exercise', () => {
    const text = notebook(
      'import { check } from "warren";',
      cellFor('1;'),
      { cell_type: 'markdown', source: cellFor('remark') },
      { cell_type: 'code', source: ["// await check('shop', no)\n", cellFor('2;')] },
      "await check('shop-2', async () => 3);",
    );
    const { answer, notes } = answerInNotebook(text, 'shop');
    assert.deepEqual(answer, { kind: 'function', text: taken('2;') });
    assert.deepEqual(notes, ['Another cell answers this exercise too; the last one, cell 4, was taken.']);
  });

  it('passes over cells that are broken, and says so', () => {
    const { answer, notes } = answerInNotebook(
      notebook(cellFor('good();'), cellFor('if ('), "await check('shop');", "await check('shop', nowhere);"),
      'shop',
    );
    assert.deepEqual(answer, { kind: 'function', text: taken('good();') });
    assert.equal(notes.length, 3);
    assert.match(notes.join('\n'), /Cell 4 .*'nowhere' is neither[\s\S]*Cell 3 .*nothing is handed over[\s\S]*Cell 2 .*line 1/);
  });

  it('knows a function by the name that a cell above gave it, and a cell by its nbgrader id', () => {
    const named = notebook('const mine = async () => 1;', 'async function mine() { return 2; }', "await check('shop', mine);");
    assert.deepEqual(answerInNotebook(named, 'shop').answer, { kind: 'function', text: 'async function mine() { return 2; }' });
    const metadata = { nbgrader: { grade_id: 'shop', schema_version: 3, solution: true } };
    const marked = notebook({ cell_type: 'code', source: 'async function any() { return 3; }', metadata });
    assert.deepEqual(answerInNotebook(marked, 'shop').answer, { kind: 'function', text: 'async function any() { return 3; }' });
  });

  it('may be a module, command lines, or a prediction', () => {
    const of = (call: string): unknown => answerInNotebook(notebook(call), 'shop').answer;
    assert.deepEqual(of("check('shop', 'export default 1;')"), { kind: 'module', text: 'export default 1;' });
    assert.deepEqual(of("check('shop', ['a', `b`])"), { kind: 'lines', lines: ['a', 'b'] });
    assert.deepEqual(of("await predict('shop', -3)"), { kind: 'prediction', value: -3 });
    assert.deepEqual(of("await predict('shop', ['x', 2, true])"), { kind: 'prediction', value: ['x', 2, true] });
    assert.throws(() => of("await predict('shop', Math.random())"), /a prediction is a number/);
  });

  it('is what the file and the cell would be, for the answers of every exercise', function () {
    this.timeout(60_000);
    for (const id of exerciseIds(EXERCISES)) {
      const files = ['right', 'wrong'].flatMap((kind) => {
        const folder = path.join(EXERCISES, id, kind);
        return fs.readdirSync(folder).map((name) => path.join(folder, name));
      });
      for (const file of files.filter((each) => fs.statSync(each).isFile())) {
        const answer = answerFrom(file) as Extract<Answer, { kind: 'module' | 'lines' }>;
        assert.deepEqual(answerOf(answer.kind === 'lines' ? answer.lines : answer.text), answer, file);
        const argument = JSON.stringify(answer.kind === 'lines' ? answer.lines : answer.text);
        assert.deepEqual(answerInNotebook(notebook(`await check('${id}', ${argument})`), id).answer, answer, file);
      }
    }
  });

  it('can hold the function of nearly every answer, which graders play in its second round', function () {
    this.timeout(60_000);
    let modules = 0;
    let functions = 0;
    for (const id of exerciseIds(EXERCISES)) {
      const { folder, info } = readExercise(EXERCISES, id);
      const files = ['right', 'wrong'].flatMap((kind) =>
        fs.readdirSync(path.join(folder, kind)).map((name) => path.join(folder, kind, name)),
      );
      for (const file of files) {
        const answer = answerFrom(file);
        const held = inNotebook(answer, info);
        if (held.kind !== 'notebook') assert.equal(answer.kind, 'folder');
        else {
          const found = answerInNotebook(held.text, id).answer;
          if (answer.kind === 'module') modules += 1;
          if (found.kind === 'function') functions += 1;
        }
      }
    }
    assert.ok(functions > 0.7 * modules, `${functions} of ${modules}`);
  });

  it('takes the rest of a module along with its function', () => {
    const module = [
      "import type { A } from 'warren/grading';",
      'const n = 2;',
      'export default async function (a: A) { return twice(n); }',
      'function twice(n: number) { return 2 * n; }',
    ].join('\n');
    const text = functionOf(module) ?? '';
    assert.match(text, /^\(context\) => \{\nconst n = 2;\nfunction twice[\s\S]*return \(async function \(a: A\)/);
    assert.equal(functionOf("import fs from 'fs';\nexport default function () {}"), null);
    assert.equal(functionOf('export default 1;'), null);
  });

  it('is missing in words, also in what is no notebook', () => {
    const fails = (text: string, why: RegExp): void =>
      assert.throws(
        () => answerInNotebook(text, 'shop'),
        (error) => error instanceof AnswerError && why.test(error.message),
      );
    fails(notebook('1 + 1'), /No cell of the notebook calls check\('shop', \.\.\.\)/);
    fails(notebook(cellFor('if (')), /Cell 1: line 1/);
    fails('no json', /no notebook/);
    fails('null', /no cells/);
    fails('{"cells":[null,7,{"cell_type":"code"},{"cell_type":"code","source":{"a":1},"metadata":3}]}', /No cell/);
    fails('{"cells":[{"cell_type":"code","source":["check(\'shop\'", 5]}]}', /Cell 1/);
  });

  it('cannot hold up or end its reader', function () {
    this.timeout(60_000);
    const deep = '('.repeat(200_000);
    assert.throws(() => answerInNotebook(notebook(`check('shop', ${deep}`), 'shop'), AnswerError);
    const nested = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    assert.throws(() => answerInNotebook(nested, 'shop'), AnswerError);
    // For each bracket the parser tries whether it begins a function, and reads all behind it again: twenty take 18 s.
    const bomb = `check('shop', ${'async(a='.repeat(60)}`;
    assert.throws(() => answerInNotebook(notebook(bomb), 'shop'), /reading it took more than 3 s/);
    assert.throws(() => answerInNotebook(notebook(`check('shop', "${'x'.repeat(2 << 20)}")`), 'shop'), /more than/);
  });

  it('hands on nothing that steers a terminal', () => {
    const { notes } = answerInNotebook(notebook(cellFor('1;'), "check('shop', \u001b[31m)"), 'shop');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(notes.join(''), /[\u0000-\u001f]/);
  });
});
