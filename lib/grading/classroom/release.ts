/**
 * The student copy of a class: statements, starters, what is judged in the open, solutions from their dates on.
 * Nothing else is taken from an exercise's folder, and what comes out is looked through for lines of hidden files
 * before anybody gets it.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readExercise } from '../exercise';
import type { Canaries, Leak } from './canaries';
import { ClassError } from './class-error';
import { exerciseFiles } from './class-exercise';
import type { ClassFolder } from './class-folder';
import { filesBelow, readFolder, writeFolder } from './files';
import { hiddenLines, OPEN_FILES } from './hidden-lines';
import { markForNbgrader } from './nbgrader';

export interface Released {
  readonly folder: string;
  readonly files: number;
  /** Exercises whose solutions are in it. */
  readonly solutions: readonly string[];
  readonly leaks: readonly Leak[];
}

/** Builds `release/` anew. Where something hidden would go out with it, it builds nothing, and says where. Throws ClassError. */
export function release(of: ClassFolder, now: Date = new Date()): Released {
  const folder = of.at('release');
  const building = of.at('.release.new');
  fs.rmSync(building, { recursive: true, force: true });
  const canaries = hiddenLines(of, now);
  const solutions: string[] = [];
  for (const { id } of of.info.exercises) {
    const files = openFiles(of, id, canaries);
    writeFolder(path.join(building, 'exercises', id), files);
    const starter = [...files.keys()].find((name) => name.startsWith('starter.'));
    if (starter !== undefined) {
      const answer = path.join(building, 'answers', `${id}${path.extname(starter)}`);
      fs.mkdirSync(path.dirname(answer), { recursive: true });
      fs.writeFileSync(answer, files.get(starter) as Buffer);
    }
    const solution = of.openSolution(id, now);
    if (solution === null) continue;
    writeFolder(path.join(building, 'solutions'), new Map([[solution.name, Buffer.from(solution.text)]]));
    solutions.push(id);
  }
  writeFolder(building, handout(of));
  const { schema, id, name, exercises } = of.info;
  fs.writeFileSync(path.join(building, 'class.json'), `${JSON.stringify({ schema, id, name, exercises }, null, 2)}\n`);
  if (!fs.existsSync(path.join(building, 'README.md')))
    fs.writeFileSync(path.join(building, 'README.md'), readMe(of, filesBelow(path.join(building, 'answers'))));
  const leaks = canaries.findIn(building);
  const files = filesBelow(building).length;
  if (leaks.length === 0) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(building, folder);
  } else {
    fs.rmSync(building, { recursive: true, force: true });
  }
  return { folder, files, solutions, leaks };
}

/** The teacher's own files for students, as they are, but that nbgrader finds the exercises in notebooks. */
function handout(of: ClassFolder): Map<string, Buffer> {
  const infos = of.info.exercises.map(({ id }) => readExercise(of.exercises, id).info);
  const files = readFolder(of.at('handout'));
  for (const [name, content] of files) {
    if (!name.endsWith('.ipynb')) continue;
    try {
      files.set(name, Buffer.from(markForNbgrader(content.toString(), infos)));
    } catch {
      throw new ClassError(`${of.at('handout', name)} is no notebook.`);
    }
  }
  return files;
}

function openFiles(of: ClassFolder, id: string, canaries: Canaries): Map<string, Buffer> {
  const all = exerciseFiles(of, id);
  const open = new Map([...all].filter(([name]) => OPEN_FILES.has(name)));
  const messages = open.get('messages.en.json');
  if (messages !== undefined) open.set('messages.en.json', openMessages(all, messages));
  if (open.size === 0) throw new ClassError(`The exercise '${id}' has nothing that could be given to students.`);
  for (const content of open.values()) canaries.allow(content.toString());
  return open;
}

/** Without the texts that only hidden checks use: they would say what is looked for. */
function openMessages(all: ReadonlyMap<string, Buffer>, messages: Buffer): Buffer {
  const textOf = (name: string): string => all.get(name)?.toString() ?? '';
  const hidden = textOf('hidden.ts') + textOf('own.ts');
  const info = JSON.parse(textOf('exercise.json')) as { checks: { id: string; visible: boolean }[] };
  const hiddenIds = info.checks.filter(({ visible }) => !visible).map((check) => check.id);
  const kept = Object.entries(JSON.parse(messages.toString()) as Record<string, string>).filter(([key]) => {
    const mentioned = (text: string): boolean => [`'${key}'`, `"${key}"`, `\`${key}\``].some((quoted) => text.includes(quoted));
    const hint = hiddenIds.some((check) => key.startsWith(`hint.${check}.`));
    return !hint && (!mentioned(hidden) || mentioned(textOf('checks.ts')));
  });
  return Buffer.from(`${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}

function readMe({ info }: ClassFolder, [first = '']: readonly string[]): string {
  const rows = info.exercises.map(({ id, due }) => `- \`${id}\`${due === null ? '' : `, due ${due}`}`);
  return [
    `# ${info.name}`,
    '',
    'Your answers go into `answers/`, one file an exercise. What is asked stands in `exercises/<id>/statement.md`.',
    '',
    ...rows,
    '',
    'From the folder of the course, try an answer as often as you like, then pack them all:',
    '',
    '```',
    `npx warren grade ${first.replace(/\.\w+$/, '')} <this folder>/answers/${first} --course <this folder>`,
    'npx warren class submit <this folder> --student <your id>',
    '```',
    '',
    'Some checks run at grading only. Your teacher grades with numbers and names that nobody has seen.',
    '',
  ].join('\n');
}
