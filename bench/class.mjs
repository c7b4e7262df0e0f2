// `npm run bench:class -- [--students 200] [--jobs 2] [--exercises a,b] [--keep FOLDER]`: makes a class whose students hand in
// right answers, wrong ones, mutants of right ones and nothing of use, grades it with `warren class grade`, and prints how long
// that took. Nothing is extrapolated: what it says of a class is what it has measured on that class. The exit code is 1 when a
// verdict is not what the answer's author says, or could not be given.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { percentile } from './statistics.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const library = (name) => require(path.join(ROOT, 'lib', 'dist', 'grading', `${name}.js`));
const { answersIn, failsOf } = library('author/answers');
const { lineMutantsOf, mutantsOf } = library('author/mutants');
const { commandLines } = library('answer/answer');
const { makeClass } = library('classroom/class-folder');
const { collect } = library('classroom/collect');
const { release } = library('classroom/release');
const { readResult } = library('classroom/results');
const { submit } = library('classroom/submit');

const EXERCISES = path.join(ROOT, 'exercises');
/** Eight with programs, two with clusters. */
const TEN = [
  'forward-without-loss',
  'competing-consumers',
  'effect-once',
  'headers-routing',
  'topic-router',
  'rpc-server',
  'topology-from-a-drawing',
  'urgent-first',
  'form-a-cluster',
  'recover-last-stopped-first',
];
/** Of a hundred answers. */
const MIX = { right: 50, wrong: 30, mutant: 15, useless: 5 };
const USELESS = [
  'export default async function () {}\n',
  "export default async function () { throw new Error('later'); }\n",
  'export default async function ({ amqp, url }) { await amqp.connect(url); await new Promise(() => undefined); }\n',
  'export default async function ( {\n',
];

/** A number below `below` that is the same in every run. */
function draw(below, ...names) {
  return crypto.createHash('sha256').update(names.join('/')).digest().readUInt32BE(0) % below;
}

/** What students may hand in to an exercise: `{ kind, name, files }`, files by their names behind `answers/`. */
function answersTo(id) {
  const folder = path.join(EXERCISES, id);
  const written = (kind) =>
    answersIn(folder, kind).map((file) => ({
      kind,
      name: path.basename(file),
      must: failsOf(file)?.[0],
      files: filesOf(file, id),
    }));
  const right = written('right');
  const [reference] = answersIn(folder, 'right').filter((file) => fs.statSync(file).isFile());
  const text = fs.readFileSync(reference, 'utf8');
  const end = path.extname(reference);
  const mutants =
    end === '.txt'
      ? lineMutantsOf(commandLines(text)).map(({ name, lines }) => ({ name, text: lines.join('\n') }))
      : mutantsOf(text);
  const single = (kind, name, content) => ({ kind, name, files: { [`${id}${end}`]: content } });
  return {
    right,
    wrong: written('wrong'),
    mutant: mutants.map((each) => single('mutant', each.name, each.text)),
    useless: USELESS.map((content, at) => single('useless', String(at), end === '.txt' ? '# later\n' : content)),
  };
}

function filesOf(file, id) {
  if (fs.statSync(file).isFile()) return { [`${id}${path.extname(file)}`]: fs.readFileSync(file, 'utf8') };
  const names = fs.readdirSync(file);
  return Object.fromEntries(names.map((name) => [`${id}/${name}`, fs.readFileSync(path.join(file, name), 'utf8')]));
}

/** What this student hands in to this exercise. */
function chosen(answers, student, id) {
  const at = draw(100, student, id, 'kind');
  const kinds = Object.entries(MIX).filter(([kind]) => answers[kind].length > 0);
  let upTo = 0;
  let kind = 'right';
  for (const [each, share] of kinds) {
    if (at >= upTo && at < upTo + share) kind = each;
    upTo += share;
  }
  return answers[kind][draw(answers[kind].length, student, id, 'which')];
}

