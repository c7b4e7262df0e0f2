/** The record of tries: what it keeps, what it notices, and what is reckoned from it. */
import { strict as assert } from 'node:assert';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Exercise, ExerciseInfo } from '../../../lib/grading/exercise';
import { unjudged } from '../../../lib/grading/grade';
import { afterVerdict } from '../../../lib/grading/student/after';
import { answerFile, courseAt, exercisesOf, resetAnswer, type Course } from '../../../lib/grading/student/course';
import { solutionOpens } from '../../../lib/grading/student/hints';
import { openHint } from '../../../lib/grading/student/open-hint';
import { groupsIn, standingIn } from '../../../lib/grading/student/standing';
import { readDeeds, writeDeed, type NewDeed } from '../../../lib/grading/student/tries';

const INFO: ExerciseInfo = {
  id: 'shop',
  version: 2,
  title: 'A shop',
  notebook: '03',
  section: 'Selling',
  skills: ['acknowledgements'],
  needs: [],
  minutes: 5,
  role: 'program',
  checks: [
    { id: 'works', points: 3, visible: true, kind: 'liveness' },
    { id: 'safe', points: 1, visible: true, kind: 'safety' },
  ],
  seeds: { visible: [1, 2, 3], hidden: 1 },
  engines: ['warren'],
};
const MESSAGES = {
  'hint.works.1': 'w1',
  'hint.works.2': 'w2',
  'hint.works.3': 'w3',
  'hint.safe.1': 's1',
};

function tried(points: number, more: Partial<Extract<NewDeed, { kind: 'try' }>> = {}): NewDeed {
  const verdict = points === 4 ? 'pass' : 'fail';
  const checks = { works: points >= 3, safe: points === 4 };
  return { kind: 'try', exercise: 'shop', version: 2, verdict, points, pointsMax: 4, checks, answer: 'a'.repeat(64), ...more };
}

