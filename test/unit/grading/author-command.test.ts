/** `warren author` in the terminal. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { main } from '../../../lib/cli/main';

/** Runs the command in this process; its exit code, and what it prints. */
async function warren(...words: readonly string[]): Promise<[number, string]> {
  const { log, error } = console;
  let printed = '';
  console.log = (text: string) => (printed += `${text}\n`);
  console.error = console.log;
  try {
    return [await main(words), printed];
  } finally {
    Object.assign(console, { log, error });
  }
}

describe('warren author', () => {
  let place: string[];
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-author-command-'));
    place = ['--exercises', path.join(folder, 'exercises'), '--solutions', path.join(folder, 'solutions')];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('new makes an exercise, once; lint tells what is left to do', async () => {
    const [made, said] = await warren('author', 'new', 'count-parcels', ...place);
    assert.deepEqual([made, /count-parcels is there/.test(said)], [0, true]);
    const [again, refused] = await warren('author', 'new', 'count-parcels', ...place);
    assert.deepEqual([again, /There is .* already/.test(refused)], [66, true]);
    const [linted, faults] = await warren('author', 'lint', 'count-parcels', ...place);
    assert.deepEqual([linted, /statement\.md:1 TODO/.test(faults), /^\d+ faults$/m.test(faults)], [1, true, true]);
  });

  for (const [words, exitCode, told] of [
    [['author'], 64, /warren author new\|lint\|try <exercise>/],
    [['author', 'paint', 'x'], 64, /author needs what to do/],
    [['author', 'new', 'Count Parcels'], 64, /is no name for an exercise/],
    [['author', 'lint', 'not-there'], 66, /There is no exercise 'not-there'/],
    [['author', 'try', 'not-there', '--repeat', '0'], 64, /--repeat is '0'/],
    [['replay', 'forward-without-loss', 'answer.ts'], 64, /replay needs an exercise, a seed and an answer/],
    [['replay', 'not-there', '--seed', '1', 'answer.ts'], 66, /There is no exercise 'not-there'/],
  ] as const)
    it(`answers '${words.join(' ')}' with ${exitCode}`, async () => {
      const [code, printed] = await warren(...words);
      assert.deepEqual([code, told.test(printed)], [exitCode, true], printed);
    });
});
