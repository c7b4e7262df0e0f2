/** A seed played again: cut down to what it needs to fail, and told. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { answerFrom } from '../../lib/grading/answer/answer';
import { readExercise } from '../../lib/grading/exercise';
import { simpler } from '../../lib/grading/minimise';
import { momentLines, recordingOf, replay, shownFinding } from '../../lib/grading/replay';
import { Random } from '../../lib/grading/run/random';
import { tightestSandbox } from '../../lib/grading/sandbox/choose';
import type { Line, Stage } from '../../lib/grading/scenario';
import { PageCourse } from './pages';

const EXERCISES = path.join(__dirname, '..', '..', 'exercises');
/** A machine under load is slow; nothing here waits for a time. */
const TIMEOUT_MS = 120_000;

describe('a scenario made simpler', () => {
  /** Plays one that would cut at each of three records, and draws a number and a nonce. */
  async function play(simplification: Parameters<typeof simpler>[2]) {
    const cuts: number[] = [];
    const drawn: (number | string)[] = [];
    const acts: ((record: never, line: Line) => void)[] = [];
    const stage = { random: new Random(7), atEach: (act: (typeof acts)[number]) => acts.push(act) };
    const own = {
      play: async ({ random, atEach }: Stage) => {
        drawn.push(random.int(10, 1000), random.nonce());
        atEach((_record, line) => line.cut());
      },
    };
    const { scenario, faults } = simpler(own, 7, simplification);
    await scenario.play(stage as unknown as Stage);
    for (const at of [0, 1, 2]) for (const act of acts) act({} as never, { cut: () => cuts.push(at) });
    return { cuts, faults: faults(), number: drawn[0], nonce: drawn[1] };
  }

  it('leaves out the faults that it is told, and counts all', async () => {
    const none = await play({ spared: new Set(), least: false });
    assert.deepEqual([none.cuts, none.faults], [[0, 1, 2], 3]);
    const some = await play({ spared: new Set([1]), least: false });
    assert.deepEqual([some.cuts, some.faults], [[0, 2], 3]);
  });

  it('draws the smallest numbers, and nonces that differ as before', async () => {
    const { number, nonce } = await play({ spared: new Set(), least: true });
    assert.equal(number, 10);
    assert.match(String(nonce), /^[0-9a-f]{8}$/);
    assert.notEqual((await play({ spared: new Set(), least: false })).number, 10);
  });
});

describe('a replay', function () {
  this.timeout(TIMEOUT_MS);
  const exercise = readExercise(EXERCISES, 'forward-without-loss');
  const request = { exercise, seed: 11, engine: 'warren', sandbox: tightestSandbox(), asItIs: false } as const;

  it('of a wrong answer has fewer faults and messages, and tells what became of the lost one', async () => {
    const answer = answerFrom(path.join(exercise.folder, 'wrong', 'acks-first.ts'));
    const { whole, simplest } = await replay({ ...request, answer });
    assert.equal(simplest.verdict.verdict, 'fail');
    assert.ok(simplest.faults - simplest.spared.size < whole.faults);
    assert.ok(simplest.run.facts.records.length < whole.run.facts.records.length);
    const finding = shownFinding(simplest);
    const lines = finding === null ? [] : momentLines(simplest.run.facts, finding);
    const { title, about, listings, history } = recordingOf(simplest, exercise);
    assert.match(title, /, seed 11: nothing-lost$/);
    assert.equal(about?.follow, finding?.follow);
    assert.ok(about?.events.some((event) => event.type === 'ack'));
    assert.ok(listings.has('end') && history.deliveries.length > 0);
    assert.match(lines.join('\n'), new RegExp(`basic\\.deliver tag \\d+ ${finding?.follow}[\\s\\S]*basic\\.ack tag`));
  });

  it('of a right answer is the run as it was', async () => {
    const answer = answerFrom(path.join(exercise.folder, 'right', 'a-confirm-callback.ts'));
    const { whole, simplest } = await replay({ ...request, answer });
    assert.equal(whole, simplest);
    assert.equal(shownFinding(whole), null);
  });

  it('in a notebook is that of the last check, and opens in a lab', async () => {
    const cells = `
      const { check, replay, withLab } = require('warren');
      const wrong = require('node:fs').readFileSync('exercises/forward-without-loss/wrong/acks-first.ts', 'utf8');
      const main = async () => {
        await replay('forward-without-loss').catch((error) => console.log(error.message));
        await check('forward-without-loss', wrong);
        const run = await replay('forward-without-loss', { whole: true });
        await withLab({ name: 'lab' }, async (lab) => {
          const draw = await lab.open(run);
          const { follow } = run.about;
          console.log((await draw.sequence({ follow })).html.includes(follow), run.history.deliveries.length > 0);
        });
      };
      main();`;
    const course = new PageCourse();
    try {
      fs.writeFileSync(path.join(course.folder, 'cells.cjs'), cells);
      const shown = ['forward-without-loss was not checked in this notebook yet; ...', 'As it was played: ...', 'true true'];
      await course.type({ commands: [{ line: 'node cells.cjs', exitCode: 0, goesOn: false }], shown, at: 1 });
    } finally {
      course.remove();
    }
  });
});
