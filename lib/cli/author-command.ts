/** `warren author`: the loop of whoever writes an exercise. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { lint } from '../grading/author/lint';
import { newExercise } from '../grading/author/template';
import { trials } from '../grading/author/trial';
import { readExercise, type Exercise } from '../grading/exercise';
import { COURSE_FOLDER } from '../grading/sandbox/places';
import type { EngineName } from '../lab/api';
import { readOptions, wholeNumber } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

const ENGINES: readonly EngineName[] = ['warren', 'rabbitmq'];
const OPTIONS = ['exercises', 'solutions', 'engine', 'repeat', 'write'] as const;
const REPEAT_MOST = 1000;

interface Place {
  readonly id: string;
  readonly exercises: string;
  readonly solutions: string;
}

type Options = Partial<Record<(typeof OPTIONS)[number], string>>;

const ACTIONS: Readonly<Record<string, (place: Place, options: Options) => Promise<number>>> = {
  new: async ({ id, exercises, solutions }) => {
    const folder = path.join(exercises, id);
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
      throw usageError(`'${id}' is no name for an exercise; use small letters, digits and hyphens.`);
    if (fs.existsSync(folder)) throw new CliError(EXIT.noInput, `There is ${folder} already; choose another name.`);
    newExercise(id, exercises, solutions);
    console.log(`${folder} is there, and plays. Each TODO in it is yours; npx warren author lint ${id} lists them.`);
    return EXIT.ok;
  },
  lint: async (place) => {
    const faults = lint(exerciseOf(place), place.solutions);
    for (const { rule, text } of faults) console.log(`${rule}: ${text}`);
    console.log(`${faults.length === 0 ? 'no' : faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
    return faults.length === 0 ? EXIT.ok : EXIT.failed;
  },
  try: async (place, { engine = 'warren', repeat = '1', write }) => {
    const chosen = ENGINES.find((name) => name === engine);
    if (chosen === undefined) throw usageError(`--engine is '${engine}'; it must be ${ENGINES.join(' or ')}.`);
    const { exercises, solutions } = place;
    const rounds = wholeNumber('repeat', repeat, 1, REPEAT_MOST);
    const options = { engine: chosen, exercises, solutions, readable: [], repeat: rounds, write: write !== undefined };
    let passed = 0;
    let failed = 0;
    for await (const { name, fault } of trials(exerciseOf(place), options)) {
      if (fault === null) passed += 1;
      else failed += 1;
      console.log(fault === null ? `ok    ${name}` : `FAIL  ${name}: ${fault}`);
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};

export const AUTHOR_COMMAND: Subcommand = {
  name: 'author',
  usage: `${Object.keys(ACTIONS).join('|')} <exercise> [--engine warren|rabbitmq] [--repeat <times>] [--write yes]`,
  description: 'makes an exercise, looks it over, and tries it on answers whose verdict is known',
  details: [
    'new          makes a folder with a small exercise that plays; what is to be written is marked TODO',
    'lint         says what is wrong with it without playing it',
    'try          plays right, wrong and empty answers, and the reference with one mistake each',
    '--engine     try: the broker that they are played on; default warren',
    '--repeat     try: how often right and wrong answers are played; default 1',
    '--write yes  try: keeps the reports on wrong answers in reports.txt, as they are now',
    '--exercises  folder of the exercises; default the ones of the course',
    '--solutions  folder of the solutions; default the ones of the course',
  ],
  run: async ([action, id, ...args]) => {
    const act = action === undefined || !Object.hasOwn(ACTIONS, action) ? undefined : ACTIONS[action];
    if (act === undefined || id === undefined || id.startsWith('-'))
      throw usageError(
        `author needs what to do and the name of an exercise: warren author ${Object.keys(ACTIONS).join('|')} <exercise>.`,
      );
    const options = readOptions(args, OPTIONS);
    const { exercises = path.join(COURSE_FOLDER, 'exercises'), solutions = path.join(COURSE_FOLDER, 'solutions') } = options;
    return act({ id, exercises, solutions }, options);
  },
};

function exerciseOf({ exercises, id }: Place): Exercise {
  try {
    return readExercise(exercises, id);
  } catch (error) {
    throw new CliError(EXIT.noInput, (error as Error).message);
  }
}
