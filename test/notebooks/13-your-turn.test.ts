/** Notebook 13: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/13-mirrored-and-quorum-queues.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // Two copies; but a mirror that lacks messages takes over after a kill.
  `async function keepPayments(cluster: LabApi): Promise<void> {
    const definition = '{"ha-mode":"exactly","ha-params":2,"ha-promote-on-shutdown":"when-synced"}';
    await cluster.sh\`rabbitmqctl -n rabbit1 -q set_policy payments ^pay- \${definition}\`;
  }`,
  // Knows of one virtual host only.
  `async function restartAll(cluster: LabApi): Promise<void> {
    for (const node of NODES) {
      const mirrored = (await cluster.snapshot()).queues.filter(({ kind }) => kind === 'mirrored');
      for (const { name } of mirrored) {
        await until(cluster, name, ({ mirrors }) => mirrors?.length === 2);
        await cluster.sh\`rabbitmqctl -n rabbit1 -q sync_queue \${name}\`;
        await until(cluster, name, ({ mirrors }) => mirrors?.every(({ synchronised }) => synchronised) === true);
      }
      await cluster.node(node).stop();
      await cluster.node(node).start();
    }
  }`,
  // Keeps what was there, and for a while no queue is bound: what the shop publishes then goes nowhere, and is confirmed.
  `async function toQuorum(cluster: LabApi, queue: string): Promise<void> {
    const { bindings } = await cluster.snapshot();
    const connection = await amqp.connect(cluster.url('rabbit1'));
    const channel = await connection.createConfirmChannel();
    const kept: any[] = [];
    for (let got = await channel.get(queue); got; got = await channel.get(queue)) kept.push(got);
    await channel.deleteQueue(queue);
    await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } });
    for (const { content, properties } of kept) channel.sendToQueue(queue, content, properties);
    await channel.waitForConfirms();
    for (const { source, routingKey } of bindings.filter((one) => one.source !== '')) {
      await channel.bindQueue(queue, source, routingKey);
    }
    await connection.close();
  }`,
];

describe('your turn in notebook 13', function () {
  this.timeout(180_000 * SLOWNESS);

  /** What each check said last: the commands that a check runs stand before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }

  it('says "not yet" to the cells as they are', async () => {
    const [payments, restarted, changed] = await verdicts([]);
    assert.match(payments as string, /^not yet\n {2}pay-1 has 3 copies\n {2}prepay-1 has mirrors\n/);
    assert.match(restarted as string, /^not yet\n {2}\S+ has 0 of 5 messages\n/);
    assert.match(changed as string, /^not yet\n {2}lost though confirmed: \d+, the first is new-/);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/13-mirrored-and-quorum-queues.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    const outcomes = (await verdicts(solutions)).map((verdict) => verdict.split(/\n| \(/)[0]);
    assert.deepEqual(outcomes, ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [payments, restarted, changed] = await verdicts(TEMPTING);
    assert.equal(payments, 'not yet\n  kill: 0 of 5 are left');
    assert.match(restarted as string, /m-old has [0-4] of 5 messages/);
    assert.match(changed as string, /^not yet\n {2}lost though confirmed: \d+, the first is new-/);
  });
});
