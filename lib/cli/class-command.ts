/** `warren class`: a class of students, from handing out to marks. What each word does lies in `lib/grading/classroom`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ClassError } from '../grading/classroom/class-error';
import { ClassFolder, makeClass } from '../grading/classroom/class-folder';
import { collect } from '../grading/classroom/collect';
import { exportClass } from '../grading/classroom/export';
import { feedback } from '../grading/classroom/feedback';
import { writeWhole } from '../grading/classroom/files';
import { gradeClass, type Doer, type Graded, type GradeClass } from '../grading/classroom/grade-class';
import { readMarks, setMark } from '../grading/classroom/marks';
import { overQueue, queueKeyOf } from '../grading/classroom/over-queue';
import { regrade, type Change } from '../grading/classroom/regrade';
import { release } from '../grading/classroom/release';
import { similar } from '../grading/classroom/similar';
import { similarPage } from '../grading/classroom/similar-page';
import { readQueueKey, writeQueueKey } from '../grading/classroom/sealed';
import { standings, toReview } from '../grading/classroom/standing';
import { submit } from '../grading/classroom/submit';
import { work } from '../grading/classroom/worker';
import { exerciseIds } from '../grading/exercise';
import { tightestSandbox } from '../grading/sandbox/choose';
import { COURSE_FOLDER } from '../grading/sandbox/places';
import type { EngineName } from '../lab/api';
import { readOptions, wholeNumber } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

const OPTIONS = [
  'name',
  'roster',
  'due',
  'solutions',
  'exercises',
  'course',
  'student',
  'to',
  'notebook',
  'jobs',
  'engine',
  'exercise',
  'points',
  'note',
  'all',
  'least',
  'nbgrader',
  'trust-students',
] as const;
type Options = Partial<Record<(typeof OPTIONS)[number], string>>;

interface Action {
  /** Options that it knows. */
  readonly takes: readonly (typeof OPTIONS)[number][];
  run(folder: string, options: Options): Promise<number> | number;
}

const JOBS_MAX = 64;

const ACTIONS: Readonly<Record<string, Action>> = {
  new: { takes: ['name', 'roster', 'due', 'solutions', 'exercises', 'course'], run: newClass },
  release: { takes: ['course'], run: releaseClass },
  submit: { takes: ['student', 'to', 'notebook'], run: submitAnswers },
  collect: { takes: ['nbgrader', 'course'], run: collectZips },
  grade: { takes: ['jobs', 'engine', 'trust-students', 'course'], run: gradeAll },
  regrade: { takes: ['jobs', 'engine', 'all', 'trust-students', 'course'], run: regradeAll },
  review: { takes: ['student', 'exercise', 'points', 'note', 'course'], run: review },
  feedback: { takes: ['student', 'course'], run: writeFeedback },
  similar: { takes: ['least', 'course'], run: listSimilar },
  export: { takes: ['course'], run: writeExport },
  key: { takes: ['course'], run: printKey },
};

export const CLASS_COMMAND: Subcommand = {
  name: 'class',
  usage: 'new|release|collect|grade|review|similar|feedback|export|regrade|key <folder>, submit <folder>, work',
  description: 'hands exercises out to a class, takes answers in, grades them, and gives marks back',
  details: [
    'new <folder>       --name "..." [--exercises a,b] [--roster file.csv] [--due 2027-01-31T23:59+01:00]',
    '                   [--solutions <date>]: from when on solutions go out with release and feedback; default never',
    'release <folder>   builds release/, what students get; nothing if something hidden would go out with it',
    "submit <folder>    the student's: packs answers/ of what was handed out; --student <id> [--to <folder>] [--notebook <file>]",
    'collect <folder>   takes in the zips below submissions/; [--nbgrader <folder>]: notebooks that nbgrader collected, too',
    'grade <folder>     [--jobs 2] [--engine warren|rabbitmq]; ended at any moment and asked again, it goes on',
    'review <folder>    what a person must look at; with --student, --exercise, --points, --note: sets a mark',
    'similar <folder>   pairs of answers that are alike, side by side in similar.html; [--least 60]: percent',
    'feedback <folder>  writes feedback/<student>.html; [--student <id>]',
    'export <folder>    writes export/: CSV, JUnit, JSON, and what nbgrader can take',
    'regrade <folder>   grades again what a change of checks touches, says who changes; [--jobs 2] [--all yes]',
    'key <folder>       prints the key with which other machines may grade for this class',
    'work               grades for a class on this machine: WARREN_AMQP_URL and WARREN_CLASS_KEY say which; [--jobs 1]',
    '--trust-students yes  grades, regrades and works also where programs cannot be isolated',
    '--course <folder>  exercises; default the ones of the course',
    '',
    'With WARREN_AMQP_URL, grade and regrade put their jobs into a queue on that broker; --jobs 0 leaves all to others.',
  ],
  run: async ([word, ...args]) => {
    try {
      if (word === 'work') return await workForClass(args);
      const action = ACTIONS[word ?? ''];
      const known = [...Object.keys(ACTIONS), 'work'].join(', ');
      if (action === undefined) throw usageError(`'warren class' needs one of these words behind it: ${known}.`);
      const [folder, ...rest] = args;
      if (folder === undefined || folder.startsWith('-')) throw usageError(`warren class ${word} needs a folder behind it.`);
      return await action.run(folder, readOptions(rest, action.takes));
    } catch (error) {
      throw error instanceof ClassError ? new CliError(EXIT.noInput, error.message) : error;
    }
  },
};

