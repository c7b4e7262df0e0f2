/** One answer, however it is handed over, has one verdict: as a cell, a file, a notebook, a folder. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { answerFrom, type Answer } from '../../../lib/grading/answer/answer';
import type { AnswerFunction } from '../../../lib/grading/answer/context';
import { answerOf } from '../../../lib/grading/cell';
import { readExercise } from '../../../lib/grading/exercise';
import { grade } from '../../../lib/grading/grade';
import { tightestSandbox } from '../../../lib/grading/sandbox/choose';

const EXERCISES = path.join(__dirname, '../../../exercises');

const FORWARD = 'forward-without-loss';
/** Loses what it acknowledges before it is elsewhere. */
const HASTY = `async ({ amqp, url, env, signal }) => {
  while (!signal.aborted) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      const closed = new Promise((resolve) => connection.once('close', resolve));
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(5);
      await channel.consume(env.SOURCE, (message) => {
        if (message === null) return;
        channel.ack(message);
        channel.sendToQueue(env.TARGET, message.content, { persistent: true });
      });
      await closed;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}`;
const FAITHFUL = HASTY.replace(
  /channel\.ack\(message\);\n\s+(channel\.sendToQueue\(.*)\);/,
  `$1, (error) => {
          try {
            if (error === null) channel.ack(message);
            else channel.nack(message);
          } catch {}
        });`,
);

describe('one answer', function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-same-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  async function judged(id: string, answer: Answer): Promise<unknown> {
    const exercise = readExercise(EXERCISES, id);
    const given = { exercise, answer, engine: 'warren', sandbox: tightestSandbox(), graded: false } as const;
    const { verdict, points, checks, trouble } = await grade(given);
    const found = checks.map(({ id: check, passed, findings }) => [check, passed, findings[0]?.text ?? null]);
    return { verdict, points, found, trouble };
  }

  /** As four things that a student may hand in. */
  function ways(text: string): Record<string, Answer> {
    const at = (name: string, content: string): string => {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
      return file;
    };
    const cells = [{ cell_type: 'code', metadata: {}, source: [`await check('${FORWARD}', `, `${text});`] }];
    const program = `const context = { amqp: require('amqplib'), url: process.env.AMQP_URL, env: process.env };
(${text})({ ...context, signal: new AbortController().signal });`;
    at('folder/main.cjs', program);
    at('folder/run.sh', 'exec node "$(dirname "$0")/main.cjs"');
    return {
      cell: answerOf(new Function(`return ${text}`)() as AnswerFunction),
      file: answerFrom(at('answer.ts', `export default ${text};\n`)),
      notebook: answerFrom(at('student.ipynb', JSON.stringify({ nbformat: 4, cells }))),
      folder: answerFrom(path.join(folder, 'folder')),
    };
  }

  for (const [name, text, wanted] of [
    ['that is right', FAITHFUL, 'pass'],
    ['that is wrong', HASTY, 'fail'],
  ] as const) {
    it(`${name} is judged alike as a cell, a file, a notebook and a folder`, async () => {
      const verdicts: Record<string, unknown> = {};
      for (const [way, answer] of Object.entries(ways(text))) verdicts[way] = await judged(FORWARD, answer);
      const { cell } = verdicts as { cell: { verdict: string } };
      assert.equal(cell.verdict, wanted);
      for (const [way, verdict] of Object.entries(verdicts)) assert.deepEqual([way, verdict], [way, cell]);
    });
  }

  it('that cannot be compiled is refused alike as a cell, a file and a notebook', async () => {
    const { cell, file, notebook } = ways('async ({ amqp }) => { await other(amqp); }');
    for (const answer of [cell, file, notebook] as Answer[]) {
      const { verdict, points, trouble } = (await judged(FORWARD, answer)) as {
        verdict: string;
        points: number;
        trouble: string;
      };
      assert.deepEqual([verdict, points], ['did not run', 0]);
      assert.match(trouble, /'other' is declared/);
    }
  });

  it('of an operator is judged alike as a cell, a file and a notebook', async () => {
    const id = 'form-a-cluster';
    const right = path.join(EXERCISES, id, 'right');
    const file = answerFrom(path.join(right, fs.readdirSync(right)[0] as string)) as Extract<Answer, { kind: 'lines' }>;
    const cells = [{ cell_type: 'code', source: `await check('${id}', ${JSON.stringify(file.lines)})` }];
    const verdicts: unknown[] = [];
    for (const answer of [file, answerOf(file.lines), { kind: 'notebook', text: JSON.stringify({ cells }) }] as Answer[])
      verdicts.push(await judged(id, answer));
    assert.equal((verdicts[0] as { verdict: string }).verdict, 'pass', JSON.stringify(verdicts[0]));
    assert.deepEqual(verdicts[1], verdicts[0]);
    assert.deepEqual(verdicts[2], verdicts[0]);
  });

  it('to a prediction question is judged by what the broker does', async () => {
    const id = 'predict-crash-unacked';
    const right = ['parcel-1', 'parcel-3', 'parcel-4', 'parcel-5', 'parcel-6'];
    const cells = [{ cell_type: 'code', source: `await predict('${id}', ${JSON.stringify(right)})` }];
    const answers: [answer: Answer, verdict: string][] = [
      [{ kind: 'prediction', value: right }, 'pass'],
      [{ kind: 'lines', lines: [JSON.stringify(right)] }, 'pass'],
      [{ kind: 'notebook', text: JSON.stringify({ cells }) }, 'pass'],
      [{ kind: 'prediction', value: [...right].reverse() }, 'fail'],
      [{ kind: 'prediction', value: 3 }, 'fail'],
      [{ kind: 'lines', lines: [] }, 'did not run'],
      [{ kind: 'module', text: 'export default 1;' }, 'did not run'],
    ];
    for (const [answer, verdict] of answers)
      assert.equal(((await judged(id, answer)) as { verdict: string }).verdict, verdict, JSON.stringify(answer));
    const program = (await judged(FORWARD, { kind: 'prediction', value: 1 })) as { verdict: string };
    assert.equal(program.verdict, 'did not run');
  });
});
