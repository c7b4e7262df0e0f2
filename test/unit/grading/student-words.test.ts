/** Sentences of reports and students' commands: each that is said exists, and each that exists is said. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { lateProgress } from '../../../lib/grading/report/progress';
import { words } from '../../../lib/grading/report/words';

const LIB = path.join(__dirname, '../../../lib');
const FOLDERS = ['grading', 'cli'].map((folder) => path.join(LIB, folder));

describe('the words of reports', () => {
  it('are all there, and all said', () => {
    const keys = Object.keys(JSON.parse(fs.readFileSync(path.join(LIB, 'grading/report/words.en.json'), 'utf8')) as object);
    const files = FOLDERS.flatMap((folder) =>
      (fs.readdirSync(folder, { recursive: true }) as string[])
        .filter((name) => name.endsWith('.ts'))
        .map((name) => path.join(folder, name)),
    );
    const said = new Set<string>();
    for (const file of files) {
      const text = fs.readFileSync(file, 'utf8');
      if (!/from '[./]*(?:grading\/)?(?:report\/)?words'/.test(text)) continue;
      for (const [, key = ''] of text.matchAll(/\bwords\(\s*'([^']+)'/g)) said.add(key);
      for (const [, key = ''] of text.matchAll(/\bcounted\(\s*'([^']+)'/g)) said.add(`${key}.one`).add(`${key}.many`);
      for (const [, start = ''] of text.matchAll(/\bwords\(`([^`$]+)\$/g))
        for (const key of keys) if (key.startsWith(start)) said.add(key);
    }
    assert.deepEqual(
      [...said].filter((key) => !keys.includes(key)),
      [],
      'said, but not there',
    );
    assert.deepEqual(
      keys.filter((key) => !said.has(key)),
      [],
      'there, but never said',
    );
  });

  it('take no control characters with a value, and refuse to stay incomplete', () => {
    assert.equal(words('check.hidden', { id: 'a\u001b[31m' }).includes('\u001b'), false);
    assert.throws(() => words('check.hidden'), /needs a value/);
    assert.throws(() => words('no.such'), /no message/);
  });

  it('say nothing of progress to who does not wait', async () => {
    const said: string[] = [];
    const quick = lateProgress((text) => said.push(text), 60_000);
    quick.tell('compiling');
    quick.end();
    assert.equal(said.length, 0);
    const first = new Promise<void>((resolve) => {
      const slow = lateProgress((text) => {
        said.push(text);
        resolve();
        slow.end();
      }, 1);
      slow.tell('compiling');
      slow.tell('playing');
    });
    await first;
    assert.deepEqual(said, ['Still at work: playing ...']);
  });
});
