/** Notebook 10: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/10-clusters.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // Finds the node's name anywhere in the line, also in the name of a queue.
  `async function effectOfRestart(cluster: LabApi, node: string): Promise<Effect> {
    const { stdout } = await cluster.sh\`rabbitmqctl -q list_queues name durable pid\`;
    const rows = stdout.split('\\n').filter((row) => row.includes(node + '@')).map((row) => row.split('\\t'));
    const named = (durable: string) => rows.filter((row) => row[1] === durable).map((row) => row[0] as string).sort();
    return { down: named('true'), gone: named('false') };
  }`,
  // Forgets the old node, and with it of which kind it was; and asks rabbit1, whoever that is.
  `async function replaceNode(cluster: LabApi, node: string): Promise<void> {
    await cluster.sh\`rabbitmqctl -n rabbit1 forget_cluster_node \${node + '@localhost'}\`;
    await cluster.sh\`rabbitmqctl -n \${node} stop_app\`;
    await cluster.sh\`rabbitmqctl -n \${node} join_cluster rabbit1@localhost\`;
    await cluster.sh\`rabbitmqctl -n \${node} start_app\`;
  }`,
  // Moves bodies: no properties, so nothing is persistent; and the bindings went with the old queue.
  `async function moveQueue(cluster: LabApi, queue: string, to: string): Promise<void> {
    const connection = await amqp.connect(cluster.url(to));
    const channel = await connection.createConfirmChannel();
    const messages: any[] = [];
    for (let got = await channel.get(queue); got; got = await channel.get(queue)) messages.push(got);
    await channel.deleteQueue(queue);
    await channel.assertQueue(queue);
    for (const { content, properties } of messages) {
      channel.sendToQueue(queue, content, { messageId: properties.messageId, headers: properties.headers });
    }
    await channel.waitForConfirms();
    await connection.close();
  }`,
];

describe('your turn in notebook 10', function () {
  this.timeout(180_000 * SLOWNESS);

  /** What each check said last: the commands that a check runs stand before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }

  it('says "not yet" to the cells as they are', async () => {
    const [effect, replaced, moved] = await verdicts([]);
    assert.equal(effect, 'not yet\n  rabbit2: down: -; gone: -\n  rabbit3: down: -; gone: -');
    assert.equal(replaced, 'not yet\n  rabbit3 is no member\n  rabbit1 is no member');
    assert.match(moved as string, /^not yet\n {2}its home is rabbit1\n/);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/10-clusters.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    const outcomes = (await verdicts(solutions)).map((verdict) => verdict.split('\n')[0]);
    assert.deepEqual(outcomes, ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [effect, replaced, moved] = await verdicts(TEMPTING);
    assert.match(effect as string, /^not yet\n {2}rabbit2: down: for rabbit2@localhost, orders; gone: cache\n/);
    assert.equal(replaced, 'not yet\n  rabbit3 was a ram node\n  rabbit1 is no member');
    assert.deepEqual((moved as string).split('\n'), [
      'not yet',
      '  after a crash of rabbit2 it holds: -',
      '  bound to shop with: -',
    ]);
  });
});