function courseOf({ course }: Options): string {
  const folder = path.resolve(course ?? path.join(COURSE_FOLDER, 'exercises'));
  if (!fs.existsSync(folder)) throw new CliError(EXIT.noInput, `There is no folder ${folder}.`);
  return folder;
}

function opened(folder: string, options: Options): ClassFolder {
  return ClassFolder.open(folder, courseOf(options));
}

function newClass(folder: string, options: Options): number {
  const { name, roster = null, due = null, solutions: solution = null, exercises } = options;
  if (name === undefined) throw usageError('A class has a name: --name "Messaging, spring".');
  const course = courseOf(options);
  const chosen = exercises === undefined ? exerciseIds(course) : exercises.split(',').map((id) => id.trim());
  const made = makeClass({ folder, exercises: course, name, roster, chosen, due, solution });
  console.log(
    `The class '${name}' is in ${made.folder}: ${count(made.roster.length, 'student')}, ${count(chosen.length, 'exercise')}.`,
  );
  console.log(`Due dates stand in class.json, students in roster.csv. Keep the file secret to yourself, and keep a copy of it.`);
  return EXIT.ok;
}

function releaseClass(folder: string, options: Options): number {
  const { folder: built, files, solutions, leaks } = release(opened(folder, options));
  if (leaks.length > 0) {
    console.error('Nothing is released: something hidden would go out.');
    for (const { file, line, from } of leaks) console.error(`  ${file}, from line ${line}: lines of ${from}`);
    return EXIT.failed;
  }
  console.log(`${built} is what students get: ${count(files, 'file')}, and no line of a hidden check among them.`);
  console.log(
    solutions.length === 0 ? 'No solution is in it.' : `By their dates, solutions are in it of: ${solutions.join(', ')}.`,
  );
  return EXIT.ok;
}

async function submitAnswers(folder: string, options: Options): Promise<number> {
  const { student, to = null, notebook = null } = options;
  if (student === undefined) throw usageError('Say who you are: --student <your id>.');
  const { file, exercises, missing } = await submit({ folder, student, to, notebook, now: new Date() });
  console.log(`${file} holds your answers to ${exercises.join(', ')}. Hand it in as your teacher says.`);
  if (missing.length > 0) console.log(`Without an answer of yours: ${missing.join(', ')}.`);
  return EXIT.ok;
}

async function collectZips(folder: string, options: Options): Promise<number> {
  const of = opened(folder, options);
  const { collected, refused } = await collect(of, options.nbgrader === undefined ? null : path.resolve(options.nbgrader));
  const answers = collected.reduce((sum, each) => sum + Object.keys(each.answers).length, 0);
  const present = collected.filter((each) => Object.keys(each.answers).length > 0).length;
  console.log(`In ${of.at('collected')}: ${count(answers, 'answer')} of ${count(present, 'student')}.`);
  const none = collected.filter((each) => Object.keys(each.answers).length === 0).map(({ student }) => student);
  if (none.length > 0) console.log(`Nothing from ${none.join(', ')}.`);
  for (const { student, notes } of collected) for (const note of notes) console.log(`  ${student}: ${shown(note)}`);
  for (const { source, reason } of refused) console.log(`  ${shown(source)} was not taken: ${shown(reason)}.`);
  return EXIT.ok;
}