describe('the record of a student', () => {
  let folder: string;
  let course: Course;
  let exercise: Exercise;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-student-test-'));
    course = courseAt(folder);
    const place = path.join(course.exercises, 'shop');
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'exercise.json'), JSON.stringify(INFO));
    fs.writeFileSync(path.join(place, 'messages.en.json'), JSON.stringify(MESSAGES));
    fs.writeFileSync(path.join(place, 'starter.ts'), '// TODO');
    exercise = { folder: place, info: INFO };
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const file = (): string => path.join(course.record, 'tries.jsonl');
  const spoil = (change: (lines: string[]) => string[]): void => {
    const lines = fs.readFileSync(file(), 'utf8').split('\n').slice(0, -1);
    fs.writeFileSync(file(), `${change(lines).join('\n')}\n`);
  };
  const standing = (): ReturnType<typeof standingIn> => standingIn(readDeeds(course.record).deeds, INFO);

  it('is empty at first, and gives back what was written', () => {
    assert.deepEqual(readDeeds(course.record), { deeds: [], brokenAt: null });
    writeDeed(course.record, tried(3), 0);
    writeDeed(course.record, { kind: 'solution', exercise: 'shop', version: 2 }, 1000);
    const { deeds, brokenAt } = readDeeds(course.record);
    assert.equal(brokenAt, null);
    assert.deepEqual(
      deeds.map(({ kind, time }) => [kind, time]),
      [
        ['try', '1970-01-01T00:00:00.000Z'],
        ['solution', '1970-01-01T00:00:01.000Z'],
      ],
    );
  });

  it('says where a line was changed, lost, doubled or torn, and reads the others', () => {
    const spoils: readonly [why: string, change: (lines: string[]) => string[], brokenAt: number, left: number][] = [
      ['changed', (lines) => lines.with(1, (lines[1] as string).replace('"points":1', '"points":4')), 2, 3],
      ['changed, the last', (lines) => lines.with(3, (lines[3] as string).replace('"points":3', '"points":4')), 4, 3],
      ['lost', (lines) => lines.toSpliced(1, 1), 2, 3],
      ['lost, the first', (lines) => lines.slice(1), 1, 3],
      ['doubled', (lines) => [...lines, lines[3] as string], 5, 5],
      ['torn', (lines) => lines.with(3, (lines[3] as string).slice(0, 40)), 4, 3],
      ['other text', (lines) => ['null', '7', '{}', ...lines], 1, 4],
    ];
    for (const [why, change, brokenAt, left] of spoils) {
      fs.rmSync(course.record, { recursive: true, force: true });
      for (const points of [0, 1, 2, 3]) writeDeed(course.record, tried(points));
      spoil(change);
      const read = readDeeds(course.record);
      assert.deepEqual([why, read.brokenAt, read.deeds.length], [why, brokenAt, left]);
      writeDeed(course.record, tried(4));
      assert.equal(readDeeds(course.record).deeds.length, left + 1, why);
    }
  });

  it('goes on behind a line that a crash left without its end', () => {
    writeDeed(course.record, tried(1));
    fs.appendFileSync(file(), '{"time":"20');
    writeDeed(course.record, tried(2));
    const { deeds, brokenAt } = readDeeds(course.record);
    assert.deepEqual([deeds.length, brokenAt], [2, 2]);
  });

  it('costs nobody a verdict where it cannot be read or written', () => {
    fs.mkdirSync(path.join(course.record, 'tries.jsonl'), { recursive: true });
    assert.deepEqual(readDeeds(course.record), { deeds: [], brokenAt: 1 });
    const verdict = unjudged(exercise, 'did not run', '', 'warren', 'none');
    const { unwritten, brokenAt, points } = afterVerdict(course, exercise, verdict);
    assert.deepEqual([brokenAt, points], [1, { points: 0, pointsMax: 4 }]);
    assert.match(unwritten, /EISDIR/);
  });

  it('writes down what counts as a try, and nothing else', () => {
    const names = ['pass', 'fail', 'did not run', 'over limit', 'inconclusive', "grader's fault"] as const;
    for (const name of names) afterVerdict(course, exercise, unjudged(exercise, name, '', 'warren', 'none'));
    const written = readDeeds(course.record).deeds.map((deed) => (deed.kind === 'try' ? deed.verdict : deed.kind));
    assert.deepEqual(written, names.slice(0, 4));
  });

  it('takes lines of several processes at one time without breaking', async function () {
    this.timeout(60_000);
    const writer = path.join(folder, 'writer.cjs');
    const root = path.join(__dirname, '../../..');
    const tries = JSON.stringify(path.join(root, 'lib/grading/student/tries.ts'));
    const deed = JSON.stringify(tried(1));
    const write = `require(${tries}).writeDeed(${JSON.stringify(course.record)}, ${deed});`;
    fs.writeFileSync(writer, `for (let i = 0; i < 20; i++) ${write}`);
    const execArgv = ['-r', path.join(root, 'tools/typescript.cjs')];
    await Promise.all([1, 2, 3].map(() => once(fork(writer, { execArgv, cwd: root }), 'exit')));
    const { deeds, brokenAt } = readDeeds(course.record);
    assert.deepEqual([deeds.length, brokenAt], [60, null]);
  });

  it('counts the best try, not the last, and one of an older version', () => {
    assert.equal(standing().state, 'not tried');
    writeDeed(course.record, tried(3));
    assert.deepEqual([standing().state, standing().points], ['tried', 3]);
    writeDeed(course.record, tried(2, { version: 1, points: 2, pointsMax: 2, verdict: 'pass' }));
    writeDeed(course.record, tried(0));
    const { state, points, passedVersion, tries, firstRight } = standing();
    assert.deepEqual([state, points, passedVersion, tries, firstRight], ['passed', 4, 1, 3, false]);
    const groups = groupsIn(readDeeds(course.record).deeds, [INFO], ({ skills }) => skills);
    assert.deepEqual(groups, [{ name: 'acknowledgements', exercises: 1, passed: 1, points: 4, pointsMax: 4 }]);
  });

  it('opens hints one at a time, of the check that failed last', () => {
    writeDeed(course.record, tried(3));
    const texts = (about?: string): unknown => {
      const opened = openHint(course, exercise, about);
      return opened.kind === 'hints' ? opened.hints.map(({ text }) => text) : opened.kind;
    };
    assert.deepEqual(texts(), ['s1']);
    assert.deepEqual(texts(), ['w1']);
    assert.deepEqual(texts('works'), ['w1', 'w2']);
    assert.deepEqual(texts(), ['w1', 'w2', 'w3']);
    assert.deepEqual(texts(), 'none left');
    assert.deepEqual(texts('works'), ['w1', 'w2', 'w3']);
    assert.deepEqual(texts('what'), 'no such check');
    assert.equal(readDeeds(course.record).deeds.filter(({ kind }) => kind === 'hint').length, 4);
  });

  it('opens the solution to who has passed, or tried three times with all hints', () => {
    const left = (): unknown => solutionOpens(exercise, MESSAGES, readDeeds(course.record).deeds);
    assert.deepEqual(left(), { hintsLeft: 4, triesLeft: 3 });
    for (let i = 0; i < 4; i++) openHint(course, exercise);
    writeDeed(course.record, tried(0));
    writeDeed(course.record, tried(0));
    assert.deepEqual(left(), { hintsLeft: 0, triesLeft: 1 });
    writeDeed(course.record, tried(0));
    assert.equal(left(), null);
    fs.rmSync(course.record, { recursive: true });
    writeDeed(course.record, tried(4));
    assert.equal(left(), null);
  });

  it('is reckoned without exercises that are damaged, and says which', () => {
    writeDeed(course.record, tried(4));
    for (const [id, text] of Object.entries({ torn: '{"id":', odd: JSON.stringify({ ...INFO, id: 'odd', checks: 7 }) })) {
      fs.mkdirSync(path.join(course.exercises, id));
      fs.writeFileSync(path.join(course.exercises, id, 'exercise.json'), text);
    }
    const told: string[] = [];
    const ids = exercisesOf(course, (text) => told.push(text)).map(({ info }) => info.id);
    assert.deepEqual(ids, ['shop']);
    assert.match(told.join('\n'), /^The exercise odd is left out.*checks must be a list\nThe exercise torn is left out.*JSON/);
    const { total, unreadable } = afterVerdict(course, exercise, unjudged(exercise, 'inconclusive', '', 'warren', 'none'));
    assert.deepEqual([total, unreadable], [{ passed: 1, points: 4, pointsMax: 4 }, told]);
  });

  it('stays when the course is replaced, and answers stay when they are reset', () => {
    writeDeed(course.record, tried(4));
    fs.rmSync(course.exercises, { recursive: true });
    fs.mkdirSync(path.join(course.exercises, 'shop'), { recursive: true });
    fs.writeFileSync(path.join(exercise.folder, 'exercise.json'), JSON.stringify({ ...INFO, version: 3 }));
    fs.writeFileSync(path.join(exercise.folder, 'starter.ts'), '// TODO 3');
    const [updated] = exercisesOf(course, assert.fail) as [Exercise];
    assert.equal(standingIn(readDeeds(course.record).deeds, updated.info).state, 'passed');
    assert.equal(resetAnswer(course, updated).kept, null);
    fs.writeFileSync(answerFile(course, updated), 'mine');
    for (const kept of ['shop.1.ts', 'shop.2.ts'])
      assert.equal(resetAnswer(course, updated).kept, path.join(course.answers, kept));
    assert.equal(fs.readFileSync(path.join(course.answers, 'shop.1.ts'), 'utf8'), 'mine');
    assert.equal(fs.readFileSync(answerFile(course, updated), 'utf8'), '// TODO 3');
  });
});
