/** What an author is told of an exercise before it is played. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { environmentOf, foundChecks } from '../../../lib/grading/author/findings-of';
import { lint } from '../../../lib/grading/author/lint';
import { schemaFault } from '../../../lib/grading/author/schema';
import { sideBySide } from '../../../lib/grading/author/side-by-side';
import { newExercise } from '../../../lib/grading/author/template';
import { readExercise } from '../../../lib/grading/exercise';

type Info = { checks: { points: number; visible: boolean }[] };

describe('lint of an exercise', () => {
  let place: string;
  let folder: string;
  const solutions = (): string => path.join(place, 'solutions');
  beforeEach(() => {
    place = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-author-test-'));
    newExercise('new-one', place, solutions());
    folder = path.join(place, 'new-one');
    for (const file of fs.readdirSync(folder))
      if (/\.(json|md)$|^(scenario|checks|hidden)/.test(file)) change(file, (text) => text.replaceAll('TODO', 'done'));
  });
  afterEach(() => fs.rmSync(place, { recursive: true }));

  function change(file: string, by: (text: string) => string): void {
    const at = path.join(folder, file);
    fs.writeFileSync(at, by(fs.readFileSync(at, 'utf8')));
  }
  const faults = (): string[] => lint(readExercise(place, 'new-one'), solutions()).map(({ rule, text }) => `${rule}: ${text}`);
  const json = (by: (info: Info) => void): void =>
    change('exercise.json', (text) => {
      const info = JSON.parse(text) as Info;
      by(info);
      return JSON.stringify(info);
    });

  it('finds nothing in a new one but what is marked TODO', () => {
    assert.deepEqual(faults(), []);
    newExercise('other-one', place, solutions());
    const found = lint(readExercise(place, 'other-one'), solutions());
    assert.ok(found.length > 5);
    assert.deepEqual([...new Set(found.map(({ rule }) => rule))], ['nothing left to do']);
  });

  const WRONGS: Readonly<Record<string, [break_: () => void, told: RegExp]>> = {
    'a field that is missing': [() => json((info) => Reflect.deleteProperty(info, 'skills')), /^schema: .*skills is missing$/],
    'a field that nobody reads': [() => json((info) => Object.assign(info, { skill: 1 })), /^schema: .*'skill'/],
    'points that are none': [
      () => json(({ checks }) => Object.assign(checks[0] ?? {}, { points: 0 })),
      /checks\[0\]\.points must be a whole number/,
    ],
    'a check without points': [
      () => change('checks.ts', (text) => text.replace('takes-all', 'takes')),
      /^checks are there: .*'takes'/,
    ],
    'a check in the wrong file': [
      () => json(({ checks }) => Object.assign(checks[0] ?? {}, { visible: false })),
      /^checks are there: the check 'takes-all' of exercise.json is not in hidden.ts$/,
    ],
    'no check of liveness': [() => change('exercise.json', (text) => text.replace('liveness', 'safety')), /^kinds of checks: /],
    'a message that is not there': [
      () => change('checks.ts', (text) => text.replace("'left'", "'lost'")),
      /needs a message 'lost'/,
    ],
    'a message that nobody uses': [() => change('checks.ts', (text) => text.replace("'left'", "'lost'")), /'left' is used by no/],
    'a place without a value': [() => change('checks.ts', (text) => text.replace('{ count:', '{ sum:')), /gives no \{count\}/],
    'a value without a place': [() => change('checks.ts', (text) => text.replace('{ count:', '{ sum:')), /no place for \{sum\}/],
    'data in the message of a hidden check': [
      () => {
        change('hidden.ts', (text) => text.replace("'unbounded'", "'unbounded', with: { most: 1 }"));
        change('messages.en.json', (text) => text.replace('name the skill', 'it was {most}'));
      },
      /^hidden checks say no data/,
    ],
    'a message that is too long': [
      () => change('messages.en.json', (text) => text.replace('name the skill', 'word '.repeat(200))),
      /^length of messages: .* words/,
    ],
    'a hint that is missing': [
      () => change('messages.en.json', (text) => text.replace('hint.bounded.2', 'hint.bounded.4')),
      /^hints: .*bounded.2/,
    ],
    'a right answer too few': [() => fs.rmSync(path.join(folder, 'right', 'c-pulls.ts')), /^right answers: there are 2/],
    'a wrong answer too few': [() => fs.rmSync(path.join(folder, 'wrong', 'acks-one.ts')), /^wrong answers: there are 4/],
    'a wrong answer that names no check': [
      () => change('wrong/acks-one.ts', (text) => text.replace('takes-all', 'all')),
      /'all', which is no check/,
    ],
    'a check that nothing trips': [
      () => change('wrong/takes-everything.ts', (text) => text.replace('bounded', 'takes-all')),
      /'bounded': delete/,
    ],
    'a starter without a TODO': [() => change('starter.ts', (text) => text.replace('TODO', '')), /^starter: /],
    'a statement that hides a variable': [
      () => change('statement.md', (text) => text.replace('QUEUE', 'NAME')),
      /^statement: .*QUEUE/,
    ],
    'no solution': [() => fs.rmSync(solutions(), { recursive: true }), /there is no solutions\/new-one/],
    'no statement': [() => fs.rmSync(path.join(folder, 'statement.md')), /^files: there is no statement\.md$/],
  };
  for (const [what, [break_, told]] of Object.entries(WRONGS))
    it(`tells of ${what}`, () => {
      break_();
      assert.match(faults().join('\n'), new RegExp(told.source, 'm'));
    });

  it('knows only whole data as right', () => {
    assert.equal(schemaFault(readExercise(place, 'new-one').info), null);
    assert.match(schemaFault([]) ?? '', /must be an object/);
  });
});

describe('what lint reads of sources', () => {
  it('findings behind conditions, with the names of their values', () => {
    const { checks, findings } = foundChecks(`
      export default checks({
        'a-b': (run) => [{ text: run.x ? 'one' : 'two', with: { n, 'm': 1 } }],
        c() { return [{ text: 'three' }]; },
      });
    `);
    assert.deepEqual(checks, ['a-b', 'c']);
    assert.deepEqual(
      findings.map(({ key, values }) => [key, values]),
      [
        ['one', ['n', 'm']],
        ['two', ['n', 'm']],
        ['three', []],
      ],
    );
  });

  it('variables of the environment, however they are set', () => {
    const scenario =
      "stage.env.A = 1; stage.env['B'] = 2; Object.assign(stage.env, { C, D: 4 }); stage.program('x', { env: { E: 5 } });";
    assert.deepEqual(environmentOf(scenario), ['A', 'B', 'C', 'D', 'E']);
  });
});

describe('jobs side by side', () => {
  it('never more than so many, and results in the order of the jobs', async () => {
    let now = 0;
    let most = 0;
    const jobs = [3, 1, 2, 1, 0].map((turns, at) => async () => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return at;
    });
    const results: number[] = [];
    for await (const result of sideBySide(jobs, 2)) results.push(result);
    assert.deepEqual([results, most], [[0, 1, 2, 3, 4], 2]);
  });

  it('one that fails ends it with its error', async () => {
    const jobs = [async () => 1, () => Promise.reject(new Error('no'))];
    const all = async () => {
      for await (const _ of sideBySide(jobs, 1));
    };
    await assert.rejects(all, /no/);
  });
});
