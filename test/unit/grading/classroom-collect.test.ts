import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ClassFolder } from '../../../lib/grading/classroom/class-folder';
import { collect, readCollected } from '../../../lib/grading/classroom/collect';
import { release } from '../../../lib/grading/classroom/release';
import { submit } from '../../../lib/grading/classroom/submit';
import { packZip, readZip } from '../../../lib/grading/classroom/zip';
import { ANSWERS, EXERCISE, lay, newClass } from './classroom-folder';

describe('submissions of a class', () => {
  let home: string;
  let of: ClassFolder;
  beforeEach(() => {
    ({ home, of } = newClass());
    release(of);
  });
  afterEach(() => fs.rmSync(home, { recursive: true }));

  /** Packs an answer as a student does, at a day of January 2027, into a folder of `submissions`. */
  const handIn = async (student: string, text: string, day: number, folder = '.'): Promise<string> => {
    lay(of.at('release'), { [`answers/${EXERCISE}.ts`]: text });
    const to = of.at('submissions', folder);
    const now = new Date(Date.UTC(2027, 0, day));
    return (await submit({ folder: of.at('release'), student, to, notebook: null, now })).file;
  };
  const answerOf = (student: string): string => fs.readFileSync(of.at('collected', student, EXERCISE, `${EXERCISE}.ts`), 'utf8');

  it('hold sources, history, versions and a hash', async () => {
    lay(of.at('release'), {
      [`answers/${EXERCISE}.ts`]: ANSWERS[3],
      'answers/other.ts': '1',
      'answers/.hidden': '2',
      '.warren/student/tries.jsonl': '{"verdict":"fail"}\n',
    });
    const { file, exercises } = await submit({
      folder: of.at('release'),
      student: 'ann',
      to: null,
      notebook: null,
      now: new Date(),
    });
    assert.deepEqual(exercises, [EXERCISE]);
    const files = await readZip(file);
    assert.deepEqual([...files.keys()].sort(), [`answers/${EXERCISE}.ts`, 'submission.json', 'tries.jsonl']);
    const about = JSON.parse(String(files.get('submission.json'))) as Record<string, unknown>;
    assert.deepEqual(about.exercises, { [EXERCISE]: { version: 1 } });
    assert.match(String(about.hash), /^[0-9a-f]{64}$/);
  });

  it('may be cells of a notebook, whose outputs stay at home', async () => {
    const cell = (source: string): object => ({
      cell_type: 'code',
      id: 'a',
      metadata: {},
      outputs: [{ text: 'secret' }],
      source,
    });
    const text = `await check('${EXERCISE}', async ({ url }) => { console.log(url); });`;
    const notebook = path.join(home, 'mine.ipynb');
    fs.writeFileSync(
      notebook,
      JSON.stringify({ cells: [cell('1 + 1'), cell(text)], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    );
    await submit({ folder: of.at('release'), student: 'ann', to: of.at('submissions'), notebook, now: new Date() });
    const { collected } = await collect(of);
    assert.equal(collected[0]?.answers[EXERCISE]?.path, `${EXERCISE}/${EXERCISE}.ipynb`);
    const taken = fs.readFileSync(of.at('collected', 'ann', EXERCISE, `${EXERCISE}.ipynb`), 'utf8');
    assert.ok(taken.includes('console.log(url)') && !taken.includes('secret'));
  });

  it('are not made of a starter that nobody has touched', async () => {
    const asked = submit({ folder: of.at('release'), student: 'ann', to: null, notebook: null, now: new Date() });
    await assert.rejects(asked, /no answer/);
  });

  it('count as the last valid one says, with notes on what was odd', async () => {
    await handIn('ann', ANSWERS[0], 5);
    await handIn('ann', ANSWERS[3], 7);
    await handIn('ann', ANSWERS[2], 6);
    await handIn('bob', ANSWERS[3], 40);
    const { collected, refused } = await collect(of);
    assert.deepEqual(refused, []);
    assert.equal(answerOf('ann'), ANSWERS[3]);
    const [ann, bob, cid] = collected;
    assert.equal(ann?.notes.filter((note) => note.includes('handed in again')).length, 2);
    assert.equal(ann?.answers[EXERCISE]?.late, false);
    assert.equal(bob?.answers[EXERCISE]?.late, true);
    assert.deepEqual(cid?.answers, {});
    assert.deepEqual(await collect(of), { collected, refused });
    assert.deepEqual(readCollected(of, 'ann'), ann);
  });

  it('are refused when they are another’s, damaged, of another class, or no zip; the good ones are taken', async () => {
    await handIn('ann', ANSWERS[3], 5);
    await handIn('ann', ANSWERS[0], 9, 'bob');
    await handIn('eve', ANSWERS[0], 9);
    const damaged = await readZip(await handIn('cid', ANSWERS[0], 9));
    const good = JSON.parse(String(damaged.get('submission.json'))) as object;
    damaged.set(`answers/${EXERCISE}.ts`, Buffer.from('changed'));
    lay(of.at('submissions'), { 'cid-2027-01-09T00-00-00-000Z.zip': await packZip(damaged) });
    const foreign = new Map([['submission.json', Buffer.from(JSON.stringify({ ...good, class: 'other' }))]]);
    lay(of.at('submissions'), { 'foreign.zip': await packZip(foreign), 'text.zip': 'no zip' });
    fs.symlinkSync('/etc/passwd', of.at('submissions', 'link.zip'));
    const { collected, refused } = await collect(of);
    const reasons = refused.map(({ reason }) => reason).join('\n');
    for (const part of ['folder of bob', 'in the roster', 'hash does not fit', 'another class', 'cannot be read'])
      assert.ok(reasons.includes(part), `${part} in\n${reasons}`);
    assert.equal(refused.length, 6);
    assert.equal(answerOf('ann'), ANSWERS[3]);
    assert.ok(collected.find(({ student }) => student === 'bob')?.notes.some((note) => note.includes('was not taken')));
  });

  it('may come from what nbgrader collected, by the time that it has noted', async () => {
    const cell = (source: string): object => ({ cell_type: 'code', id: 'a', metadata: {}, outputs: [], source });
    const notebook = (word: string): string =>
      JSON.stringify({
        cells: [cell(`await check('${EXERCISE}', async () => '${word}');`)],
        metadata: {},
        nbformat: 4,
        nbformat_minor: 5,
      });
    await handIn('bob', ANSWERS[3], 9);
    const submitted = path.join(home, 'submitted');
    lay(submitted, {
      'ann/week-1/tasks.ipynb': notebook('ann'),
      'ann/week-1/timestamp.txt': '2027-01-30 10:30:47.524219 UTC\n',
      'bob/week-1/tasks.ipynb': notebook('bob'),
      'bob/week-1/timestamp.txt': '2027-01-08 10:30:47.524219 UTC',
      'cid/week-1/tasks.ipynb': 'no notebook',
      'cid/week-1/other.ipynb': JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
      'eve/week-1/tasks.ipynb': notebook('eve'),
    });
    const { collected, refused } = await collect(of, submitted);
    const [ann, bob, cid] = collected;
    assert.equal(ann?.answers[EXERCISE]?.source, 'ann/week-1/tasks.ipynb');
    assert.equal(ann?.answers[EXERCISE]?.at, '2027-01-30T10:30:47.000Z');
    assert.match(bob?.answers[EXERCISE]?.source ?? '', /\.zip$/);
    assert.deepEqual(cid?.answers, {});
    assert.deepEqual(
      refused.map(({ source }) => source),
      ['cid/week-1/tasks.ipynb', 'eve'],
    );
    await assert.rejects(collect(of, path.join(home, 'nowhere')), /no folder/);
  });
});