/** Programs of strangers are not let loose on this machine, unless the teacher says so. */
function refuseWithoutSandbox({ jobs, 'trust-students': trust }: Options): void {
  if (trust !== undefined || jobs === '0' || tightestSandbox().isolation !== 'none') return;
  const words = 'This machine cannot isolate programs of students. Install bubblewrap, or say --trust-students yes.';
  throw new CliError(EXIT.unavailable, words);
}

async function gradeAll(folder: string, options: Options): Promise<number> {
  refuseWithoutSandbox(options);
  const of = opened(folder, options);
  if (fs.existsSync(of.at('before')))
    throw new CliError(EXIT.unavailable, `A regrade was not finished; warren class regrade ${folder} goes on with it.`);
  return told(await gradeClass(of, gradingOf(options), doerOf(of, options)), folder);
}

async function regradeAll(folder: string, options: Options): Promise<number> {
  refuseWithoutSandbox(options);
  const of = opened(folder, options);
  const done = await regrade(of, { ...gradingOf(options), everything: options.all !== undefined }, doerOf(of, options));
  const code = told(done, folder);
  console.log(done.changes.length === 0 ? 'Nobody changes.' : `${count(done.changes.length, 'result')} changed:`);
  for (const change of done.changes) console.log(`  ${changeText(change)}`);
  const marks = Object.values(readMarks(of)).reduce((sum, each) => sum + Object.keys(each).length, 0);
  if (marks > 0) console.log(`Marks of yours: ${marks}, all kept.`);
  console.log(`The changes are in ${done.file}.`);
  return code;
}

function changeText({ student, exercise, before, after, checks }: Change): string {
  const points = `${before.points} → ${after.points} points (${before.verdict} → ${after.verdict})`;
  return [`${student}, ${exercise}: ${points}`, ...checks].join('; ');
}

function told({ graded, kept, outdated, troubled }: Graded, folder: string): number {
  console.log(`${count(graded, 'answer')} graded; ${kept} had a result already.`);
  if (outdated > 0)
    console.log(
      `${count(outdated, 'result')} of them by other checks than those of today; warren class regrade ${folder} sees to that.`,
    );
  if (troubled.length === 0) return EXIT.ok;
  console.log(
    `${count(troubled.length, 'answer')} could not be judged, which is no fault of the students and costs them nothing:`,
  );
  for (const { student, exercise, text } of troubled) console.log(`  ${student}, ${exercise}: ${shown(text)}`);
  console.log('The same command tries those again; warren class review sets a mark by hand.');
  return EXIT.unavailable;
}

function gradingOf({ jobs = '2', engine = 'warren', 'trust-students': trust }: Options): GradeClass {
  if (engine !== 'warren' && engine !== 'rabbitmq') throw usageError(`--engine is '${engine}'; it must be warren or rabbitmq.`);
  return {
    jobs: wholeNumber('jobs', jobs, process.env.WARREN_AMQP_URL === undefined ? 1 : 0, JOBS_MAX),
    engine: engine satisfies EngineName,
    trustStudents: trust !== undefined,
    progress: (done, all, { student, exercise }, { verdict: { verdict, points, pointsMax }, tookMs }) =>
      console.log(
        `${done} of ${all}  ${student}, ${exercise}: ${verdict}, ${points} of ${pointsMax} points, ` +
          `${(tookMs / 1000).toFixed(1)} s`,
      ),
  };
}

function doerOf(of: ClassFolder, options: Options): Doer | undefined {
  const url = process.env.WARREN_AMQP_URL;
  if (url === undefined) return undefined;
  const { jobs, trustStudents } = gradingOf(options);
  const doer = overQueue(of, { url, jobs, trustStudents, tell: () => undefined });
  return (open, keep) => brokerTold(url, doer(open, keep));
}

/** Trouble with the broker in a sentence, without the password that the address may hold. */
async function brokerTold<T>(url: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ClassError) throw new CliError(EXIT.unavailable, error.message);
    const { host } = URL.canParse(url) ? new URL(url) : { host: 'that address' };
    throw new CliError(EXIT.unavailable, `The broker at ${host} (WARREN_AMQP_URL) cannot be used: ${(error as Error).message}.`);
  }
}

