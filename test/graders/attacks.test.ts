/**
 * Hostile answers (attacks/), each played as an answer is graded. None may gain a point, see a word of what is hidden, leave
 * anything behind, harm the grader, or keep it longer than the limit and two seconds. They are played only where something
 * isolates them: several would do harm to this machine.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { answerFrom, type Answer } from '../../lib/grading/answer/answer';
import type { Verdict } from '../../lib/grading/attempt';
import { readExercise } from '../../lib/grading/exercise';
import { askForVerdict } from '../../lib/grading/process/ask';
import { verdictCard } from '../../lib/grading/report/card';
import { reportText } from '../../lib/grading/report/text';
import { Random } from '../../lib/grading/run/random';
import { tightestSandbox } from '../../lib/grading/sandbox/choose';
import { COURSE_FOLDER } from '../../lib/grading/sandbox/places';

const ID = 'forward-without-loss';
const SEED = 11;
/** Stands in every file that an answer must not see. Always the same, for what is compiled of it is kept. */
const CANARY = 'canary-5d41402abc4b2a76b9719d91';
const LIMITS = { cpuMs: 3000, wallMs: 8000, memoryMiB: 256, processes: 30, records: 20_000 };
/** What a verdict may take beyond its limit. */
const BEYOND_MS = 2000;
const SIDE_BY_SIDE = 4;
/** Attacks connect here, outside; nobody may come. */
const PORT = 21_863;
/** What attacks print when they got through to something. */
const SUCCEEDED = /^(?:let in|connected|OPENED|CONNECTED|FETCHED|answered|started|renamed|wrote \/box)/m;
/** Where attacks leave what they leave, by this name. */
const LEFT = /^warren-attack/;

const ATTACKS = path.join(COURSE_FOLDER, 'attacks');

/** Attacks by their names, such as `exhaust/fork`. */
function attacks(): Map<string, () => Answer> {
  const all = new Map<string, () => Answer>();
  for (const family of fs.readdirSync(ATTACKS).sort()) {
    for (const name of fs.readdirSync(path.join(ATTACKS, family)).sort()) {
      all.set(`${family}/${name.replace(/\.ts$/, '')}`, () => attackOf(path.join(ATTACKS, family, name)));
    }
  }
  // Too deep for the tools that look at this course's files, so it is made here.
  all.set('exhaust/compiler', () => ({ kind: 'module', text: `export default ${'('.repeat(20_000)}1${')'.repeat(20_000)};` }));
  return all;
}

function attackOf(file: string): Answer {
  const answer = answerFrom(file);
  if (answer.kind !== 'module') return answer;
  const [source = ''] = new Random(SEED).words(1);
  return { kind: 'module', text: answer.text.replace('SOURCE-OF-SEED-11', source) };
}

interface Outcome {
  readonly verdict: Verdict;
  readonly ms: number;
}

