/** Notebook 16: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/16-recovery.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // Ten times six seconds; but a start waits ten times twice.
  `function patience(): { mnesia_table_loading_retry_timeout: number; mnesia_table_loading_retry_limit: number } {
    return { mnesia_table_loading_retry_timeout: 6000, mnesia_table_loading_retry_limit: 10 };
  }`,
  // Forced, so that the node may be asked; it then deletes the queue of the node that it forgets.
  `async function rescue(cluster: LabApi, left: string, lost: string): Promise<void> {
    await cluster.sh\`rabbitmqctl -n \${left} force_boot\`;
    await cluster.node(left).start();
    await cluster.sh\`rabbitmqctl -n \${left} forget_cluster_node \${lost}@localhost\`;
    await cluster.node('rabbit3').start();
    await cluster.sh\`rabbitmqctl -n rabbit3 stop_app\`;
    await cluster.sh\`rabbitmqctl -n rabbit3 join_cluster \${left}@localhost\`;
    await cluster.sh\`rabbitmqctl -n rabbit3 start_app\`;
  }`,
  // All at once, which is right as long as both disks are there.
  `async function repair(cluster: LabApi): Promise<void> {
    const starts = ['rabbit1', 'rabbit2'].map((name) => told(cluster.node(name).start()));
    for (const start of starts) await untilOver(cluster, start);
  }`,
];

describe('your turn in notebook 16', function () {
  this.timeout(300_000 * SLOWNESS);

  /** What each check said last: what it typed stands before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }

  it('says "not yet" to the cells as they are', async () => {
    const [patience, rescued, repaired] = await verdicts([]);
    assert.match(patience as string, /^not yet\n {2}after 120 s: Timeout contacting cluster nodes/);
    assert.deepEqual((rescued as string).split('\n'), [
      'not yet',
      '  rabbit1 is left: orders is down, its home is rabbit2',
      '  rabbit2 is left: orders is down, its home is rabbit1',
    ]);
    assert.match(repaired as string, /^not yet\n {2}seed 1: 120 messages on rabbit2; 120 could be saved\n/);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/16-recovery.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    const outcomes = (await verdicts(solutions)).map((verdict) => verdict.split('\n')[0]);
    assert.deepEqual(outcomes, ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [patience, rescued, repaired] = await verdicts(TEMPTING);
    assert.match(patience as string, /^not yet\n {2}after 120 s: /);
    assert.match(rescued as string, /^not yet\n {2}rabbit1 is left: there is no orders\n/);
    const failed = [...(repaired as string).matchAll(/seed (\d)/g)].map(([, seed]) => seed);
    assert.deepEqual(failed, ['3', '4', '7', '8']);
  });
});
