/**
 * A class is graded by real processes, which are killed: nothing is lost or counted twice, and the marks are the same. What is
 * hidden is looked for in what goes out, and in what an answer sees.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { collect } from '../../lib/grading/classroom/collect';
import { feedback } from '../../lib/grading/classroom/feedback';
import type { ClassFolder } from '../../lib/grading/classroom/class-folder';
import { filesBelow } from '../../lib/grading/classroom/files';
import { queueKeyOf } from '../../lib/grading/classroom/over-queue';
import { release } from '../../lib/grading/classroom/release';
import { readResult } from '../../lib/grading/classroom/results';
import { writeQueueKey } from '../../lib/grading/classroom/sealed';
import { submit } from '../../lib/grading/classroom/submit';
import { tightestSandbox } from '../../lib/grading/sandbox/choose';
import { Lab } from '../../lib/lab/lab';
import { findRabbitmqServer } from '../../lib/lab/rabbitmq-server';
import { ANSWERS, EXERCISE, lay, newClass } from '../unit/grading/classroom-folder';

const WARREN = path.join(__dirname, '..', '..', 'lib', 'bin', 'warren.cjs');
/** Points that each student must get. */
const STUDENTS = { ann: 3, bob: 2, cid: 0, dan: 3 } as const;
/** The answers are ours; a machine without a sandbox grades them as well. */
const TRUST = ['--trust-students', 'yes'];
/** A machine under load is slow; nothing here waits for a time. */
const TIMEOUT_MS = 300_000;
/** Marks the exercise's hidden checks; see the exercise's files. */
const CANARY = '5f0c1d77a9e24b10';

/** A `warren` process, whose lines can be waited for. */
class Process {
  readonly lines: string[] = [];
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { WARREN_AMQP_URL: _url, ...rest } = process.env;
    this.child = spawn(process.execPath, [WARREN, ...words], { env: { ...rest, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line);
      for (const look of this.waiting) look();
    });
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code) => {
        resolve(code);
        for (const look of this.waiting) look();
      }),
    );
  }

  /** Resolves with the first line that fits, also with one of before. Rejects if the process ends without it. */
  line(fits: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.find((line) => fits.test(line));
        if (found === undefined && !this.isOver) return;
        this.waiting.delete(look);
        if (found === undefined) reject(new Error(`no line ${fits} in:\n${this.lines.join('\n')}`));
        else resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (!this.isOver) this.child.kill(signal);
    return this.ended;
  }

  private get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

