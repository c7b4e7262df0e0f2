/** Notebook 04: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/04-exchanges.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // Also takes keys of one, two and four words.
  `async function bindAlerts(channel: amqp.Channel): Promise<void> {
    await channel.bindQueue('alerts', 'logs', '#.error');
  }`,
  // `order.*` misses the bare `order` and the key of three words.
  `async function addArchive(channel: amqp.Channel): Promise<void> {
    await channel.assertQueue('archive');
    await channel.assertExchange('part', 'topic');
    await channel.bindExchange('part', 'events', '');
    await channel.bindQueue('archive', 'part', 'order.*');
  }`,
  // With `audit` bound to the exchange that has the alternate, everything is routed and `unclaimed` stays empty.
  `async function buildShop(channel: amqp.Channel): Promise<void> {
    for (const queue of ['audit', 'payments', 'alerts', 'unclaimed']) await channel.assertQueue(queue);
    await channel.assertExchange('rest', 'fanout');
    await channel.bindQueue('unclaimed', 'rest', '');
    await channel.assertExchange('shop', 'topic', { alternateExchange: 'rest' });
    await channel.bindQueue('audit', 'shop', '#');
    await channel.bindQueue('payments', 'shop', 'payment.#');
    await channel.bindQueue('alerts', 'shop', '#.failed');
  }`,
];

describe('your turn in notebook 04', function () {
  this.timeout(240_000 * SLOWNESS);

  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => (output.get(check) ?? '').split('\n')[0] as string);
  }

  it('says "not yet" to the cells as they are', async () => {
    assert.deepEqual(await verdicts([]), ['not yet', 'not yet', 'not yet']);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/04-exchanges.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    assert.deepEqual(await verdicts(solutions), ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    assert.deepEqual(await verdicts(TEMPTING), ['not yet', 'not yet', 'not yet']);
  });
});
