/** Notebook 17: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/17-partitions.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // More is more; it does not ask how many there are.
  `async function tipTheScale(cluster: LabApi, node: string): Promise<amqp.ChannelModel[]> {
    return Promise.all(Array.from({ length: 10 }, () => amqp.connect(cluster.url(node))));
  }`,
  // Takes what cluster_status calls partitions for the sides; one node is asked.
  `async function sidesOf(cluster: LabApi): Promise<string[][]> {
    const { stdout } = await cluster.sh\`rabbitmqctl -n rabbit2 -q cluster_status --formatter json\`;
    const { running_nodes, partitions } = JSON.parse(stdout);
    const names = (nodes: string[]) => nodes.map((name) => name.replace('@localhost', ''));
    const others = partitions['rabbit2@localhost'] ?? [];
    return others.length > 0 ? [names(running_nodes), names(others)] : [names(running_nodes)];
  }`,
  // Moves everything that a loser has, though most of it is on both sides.
  `async function mend(cluster: LabApi, losers: string[], queue: string): Promise<void> {
    const [trusted] = NODES.filter((node) => !losers.includes(node));
    const from = await amqp.connect(cluster.url(losers[0]));
    const to = await amqp.connect(cluster.url(trusted));
    const source = await from.createChannel();
    const target = await to.createConfirmChannel();
    for (let got = await source.get(queue); got; got = await source.get(queue)) {
      target.sendToQueue(queue, got.content, { messageId: got.properties.messageId });
    }
    await target.waitForConfirms();
    await from.close();
    await to.close();
    for (const node of losers) await cluster.sh\`rabbitmqctl -n \${node} stop_app\`;
    for (const node of losers) await cluster.sh\`rabbitmqctl -n \${node} start_app\`;
  }`,
];

describe('your turn in notebook 17', function () {
  this.timeout(180_000 * SLOWNESS);

  /** What each check said last: the commands that a check runs stand before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }

  it('says "not yet" to the cells as they are', async () => {
    const [scale, sides, mended] = await verdicts([]);
    assert.equal(scale, 'not yet\n  rabbit2 has lost, with 1 more');
    const apart = ['rabbit2 is cut off', 'the line is mended, the cluster is not', 'rabbit1 is stopped'];
    assert.equal(sides, ['not yet', ...apart.map((when) => `  ${when}: rabbit1+rabbit2+rabbit3`)].join('\n'));
    assert.match(mended as string, /^not yet\n[\s\S]* {2}lost: b1 b2 b3$/);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/17-partitions.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    const outcomes = (await verdicts(solutions)).map((verdict) => verdict.split('\n')[0]);
    assert.deepEqual(outcomes, ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [scale, sides, mended] = await verdicts(TEMPTING);
    assert.equal(scale, 'not yet\n  rabbit2 has won, with 10 more; fewer would do');
    assert.equal(sides, 'not yet\n  rabbit2 is cut off: rabbit2');
    const changed = ['b1', 'b2', 'b3'].map((id) => `  ${id} has lost its headers`);
    assert.match(mended as string, new RegExp(`^not yet\\n[\\s\\S]*${changed.join('\\n')}\\n {2}duplicated: o1 o2 o3$`));
  });
});
