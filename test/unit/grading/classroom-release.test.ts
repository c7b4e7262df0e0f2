import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ClassFolder } from '../../../lib/grading/classroom/class-folder';
import { classExercise, exerciseFiles } from '../../../lib/grading/classroom/class-exercise';
import { filesBelow } from '../../../lib/grading/classroom/files';
import { release } from '../../../lib/grading/classroom/release';
import { ANSWERS, EXERCISE, lay, newClass } from './classroom-folder';

describe('a class and its release', () => {
  let home: string;
  let of: ClassFolder;
  beforeEach(() => {
    ({ home, of } = newClass());
  });
  afterEach(() => fs.rmSync(home, { recursive: true }));

  it('keeps its secret from other users of the machine', () => {
    assert.equal(fs.statSync(of.at('secret')).mode & 0o777, 0o600);
  });

  it('draws the same seeds each time, others for each exercise and class', () => {
    const seeds = of.seeds(EXERCISE, 4);
    assert.deepEqual(of.seeds(EXERCISE, 4), seeds);
    assert.equal(new Set([...seeds, ...of.seeds('other', 4)]).size, 8);
    fs.writeFileSync(of.at('secret'), 'another\n');
    assert.notDeepEqual(of.seeds(EXERCISE, 4), seeds);
    assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31));
  });

  it('gives out what is judged in the open, and nothing else', () => {
    const { leaks, folder } = release(of);
    assert.deepEqual(leaks, []);
    const open = ['checks.ts', 'exercise.json', 'messages.en.json', 'scenario.ts', 'starter.ts', 'statement.md'];
    const inside = open.map((name) => `exercises/${EXERCISE}/${name}`);
    assert.deepEqual(filesBelow(folder), ['README.md', `answers/${EXERCISE}.ts`, 'class.json', ...inside]);
    const all = filesBelow(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
    assert.ok(all.every((text) => !text.includes('canary') && !text.includes('survive')));
    assert.ok(all.every((text) => !text.includes(fs.readFileSync(of.at('secret'), 'utf8').trim())));
  });

  it('refuses when a handout holds a marked line, lines of a solution, or the secret', () => {
    const lines = ANSWERS[3].split('\n').slice(1, 5);
    const notebook = { cells: [{ cell_type: 'code', source: lines.map((line) => `  ${line}\n`) }] };
    const handouts: Readonly<Record<string, string>> = {
      'notes.md': 'see 5f0c1d77a9e24b10',
      'help.ts': lines.join('\n'),
      'help.ipynb': JSON.stringify(notebook),
      'keys.txt': `Notes,\nof several\nlines: ${fs.readFileSync(of.at('secret'), 'utf8')}\nand more.\n`,
    };
    assert.deepEqual(release(of).leaks, []);
    for (const [name, text] of Object.entries(handouts)) {
      fs.rmSync(of.at('handout'), { recursive: true });
      lay(of.folder, { [`handout/${name}`]: text });
      assert.deepEqual(
        release(of).leaks.map(({ file }) => file),
        [name],
      );
    }
    // What was released before is still whole.
    assert.ok(!filesBelow(of.at('release')).includes('keys.txt'));
    assert.ok(filesBelow(of.at('release')).includes('README.md'));
  });

  it('takes up the teacher’s own checks, and gives none of them out', () => {
    const check = { id: 'mine', points: 5, visible: false, kind: 'safety' };
    lay(of.at('own', EXERCISE), {
      'own.ts': "import { checks } from 'warren/grading';\nexport default checks({ mine: () => [{ text: 'mine-failed' }] });\n",
      'own.json': JSON.stringify({ checks: [check], messages: { 'mine-failed': 'Not as we said.' } }),
    });
    const { info } = classExercise(of, EXERCISE).exercise;
    assert.deepEqual(
      info.checks.map(({ id }) => id),
      ['said', 'kept', 'mine'],
    );
    assert.deepEqual(release(of).leaks, []);
    const given = filesBelow(of.at('release')).map((name) => fs.readFileSync(of.at('release', name), 'utf8'));
    assert.ok(given.every((text) => !text.includes('mine-failed') && !text.includes('Not as we said')));
  });

  it('refuses own checks that have the name of one that is there', () => {
    const check = { id: 'said', points: 5, visible: false, kind: 'safety' };
    lay(of.at('own', EXERCISE), { 'own.ts': '', 'own.json': JSON.stringify({ checks: [check] }) });
    assert.throws(() => exerciseFiles(of, EXERCISE), /has a check 'said' already/);
  });

  it('gives solutions out from their date on, not before', () => {
    const name = `solutions/${EXERCISE}.ts`;
    const before = release(of, new Date('2027-02-06T23:59:59Z'));
    assert.deepEqual([before.leaks, before.solutions, filesBelow(before.folder).includes(name)], [[], [], false]);
    const after = release(of, new Date('2027-02-07T00:00:00Z'));
    assert.deepEqual([after.leaks, after.solutions, filesBelow(after.folder).includes(name)], [[], [EXERCISE], true]);
    // What it explains may stand in a handout then; hidden checks may not.
    lay(of.at('handout'), { 'help.ts': ANSWERS[3] });
    assert.deepEqual(release(of, new Date('2027-02-07T00:00:00Z')).leaks, []);
    lay(of.at('handout'), { 'notes.md': 'see 5f0c1d77a9e24b10' });
    assert.equal(release(of, new Date('2027-02-07T00:00:00Z')).leaks.length, 1);
  });
});