/** Makes the class and its submissions; resolves with the class and, by `student/exercise`, what was handed in. */
async function makeSubmissions(home, students, ids) {
  const roster = path.join(home, 'roster.csv');
  fs.writeFileSync(roster, `id,name,email\n${students.map((id) => `${id},${id},\n`).join('')}`);
  const folder = path.join(home, 'class');
  const of = makeClass({ folder, exercises: EXERCISES, name: 'Size', roster, chosen: ids, due: null, solution: null });
  release(of);
  const all = new Map(ids.map((id) => [id, answersTo(id)]));
  const handedIn = new Map();
  for (const student of students) {
    const answers = of.at('release', 'answers');
    fs.rmSync(answers, { recursive: true });
    for (const id of ids) {
      const answer = chosen(all.get(id), student, id);
      handedIn.set(`${student}/${id}`, answer);
      for (const [name, content] of Object.entries(answer.files)) {
        fs.mkdirSync(path.dirname(path.join(answers, name)), { recursive: true });
        fs.writeFileSync(path.join(answers, name), content);
      }
    }
    await submit({ folder: of.at('release'), student, to: of.at('submissions'), notebook: null, now: new Date() });
  }
  await collect(of);
  return { of, handedIn };
}

/** Runs `warren class grade`; resolves with its exit code. Its lines go to a file, the last of them to people. */
function grade(of, jobs, log) {
  const warren = path.join(ROOT, 'lib', 'bin', 'warren.cjs');
  const child = spawn(process.execPath, [warren, 'class', 'grade', of.folder, '--jobs', String(jobs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const file = fs.createWriteStream(log);
  child.stdout.on('data', (text) => {
    file.write(text);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${String(text).trim().split('\n').at(-1)}`);
  });
  return new Promise((resolve) => child.once('close', resolve));
}

/** Why a verdict is not what the answer's author says; null if it is. */
function faultOf({ kind, must }, result) {
  if (result === null) return 'no result';
  const { verdict, checks, trouble } = result.verdict;
  if (verdict === 'inconclusive' || verdict === "grader's fault") return `${verdict}: ${trouble}`;
  if (kind === 'right' && verdict !== 'pass') return `${verdict} ${trouble}`;
  const failed = checks.filter(({ passed }) => passed === false).map((check) => check.id);
  if (kind === 'wrong' && !(must === undefined ? verdict !== 'pass' : failed.includes(must)))
    return `${verdict}, '${must}' did not fail`;
  if (kind === 'useless' && result.verdict.points > 0) return `${result.verdict.points} points for nothing`;
  return null;
}

const { values } = parseArgs({
  options: {
    students: { type: 'string', default: '200' },
    jobs: { type: 'string', default: '2' },
    exercises: { type: 'string', default: TEN.join(',') },
    keep: { type: 'string' },
  },
});
const ids = values.exercises.split(',');
const students = Array.from({ length: Number(values.students) }, (_, at) => `s${String(at + 1).padStart(3, '0')}`);
const home = values.keep === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), 'warren-class-size-')) : path.resolve(values.keep);
fs.mkdirSync(home, { recursive: true });
try {
  const { of, handedIn } = await makeSubmissions(home, students, ids);
  const [cpu] = os.cpus();
  const about = `${students.length} students, ${ids.length} exercises: ${handedIn.size} answers`;
  console.log(`${about}; --jobs ${values.jobs}; ${os.cpus().length} x ${cpu?.model}`);
  const began = performance.now();
  const code = await grade(of, values.jobs, path.join(home, 'grade.log'));
  const seconds = (performance.now() - began) / 1000;
  const faults = [];
  for (const id of ids) {
    const took = [];
    for (const student of students) {
      const result = readResult(of, student, id);
      if (result !== null) took.push(result.tookMs / 1000);
      const answer = handedIn.get(`${student}/${id}`);
      const fault = faultOf(answer, result);
      if (fault !== null) faults.push(`${student}, ${id}, ${answer.kind}/${answer.name}: ${fault}`);
    }
    const at = (percent) => (percentile(took, percent) ?? 0).toFixed(1).padStart(6);
    console.log(`  ${id.padEnd(28)} ${String(took.length).padStart(4)} verdicts; median ${at(50)} s, p95 ${at(95)} s`);
  }
  const rate = ((handedIn.size / seconds) * 60).toFixed(1);
  console.log(
    `${handedIn.size} verdicts in ${(seconds / 60).toFixed(1)} min: ${rate} a minute. Not as they must be: ${faults.length}.`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  process.exitCode = code === 0 && faults.length === 0 ? 0 : 1;
} finally {
  if (values.keep === undefined) fs.rmSync(home, { recursive: true, force: true });
}