async function workForClass(args: readonly string[]): Promise<number> {
  const options = readOptions(args, ['jobs', 'trust-students']);
  const { jobs = '1' } = options;
  refuseWithoutSandbox(options);
  const { WARREN_AMQP_URL: url, WARREN_CLASS_KEY: words = '' } = process.env;
  const key = readQueueKey(words);
  if (url === undefined)
    throw new CliError(EXIT.configuration, 'WARREN_AMQP_URL must hold the address of the broker with the jobs.');
  if (key === null)
    throw new CliError(
      EXIT.configuration,
      'WARREN_CLASS_KEY must hold what warren class key <folder> prints on the teacher’s machine.',
    );
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  console.log(`Grading for ${key.classId} until stopped.`);
  const tell = (text: string): void => console.log(shown(text));
  const trustStudents = options['trust-students'] !== undefined;
  const at = { url, key, jobs: wholeNumber('jobs', jobs, 1, JOBS_MAX), trustStudents };
  await brokerTold(url, work({ ...at, tell, signal: stop.signal }));
  return EXIT.ok;
}

function review(folder: string, options: Options): number {
  const of = opened(folder, options);
  const { student, exercise, points, note = '' } = options;
  if (student === undefined && exercise === undefined && points === undefined) return listReview(of);
  if (student === undefined || exercise === undefined || points === undefined)
    throw usageError('A mark needs --student, --exercise and --points (a number, or none to take a mark back).');
  const taken = points === 'none';
  const value = Number(points);
  const most = standings(of).find(({ on }) => on.exercise.info.id === exercise)?.pointsMax ?? Number.POSITIVE_INFINITY;
  if (!taken && !(value >= 0 && value <= most))
    throw usageError(`--points is '${points}'; it must be a number from 0 to ${most}, or none.`);
  setMark(of, student, exercise, taken ? null : { points: value, note, at: new Date().toISOString() });
  console.log(
    taken ? `${student}, ${exercise}: the grader's points count again.` : `${student}, ${exercise}: ${value} points, by you.`,
  );
  return EXIT.ok;
}

function listReview(of: ClassFolder): number {
  const all = standings(of);
  const open = toReview(all);
  console.log(
    open.length === 0
      ? 'The grader could judge every answer that it was given.'
      : `${count(open.length, 'answer')} need your eyes:`,
  );
  for (const { student, on, state } of open) console.log(`  ${student.id}, ${on.exercise.info.id}: ${state}`);
  for (const { student, on, mark } of all)
    if (mark !== null) console.log(`  ${student.id}, ${on.exercise.info.id}: ${mark.points} points, by you. ${shown(mark.note)}`);
  return EXIT.ok;
}

function writeFeedback(folder: string, options: Options): number {
  const of = opened(folder, options);
  const { files, leaks } = feedback(of, options.student ?? null);
  console.log(`${count(files.length, 'page')} in ${of.at('feedback')}.`);
  for (const { file, from } of leaks) console.error(`${file} is not written: lines of ${from} would go out with it.`);
  return leaks.length === 0 ? EXIT.ok : EXIT.failed;
}

function listSimilar(folder: string, options: Options): number {
  const of = opened(folder, options);
  const pairs = similar(of, wholeNumber('least', options.least ?? '60', 1, 100));
  const file = of.at('similar.html');
  writeWhole(file, similarPage(of.info.name, pairs));
  for (const { exercise, programs, percent } of pairs)
    console.log(`${String(percent).padStart(3)} %  ${exercise}: ${programs.map(({ student }) => student).join(' and ')}`);
  console.log(
    pairs.length === 0 ? 'No two answers are that much alike.' : `${count(pairs.length, 'pair')}, side by side in ${file}.`,
  );
  return EXIT.ok;
}

function writeExport(folder: string, options: Options): number {
  for (const file of exportClass(opened(folder, options))) console.log(file);
  return EXIT.ok;
}

function printKey(folder: string, options: Options): number {
  console.log(writeQueueKey(queueKeyOf(opened(folder, options))));
  return EXIT.ok;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** What students wrote steers no terminal. */
function shown(text: string): string {
  return text.replace(/[^\P{C}\n]|\n/gu, ' ');
}
