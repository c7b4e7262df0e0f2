/** What the pages of students, authors and teachers tell their readers to type, typed. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { examplesOf, PageCourse } from './pages';

const ROOT = path.join(__dirname, '..', '..');
const PAGES = ['student', 'author', 'teacher'];
/** A machine under load is slow. */
const TIMEOUT_MS = 300_000;
/** Brokers and nodes are the subject of README.md and of the notebooks. */
const ELSEWHERE = ['broker', 'node', 'repair', 'help'];

const textOf = (page: string): string => fs.readFileSync(path.join(ROOT, 'docs', `${page}.md`), 'utf8');

/** The words behind `npx warren` in all examples. */
function typedWords(): string[][] {
  const commands = PAGES.flatMap((page) => examplesOf(textOf(page))).flatMap((example) => example.commands);
  return commands.flatMap(({ line }) => [...line.matchAll(/npx warren ([^)|]+)/g)].map(([, words = '']) => words.split(' ')));
}

describe('the examples of a page', function () {
  this.timeout(TIMEOUT_MS);
  it('are read from its blocks', () => {
    const page = [
      'Text\n\n```sh\na one \\\n  two\n# remark\nb   # exit code 1\n```\n',
      '```text\nsaid ... so\n\n```\n\n```sh\nc # until Ctrl-C\n```\n',
    ].join('\n');
    assert.deepEqual(examplesOf(page), [
      {
        commands: [
          { line: 'a one two', exitCode: 0, goesOn: false },
          { line: 'b   # exit code 1', exitCode: 1, goesOn: false },
        ],
        shown: ['said ... so'],
        at: 3,
      },
      { commands: [{ line: 'c # until Ctrl-C', exitCode: 0, goesOn: true }], shown: [], at: 15 },
    ]);
  });

  it('fail where a command does something else than the page says', async () => {
    const course = new PageCourse();
    const typed = (page: string): Promise<void> => course.type(examplesOf(page)[0] as never);
    try {
      await typed('```sh\nexport A=1\n```\n');
      await typed('```sh\necho "[$A]"\nfalse  # exit code 1\n```\n```text\n[1]\n```\n');
      await typed('```sh\nsh -c "echo on; exec sleep 1000"  # until Ctrl-C\n```\n```text\non\n```\n');
      await assert.rejects(typed('```sh\nfalse\n```\n'), /false/);
      await assert.rejects(typed('```sh\necho a b; echo c\n```\n```text\nc\na ...\n```\n'), /is not printed/);
    } finally {
      course.remove();
    }
  });

  it('show every command of warren, and every word of author and class', () => {
    const words = typedWords();
    const source = (file: string): string => fs.readFileSync(path.join(ROOT, 'lib', 'cli', file), 'utf8');
    const commands = [...source('main.ts').matchAll(/import \{ ([A-Z]+)_COMMAND \}/g)].map(([, name = '']) => name.toLowerCase());
    assert.deepEqual(
      commands.filter((name) => !ELSEWHERE.includes(name) && !words.some(([word]) => word === name)),
      [],
    );
    for (const command of ['author', 'class']) {
      const actions = [...source(`${command}-command.ts`).matchAll(/^ {2}(?!run\b)(\w+): (?:async \(|\{ takes)/gm)].map(
        ([, name]) => name,
      );
      assert.ok(actions.length >= 3);
      const typed = words.filter(([word]) => word === command).map(([, action]) => action);
      assert.deepEqual(
        actions.filter((name) => !typed.includes(name)),
        [],
        command,
      );
    }
  });
});

for (const page of PAGES)
  describe(`docs/${page}.md`, function () {
    this.timeout(TIMEOUT_MS);
    let course: PageCourse;
    before(() => {
      course = new PageCourse();
    });
    after(() => course.remove());

    for (const example of examplesOf(textOf(page)))
      it(`line ${example.at}: ${example.commands.map(({ line }) => line).join('; ')}`, () => course.type(example));
  });
