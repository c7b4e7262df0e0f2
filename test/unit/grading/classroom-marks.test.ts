import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Verdict } from '../../../lib/grading/attempt';
import { classExercise } from '../../../lib/grading/classroom/class-exercise';
import type { ClassFolder } from '../../../lib/grading/classroom/class-folder';
import { collect, readCollected } from '../../../lib/grading/classroom/collect';
import { parseCsv } from '../../../lib/grading/classroom/csv';
import { exportClass } from '../../../lib/grading/classroom/export';
import { feedback } from '../../../lib/grading/classroom/feedback';
import { gradeClass, type Doer, type GradeClass } from '../../../lib/grading/classroom/grade-class';
import { setMark } from '../../../lib/grading/classroom/marks';
import { regrade } from '../../../lib/grading/classroom/regrade';
import { release } from '../../../lib/grading/classroom/release';
import { readResult } from '../../../lib/grading/classroom/results';
import { standings, toReview } from '../../../lib/grading/classroom/standing';
import { submit } from '../../../lib/grading/classroom/submit';
import { ANSWERS, EXERCISE, lay, newClass } from './classroom-folder';

describe('marks of a class', () => {
  let home: string;
  let of: ClassFolder;
  const options: GradeClass = { jobs: 1, engine: 'warren', trustStudents: true, progress: () => undefined };

  beforeEach(async () => {
    ({ home, of } = newClass());
    release(of);
    for (const student of ['ann', 'bob']) {
      lay(of.at('release'), { [`answers/${EXERCISE}.ts`]: `${ANSWERS[3]}// ${student}\n` });
      const now = new Date(Date.UTC(2027, 0, 1));
      await submit({ folder: of.at('release'), student, to: of.at('submissions'), notebook: null, now });
    }
    await collect(of);
  });
  afterEach(() => fs.rmSync(home, { recursive: true }));

  /** Judges without playing: by student, the outcome of each check, or null for trouble of ours. */
  const judging =
    (outcomes: Readonly<Record<string, Readonly<Record<string, boolean>> | null>>): Doer =>
    async (jobs, keep) => {
      for (const job of jobs) {
        const { info } = classExercise(of, EXERCISE).exercise;
        const outcome = outcomes[job.student] ?? null;
        const checks = info.checks.map((check) => {
          const passed = outcome?.[check.id] ?? null;
          const text = check.id === 'kept' ? 'not-kept' : 'silent';
          return {
            ...check,
            passed,
            findings: passed === false ? [{ text }] : [],
            seed: passed === false ? (job.seeds[0] ?? 0) : null,
          };
        });
        const points = checks.reduce((sum, { points: worth, passed }) => sum + (passed ? worth : 0), 0);
        const verdict = outcome === null ? 'inconclusive' : points === 3 ? 'pass' : 'fail';
        const rest = { hiddenElsewhere: 0, trouble: '', isolation: 'none', engine: 'warren', output: '', moment: '' } as const;
        const whole: Verdict = {
          exercise: EXERCISE,
          version: 1,
          verdict,
          points,
          pointsMax: 3,
          checks,
          seeds: [1, ...job.seeds],
          ...rest,
        };
        keep(job, { verdict: whole, tookMs: 1 });
      }
    };
  const GOOD = { said: true, kept: true };
  const HALF = { said: true, kept: false };

  it('come of results, which are not asked for twice', async () => {
    assert.equal((await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }))).graded, 2);
    assert.deepEqual(
      standings(of).map(({ points }) => points),
      [3, 2, 0],
    );
    const again = await gradeClass(of, options, judging({}));
    assert.deepEqual([again.graded, again.kept], [0, 2]);
  });

  it('trouble of ours never counts, and is tried again', async () => {
    const first = await gradeClass(of, options, judging({ ann: GOOD, bob: null }));
    assert.equal(first.troubled.length, 1);
    assert.deepEqual(
      standings(of).map(({ points }) => points),
      [3, null, 0],
    );
    assert.deepEqual(
      toReview(standings(of)).map(({ student }) => student.id),
      ['bob'],
    );
    assert.equal((await gradeClass(of, options, judging({ bob: HALF }))).graded, 1);
    assert.deepEqual(toReview(standings(of)), []);
  });

  it('of the teacher’s own are kept by a regrade, which tells who changes', async () => {
    await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }));
    setMark(of, 'bob', EXERCISE, { points: 2.5, note: 'You explained it well.', at: '' });
    lay(of.at('own', EXERCISE), { 'hidden.ts': 'export default {};' });
    assert.equal((await gradeClass(of, options, judging({}))).outdated, 2);
    const { changes, graded } = await regrade(of, { ...options, everything: false }, judging({ ann: HALF, bob: HALF }));
    assert.equal(graded, 2);
    assert.deepEqual(changes, [
      {
        student: 'ann',
        exercise: EXERCISE,
        before: { verdict: 'pass', points: 3 },
        after: { verdict: 'fail', points: 2 },
        checks: ['kept: passed, now failed'],
      },
    ]);
    assert.deepEqual(
      standings(of).map(({ points }) => points),
      [2, 2.5, 0],
    );
    // Nothing has changed since: nothing is asked again, unless everything is.
    assert.equal((await regrade(of, { ...options, everything: false }, judging({}))).graded, 0);
    assert.equal((await regrade(of, { ...options, everything: true }, judging({ ann: HALF, bob: HALF }))).graded, 2);
  });

  it('survive a regrade that was ended in the middle, and one in which we had trouble', async () => {
    await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }));
    lay(of.at('own', EXERCISE), { 'hidden.ts': 'export default {};' });
    const dies: Doer = async ([first], keep) => {
      if (first !== undefined) await judging({ ann: HALF })([first], keep);
      throw new Error('killed');
    };
    await assert.rejects(regrade(of, { ...options, everything: false }, dies), /killed/);
    const { changes, troubled } = await regrade(of, { ...options, everything: false }, judging({ bob: null }));
    assert.deepEqual(
      changes.map(({ student }) => student),
      ['ann'],
    );
    assert.equal(troubled.length, 1);
    assert.equal(readResult(of, 'bob', EXERCISE)?.verdict.points, 2);
  });

  it('are exported check by check, and no cell is a formula', async () => {
    await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }));
    exportClass(of);
    const read = (name: string): string => fs.readFileSync(of.at('export', name), 'utf8');
    const [head = [], ann = [], bob = [], cid = []] = parseCsv(read('marks.csv'));
    const cell = (row: readonly string[], column: string): string | undefined => row[head.indexOf(column)];
    assert.deepEqual([cell(ann, 'total'), cell(bob, 'total'), cell(cid, 'total')], ['3', '2', '0']);
    assert.deepEqual([cell(bob, 'say-a-word: said'), cell(bob, 'say-a-word: kept')], ['2', '0']);
    assert.equal(cell(cid, 'name'), "'=HYPERLINK(1)");
    for (const name of ['marks.csv', 'checks.csv', 'canvas.csv', 'nbgrader.csv'])
      assert.doesNotMatch(read(name), /(^|,)"?[=+@-]/m, name);
    const nbgrader = parseCsv(read('nbgrader.csv')).slice(1);
    assert.deepEqual(nbgrader, [
      ['ann', EXERCISE, '3'],
      ['bob', EXERCISE, '2'],
      ['cid', EXERCISE, '0'],
    ]);
    assert.match(read('junit.xml'), /<testcase classname="say-a-word" name="kept"><failure message="not-kept" \/>/);
    assert.match(read('junit.xml'), /<testsuite name="bob" tests="2" failures="1" skipped="0">/);
    const json = JSON.parse(read('class.json')) as { students: { points: number; exercises: { checks: unknown[] }[] }[] };
    assert.deepEqual(
      json.students.map(({ points }) => points),
      [3, 2, 0],
    );
    assert.equal(json.students[0]?.exercises[0]?.checks.length, 2);
  });

  it('come back to the student on a page without a script or a secret seed', async () => {
    await gradeClass(of, options, judging({ ann: { said: false, kept: true }, bob: HALF }));
    setMark(of, 'bob', EXERCISE, { points: 1, note: '<script>alert(1)</script>', at: '' });
    const [ann = '', page = ''] = feedback(of, null).files.map((file) => fs.readFileSync(file, 'utf8'));
    assert.ok(ann.includes('Nothing came.'));
    assert.ok(page.includes('It would not survive.'));
    assert.ok(page.includes('Your teacher gives 1 points.'));
    assert.doesNotMatch(page, /<script|\son\w+=|javascript:/i);
    for (const seed of of.seeds(EXERCISE, 1)) assert.ok(!(page + ann).includes(String(seed)));
    assert.deepEqual(readCollected(of, 'bob').notes, []);
  });

  it('come with solutions from their date on', async () => {
    await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }));
    const page = (date: string): string => fs.readFileSync(feedback(of, 'bob', new Date(date)).files[0] ?? '', 'utf8');
    assert.ok(!page('2027-02-06T00:00:00Z').includes('createConfirmChannel'));
    assert.ok(page('2027-02-08T00:00:00Z').includes('createConfirmChannel'));
  });

  it('do not come back on a page on which something hidden stands', async () => {
    await gradeClass(of, options, judging({ ann: HALF, bob: HALF }));
    const told = (word: string): void => {
      const result = JSON.parse(fs.readFileSync(of.at('results', 'bob', `${EXERCISE}.json`), 'utf8')) as { verdict: object };
      const text = JSON.stringify({ ...result, verdict: { ...result.verdict, verdict: 'did not run', trouble: word } });
      lay(of.at('results', 'bob'), { [`${EXERCISE}.json`]: text });
    };
    told('It says: canary: 5f0c1d77a9e24b10.');
    const { files, leaks } = feedback(of, null);
    assert.deepEqual(
      leaks.map(({ file, from }) => [file, from]),
      [['bob.html', `${EXERCISE}/hidden.ts`]],
    );
    assert.equal(files.length, 2);
    assert.ok(!fs.existsSync(of.at('feedback', 'bob.html')));
    // Lines of the student's own are no secret, even if they are also ours.
    told(ANSWERS[3]);
    assert.deepEqual(feedback(of, 'bob').leaks, []);
  });

  it('stay as they are while collecting was ended in its middle', async () => {
    await gradeClass(of, options, judging({ ann: GOOD, bob: HALF }));
    fs.renameSync(of.at('collected'), of.at('.collected.old'));
    await assert.rejects(gradeClass(of, options, judging({})), /Nothing is collected yet/);
    assert.throws(() => exportClass(of), /Nothing is collected yet/);
    assert.equal(readResult(of, 'ann', EXERCISE)?.verdict.points, 3);
    await collect(of);
    assert.deepEqual(
      standings(of).map(({ points }) => points),
      [3, 2, 0],
    );
    assert.ok(!fs.existsSync(of.at('.collected.old')));
  });
});