describe('attacks', function () {
  this.timeout(180_000);
  const { isolation } = tightestSandbox();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-hostile-'));
  const exercises = path.join(folder, 'exercises');
  const judges = path.join(folder, 'judges');
  const outcomes = new Map<string, Promise<Outcome>>();
  const tmpdir = process.env.TMPDIR;
  const visitors: string[] = [];
  const listener = net.createServer((socket) => {
    visitors.push(String(socket.remoteAddress));
    socket.destroy();
  });
  let startUpMs = 0;

  const play = async (answer: Answer): Promise<Outcome> => {
    const began = performance.now();
    const verdict = await askForVerdict({ exercises, id: ID, answer, graded: true });
    return { verdict, ms: performance.now() - began };
  };

  before(async function () {
    if (isolation === 'none') this.skip();
    fs.mkdirSync(judges);
    process.env.TMPDIR = judges;
    layOut(exercises);
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(PORT, '127.0.0.1', resolve));
    const nil = async (): Promise<void> => {
      const { ms } = await play({ kind: 'module', text: 'export default () => process.exit(0);' });
      startUpMs = Math.max(startUpMs, ms);
    };
    start(attacks(), play, nil, outcomes);
  });

  after(() => {
    if (tmpdir === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = tmpdir;
    listener.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('are fifty or more, and each says what it tries', () => {
    assert.ok(attacks().size >= 50);
    for (const name of attacks().keys()) {
      const file = path.join(ATTACKS, name);
      const text = [`${file}.ts`, path.join(file, 'run.sh')].find((each) => fs.existsSync(each));
      if (text !== undefined) assert.match(fs.readFileSync(text, 'utf8'), /^(?:#!.*\n)?(?:\/\/|#) attack: \S/, name);
    }
  });

  for (const name of attacks().keys()) {
    it(name, async () => {
      const { verdict } = await (outcomes.get(name) as Promise<Outcome>);
      assert.ok(['fail', 'did not run', 'over limit'].includes(verdict.verdict), `${verdict.verdict}: ${verdict.trouble}`);
      assert.equal(verdict.points, 0);
      assert.doesNotMatch(verdict.output, SUCCEEDED);
      const exercise = readExercise(exercises, ID);
      const card = verdictCard(verdict, exercise);
      const report = reportText(verdict, exercise);
      for (const told of [JSON.stringify(verdict), report, card]) assert.ok(!told.includes(CANARY), 'hidden text');
      // Quoted values of attributes are text.
      assert.doesNotMatch(card.replaceAll(/"[^"<>]*"/g, '""'), /<(?:script|img|iframe)|<[^>]*\son\w+=/i);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(report + card, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      assert.ok(report.length + card.length < 200_000, 'a report of its own size');
    });
  }

  it('are judged within the limit and two seconds, beside what an answer takes that does nothing', async () => {
    const allowed = LIMITS.wallMs + BEYOND_MS;
    const all = await Promise.all([...outcomes].map(async ([name, outcome]) => ({ name, ms: (await outcome).ms })));
    assert.deepEqual(
      all.filter(({ ms }) => ms > allowed + startUpMs),
      [],
    );
  });

  it('send nothing out', async () => {
    await Promise.all(outcomes.values());
    assert.deepEqual(visitors, []);
  });

  it('leave nothing behind', async () => {
    await Promise.all(outcomes.values());
    const name = path.basename(folder);
    while (processesOf(name).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(fs.readdirSync(judges), []);
    assert.ok(!fs.readFileSync('/proc/net/unix', 'latin1').includes(name), 'a socket');
    for (const place of [os.tmpdir(), '/tmp', '/var/tmp', '/dev/shm', os.homedir(), COURSE_FOLDER, '/']) {
      const left = fs.existsSync(place) ? fs.readdirSync(place).filter((each) => LEFT.test(each)) : [];
      assert.deepEqual(left, [], place);
    }
  });

  it('leave a grader that still knows what is right', async () => {
    await Promise.all(outcomes.values());
    const right = path.join(COURSE_FOLDER, 'exercises', ID, 'right');
    const [file = ''] = fs.readdirSync(right).filter((each) => each.endsWith('.ts'));
    const { verdict } = await play(answerFrom(path.join(right, file)));
    assert.equal(verdict.checks.filter(({ passed }) => passed !== true).length, 0, verdict.trouble);
  });
});

/** The exercise with a canary in every file that is not for students, and limits that are reached soon. */
function layOut(exercises: string): void {
  const from = path.join(COURSE_FOLDER, 'exercises', ID);
  const to = path.join(exercises, ID);
  fs.cpSync(from, to, { recursive: true });
  const marked = `\n// ${CANARY}\nexport const mark = '${CANARY}';\n`;
  for (const file of ['scenario.ts', 'checks.ts', 'hidden.ts']) fs.appendFileSync(path.join(to, file), marked);
  const solutions = path.join(exercises, '..', 'solutions');
  fs.mkdirSync(solutions);
  fs.writeFileSync(path.join(solutions, `${ID}.ts`), marked);
  const file = path.join(to, 'exercise.json');
  const info = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  fs.writeFileSync(file, JSON.stringify({ ...info, seeds: { visible: [SEED], hidden: 1 }, limits: LIMITS }));
}

/** Between so many attacks an answer is played that does nothing: the machine is not equally fast all the time. */
const BETWEEN = 6;

/** Plays all, some side by side, in their order. */
function start(
  all: Map<string, () => Answer>,
  play: (answer: Answer) => Promise<Outcome>,
  nil: () => Promise<void>,
  outcomes: Map<string, Promise<Outcome>>,
): void {
  const running: Promise<unknown>[] = Array.from({ length: SIDE_BY_SIDE }, () => Promise.resolve());
  [...all].forEach(([name, answer], index) => {
    const lane = index % SIDE_BY_SIDE;
    const turn = Math.floor(index / SIDE_BY_SIDE);
    const measured = (running[lane] as Promise<unknown>).then(() => (turn % BETWEEN === 0 ? nil() : undefined));
    const outcome = measured.then(() => play(answer()));
    running[lane] = outcome.catch(() => undefined);
    outcomes.set(name, outcome);
  });
}

/** Processes that name this folder in their command line, or have something of it mounted. */
function processesOf(name: string): number[] {
  const mentions = (file: string): boolean => {
    try {
      return fs.readFileSync(file, 'latin1').includes(name);
    } catch {
      return false;
    }
  };
  const pids = fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => pid !== process.pid && (mentions(`/proc/${pid}/mountinfo`) || mentions(`/proc/${pid}/cmdline`)));
}