describe('grading a class', function () {
  this.timeout(TIMEOUT_MS);
  let home: string;
  let of: ClassFolder;
  let started: Process[];

  beforeEach(async () => {
    started = [];
    ({ home, of } = newClass());
    const roster = Object.keys(STUDENTS).map((id) => `${id},${id},\n`);
    lay(of.folder, { 'roster.csv': `id,name,email\n${roster.join('')}` });
    release(of);
    for (const [student, points] of Object.entries(STUDENTS)) {
      lay(of.at('release'), { [`answers/${EXERCISE}.ts`]: `${ANSWERS[points]}// ${student}\n` });
      await submit({ folder: of.at('release'), student, to: of.at('submissions'), notebook: null, now: new Date(0) });
    }
    await collect(of);
  });
  afterEach(async () => {
    await Promise.all(started.map((process) => process.end('SIGKILL')));
    fs.rmSync(home, { recursive: true });
  });

  const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Process => {
    const process = new Process(words, env);
    started.push(process);
    return process;
  };
  const onClass = (word: string, ...rest: readonly string[]): string[] => [
    'class',
    word,
    of.folder,
    '--course',
    of.exercises,
    ...TRUST,
    ...rest,
  ];
  const points = (): Record<string, number | undefined> =>
    Object.fromEntries(Object.keys(STUDENTS).map((id) => [id, readResult(of, id, EXERCISE)?.verdict.points]));
  const gradedAt = (): Record<string, string> =>
    Object.fromEntries(
      Object.keys(STUDENTS).flatMap((id) => {
        const result = readResult(of, id, EXERCISE);
        return result === null ? [] : [[id, result.gradedAt]];
      }),
    );

  it('goes on after kill -9, again and again, and comes to the same', async () => {
    const known: Record<string, string>[] = [];
    const left = path.join(home, 'tmp');
    fs.mkdirSync(left);
    for (let killed = 0; killed < 3; killed++) {
      const grading = start(onClass('grade', '--jobs', '1'), { TMPDIR: left });
      await grading.line(/^1 of \d/);
      await grading.end('SIGKILL');
      known.push(gradedAt());
    }
    assert.deepEqual(
      known.map((each) => Object.keys(each).length),
      [1, 2, 3],
    );
    await emptied(left);
    const last = start(onClass('grade', '--jobs', '2'));
    assert.equal(await last.ended, 0, last.lines.join('\n'));
    assert.match(last.lines.join('\n'), /1 answer graded; 3 had a result already/);
    assert.deepEqual(points(), STUDENTS);
    for (const each of known)
      for (const [id, at] of Object.entries(each)) assert.equal(gradedAt()[id], at, `${id} was graded twice`);
    assert.deepEqual(
      filesBelow(of.at('results')),
      Object.keys(STUDENTS).map((id) => `${id}/${EXERCISE}.json`),
    );
    const again = start(onClass('regrade', '--all', 'yes'));
    await again.line(/^1 of 4/);
    await again.end('SIGKILL');
    const finished = start(onClass('regrade'));
    assert.equal(await finished.ended, 0, finished.lines.join('\n'));
    assert.ok(finished.lines.includes('Nobody changes.'), finished.lines.join('\n'));
    assert.deepEqual(points(), STUDENTS);
  });

  it('goes over a broker: a worker and the one that put the jobs out are killed, and every job is done', async () => {
    const broker = start(['broker', '--port', '0']);
    const [url = ''] = /amqp:\/\/\S+/.exec(await broker.line(/listens on/)) ?? [];
    const env = { WARREN_AMQP_URL: url, WARREN_CLASS_KEY: writeQueueKey(queueKeyOf(of)) };
    const [one, two] = [start(['class', 'work', ...TRUST], env), start(['class', 'work', ...TRUST], env)];
    const first = start(onClass('grade', '--jobs', '0'), env);
    await one.line(/: taken/);
    await one.end('SIGKILL');
    await first.line(/^1 of 4/);
    await first.end('SIGKILL');
    const done = Object.keys(gradedAt()).length;
    const second = start(onClass('grade', '--jobs', '0'), env);
    assert.equal(await second.ended, 0, second.lines.join('\n'));
    assert.ok(done >= 1 && second.lines.some((line) => line.includes(`${done} had a result already`)), second.lines.join('\n'));
    assert.deepEqual(points(), STUDENTS);
    assert.equal(await two.end('SIGTERM'), 0);
    const third = start(onClass('grade', '--jobs', '0'), env);
    assert.equal(await third.ended, 0);
    assert.match(third.lines.join('\n'), /0 answers graded; 4 had a result already/);
  });

  it('goes over a real RabbitMQ, also one that is killed in the middle', async function () {
    if (findRabbitmqServer() === null) this.skip();
    const lab = await Lab.start({ engine: 'rabbitmq', name: 'class-jobs' });
    try {
      const env = { WARREN_AMQP_URL: lab.url(), WARREN_CLASS_KEY: writeQueueKey(queueKeyOf(of)) };
      const workers = [start(['class', 'work', ...TRUST], env), start(['class', 'work', ...TRUST], env)];
      const first = start(onClass('grade', '--jobs', '0'), env);
      await first.line(/^1 of 4/);
      await lab.node().kill();
      assert.equal(await first.ended, 69, first.lines.join('\n'));
      await lab.node().start();
      const second = start(onClass('grade', '--jobs', '0'), env);
      assert.equal(await second.ended, 0, second.lines.join('\n'));
      assert.deepEqual(points(), STUDENTS);
      for (const worker of workers) assert.equal(await worker.end('SIGTERM'), 0);
    } finally {
      await lab.stop();
    }
  });

  it('shows nothing that is hidden, in the release, to an answer, or in feedback', async function () {
    if (tightestSandbox().isolation === 'none') this.skip();
    // Reads all files that it is shown, but the system's; the mark does not stand in it as a whole.
    const half = CANARY.length / 2;
    const lines = [
      '#!/bin/sh',
      `mark=${CANARY.slice(0, half)}`,
      `mark=\${mark}${CANARY.slice(half)}`,
      'echo "[own $(grep -rlF "own file" /box/answer | wc -l)] [runner $(grep -rlF require /box/runner | wc -l)]"',
      'look() { case $1 in /proc|/sys|/usr|/bin|/sbin|/lib*) ;; *) grep -rlF "$mark" $1 2>/dev/null;; esac; }',
      'for each in /*; do look $each; done > /tmp/found',
      'echo "[found $(wc -l < /tmp/found)]"',
      // From a file: grep's own command line is among those that are read.
      'echo "$mark" > /tmp/mark',
      'cd /proc; told=$(cat [0-9]*/environ [0-9]*/cmdline [0-9]*/mountinfo 2>/dev/null | grep -cFf /tmp/mark)',
      'echo "[processes $told]"',
    ];
    fs.rmSync(of.at('release', 'answers'), { recursive: true });
    lay(of.at('release'), {
      [`answers/${EXERCISE}/run.sh`]: `${lines.join('\n')}\n`,
      [`answers/${EXERCISE}/a.txt`]: 'own file\n',
    });
    await submit({ folder: of.at('release'), student: 'ann', to: of.at('submissions'), notebook: null, now: new Date(1) });
    await collect(of);
    const grading = start(onClass('grade', '--jobs', '2'));
    assert.equal(await grading.ended, 0, grading.lines.join('\n'));
    const result = readResult(of, 'ann', EXERCISE);
    assert.match(result?.verdict.output ?? '', /\[own 2\] \[runner [1-9]\d*\]\n\[found 0\]\n\[processes 0\]/);
    const { files, leaks } = feedback(of, null);
    assert.deepEqual([files.length, leaks], [Object.keys(STUDENTS).length, []]);
    for (const folder of ['release', 'feedback', 'results'])
      for (const name of filesBelow(of.at(folder)))
        assert.ok(!fs.readFileSync(of.at(folder, name), 'utf8').includes(CANARY), `${folder}/${name}`);
  });
});

/** What is left of a killed process goes when its guard has seen that; mocha gives up if it stays. */
async function emptied(folder: string): Promise<void> {
  while (fs.readdirSync(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 30));
}
