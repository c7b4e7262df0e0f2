/** The commands of a student, in a course of its own; test/graders/pages.test.ts types those of the student's page. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '../../..');
const STARTS = "require('./lib/cli/main').main(process.argv.slice(1)).then((code) => process.exit(code))";

describe("a student's commands", function () {
  this.timeout(180_000);
  let course: string;
  before(() => {
    course = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-course-test-'));
    const id = 'predict-crash-unacked';
    fs.cpSync(path.join(ROOT, 'exercises', id), path.join(course, 'exercises', id), { recursive: true });
    fs.mkdirSync(path.join(course, 'solutions'));
    fs.writeFileSync(path.join(course, 'solutions/predict-crash-unacked.md'), 'because\n');
  });
  after(() => fs.rmSync(course, { recursive: true }));

  function warren(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const node = ['-r', './tools/typescript.cjs', '-e', STARTS, ...args, '--course', course];
    return spawnSync(process.execPath, node, { cwd: ROOT, encoding: 'utf8' });
  }

  it('show a solution that was earned, and say what is wrong with what was typed', () => {
    const id = 'predict-crash-unacked';
    const right = path.join(course, 'exercises', id, 'right/old-places.txt');
    assert.equal(warren('solution', id).status, 1);
    assert.equal(warren('grade', id, right).status, 0);
    assert.deepEqual([warren('solution', id).stdout, warren('solution', id).status], ['because\n', 0]);
    assert.match(warren('exercises').stdout, new RegExp(`${id} +passed +2 of 2 points`));
    assert.match(warren('progress').stdout, /1 of 1 predictions were right at the first try/);
    assert.match(warren('hint', id, 'nothing').stdout, /no check 'nothing'; it has prediction/);
    assert.match(warren('hint', 'nobody').stderr, /There is no exercise 'nobody'/);
    assert.match(warren('watch', id).stderr, /There is no .*answers.predict-crash-unacked.txt yet; npx warren reset/);
    fs.appendFileSync(path.join(course, '.warren/student/tries.jsonl'), '{"kind":"try"}\n');
    const { status, stderr } = warren('progress');
    assert.equal(status, 0);
    assert.match(stderr, /The record of your tries was changed by something else/);
  });

  it('show what solutions the student copy of a class has, earned or not: its teacher decides', () => {
    const id = 'predict-crash-unacked';
    fs.rmSync(path.join(course, '.warren'), { recursive: true, force: true });
    fs.writeFileSync(path.join(course, 'class.json'), '{}\n');
    assert.deepEqual([warren('solution', id).stdout, warren('solution', id).status], ['because\n', 0]);
    fs.rmSync(path.join(course, 'solutions'), { recursive: true });
    assert.match(warren('solution', id).stderr, /is not in this student copy. Your teacher decides/);
  });
});
