/** The judge that stands ready: taken once, as good as a new one, and nobody's burden. */
import { strict as assert } from 'node:assert';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { askForVerdict } from '../../../lib/grading/process/ask';
import { readyJudge, takeJudge } from '../../../lib/grading/process/judges';
import { COURSE_FOLDER } from '../../../lib/grading/sandbox/places';

const TYPESCRIPT = path.join(COURSE_FOLDER, 'tools', 'typescript.cjs');

describe('a judge that stands ready', function () {
  this.timeout(60_000);

  it('is taken once', async () => {
    readyJudge();
    readyJudge();
    const first = takeJudge();
    const second = takeJudge();
    assert.ok(first.spawnargs.includes('ready'));
    assert.ok(!second.spawnargs.includes('ready'));
    for (const judge of [first, second]) {
      judge.kill('SIGKILL');
      await once(judge, 'close');
    }
  });

  it('is not taken when it has died', async () => {
    const before = children();
    readyJudge();
    const [ready = 0] = children().filter((pid) => !before.includes(pid));
    process.kill(ready, 'SIGKILL');
    await gone(ready);
    const next = takeJudge();
    assert.notEqual(next.pid, ready);
    next.kill('SIGKILL');
    await once(next, 'exit');
  });

  it('finds what a new one finds', async () => {
    const exercises = path.join(COURSE_FOLDER, 'exercises');
    const answer = { kind: 'module', text: 'export default async ({ amqp }) => { await other(amqp); }' } as const;
    const verdict = () => askForVerdict({ exercises, id: 'forward-without-loss', answer });
    const fresh = await verdict();
    readyJudge();
    assert.deepEqual(await verdict(), fresh);
    assert.equal(fresh.verdict, 'did not run');
  });

  it('keeps nobody from ending, and ends with whoever began it', async () => {
    const owner = fork(path.join(__dirname, 'judges-owner.ts'), {
      execArgv: ['-r', TYPESCRIPT],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const [pid] = (await once(owner, 'message')) as [number];
    const [code] = (await once(owner, 'exit')) as [number];
    assert.equal(code, 0);
    await gone(pid);
  });
});

function children(): number[] {
  return fs.readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** The processes of a machine tell nobody that they end; it is asked again until mocha gives up. */
async function gone(pid: number): Promise<void> {
  while (fs.existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 30));
}
