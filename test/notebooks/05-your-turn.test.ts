/** Notebook 05: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/05-queues-messages-vhosts.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // `expires` counts for the queue, not for the prices in it.
  `async function declareTicker(channel: amqp.Channel): Promise<void> {
    await channel.assertQueue('ticker', { maxLength: 3, expires: 2000 });
  }`,
  // Not anchored at the end, so that `orders-internal` may be read.
  `function printerPermissions(): { configure: string; write: string; read: string } {
    return { configure: '^print-', write: '^print-', read: '^print-|^orders' };
  }`,
  // One waiting room for both delays: only the head expires.
  `async function declareRetry(channel: amqp.Channel): Promise<void> {
    await channel.assertQueue('work');
    await channel.assertQueue('work.dead');
    await channel.assertQueue('work.wait', { deadLetterExchange: '', deadLetterRoutingKey: 'work' });
  }`,
  `async function onFailure(channel: amqp.Channel, message: amqp.ConsumeMessage): Promise<void> {
    const deaths = (message.properties.headers?.['x-death'] ?? []) as { reason: string; count: number }[];
    const failures = deaths.reduce((sum, { count }) => sum + count, 0);
    const expiration = [1000, 3000][failures];
    const next = expiration === undefined ? 'work.dead' : 'work.wait';
    channel.sendToQueue(next, message.content, { ...message.properties, expiration });
    channel.ack(message);
  }`,
];

describe('your turn in notebook 05', function () {
  this.timeout(120_000 * SLOWNESS);

  /** What each check said last: the commands that a check runs stand before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }
  const outcomes = (all: readonly string[]): string[] => all.map((one) => one.split('\n')[0] as string);

  it('says "not yet" to the cells as they are', async () => {
    assert.deepEqual(outcomes(await verdicts([])), ['not yet', 'not yet', 'not yet']);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/05-queues-messages-vhosts.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    assert.deepEqual(outcomes(await verdicts(solutions)), ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [ticker, printer, retry] = await verdicts(TEMPTING);
    assert.match(ticker as string, /^not yet/);
    assert.deepEqual((printer as string).split('\n'), ['not yet', '  the printer may: bind print-1 to orders-internal']);
    assert.deepEqual((retry as string).split('\n'), ['not yet', '  late: tried at 1.5, 4.0 s, should be 1.5, 2.5 s']);
  });

  it('ends an answer that requeues for ever', async () => {
    const endless = `async function onFailure(channel: amqp.Channel, message: amqp.ConsumeMessage): Promise<void> {
      channel.nack(message);
    }`;
    const [, , retry] = await verdicts([endless]);
    assert.match(retry as string, /^not yet\n {2}late: tried at 1\.5, /);
  });
});
