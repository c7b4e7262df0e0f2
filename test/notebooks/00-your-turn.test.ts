/** Notebook 00: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/00-welcome.ipynb';
const CHECKS = ['check-1', 'check-2'];

/** Answers that look right, and what the check says to each. */
const TEMPTING = [
  // Three messages, in the wrong order.
  `async function threeGreetings(channel: amqp.Channel): Promise<void> {
    for (const id of ['g-3', 'g-2', 'g-1']) channel.sendToQueue('greetings', Buffer.from('Hi'), { messageId: id });
  }`,
  // Two deliveries, but of two messages: neither is redelivered.
  `async function boomerang(channel: amqp.Channel): Promise<void> {
    for (const id of ['b-1', 'b-2']) channel.sendToQueue('boomerang', Buffer.from(id), { messageId: id });
    for (const _ of [1, 2]) await channel.get('boomerang', { noAck: true });
  }`,
];

describe('your turn in notebook 00', function () {
  this.timeout(120_000 * SLOWNESS);

  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => output.get(check) ?? '');
  }

  it('says "not yet" to the cells as they are', async () => {
    const [first, second] = await verdicts([]);
    assert.match(first ?? '', /^not yet: the queue had g-1$/m);
    assert.match(second ?? '', /^not yet: 0 published/m);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/00-welcome.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    for (const verdict of await verdicts(solutions)) assert.match(verdict, /^passed: /m);
  });

  it('says "not yet" to answers that only look right', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [first, second] = await verdicts(TEMPTING);
    assert.match(first ?? '', /^not yet: the queue had g-3, g-2, g-1$/m);
    assert.match(second ?? '', /^not yet: 2 published, 2 delivered \(redelivered: false, false\), 0 left/m);
  });

  it('says so when the function does not return', async () => {
    const [, second] = await verdicts([
      'async function boomerang(_: amqp.Channel): Promise<void> { await new Promise(() => undefined); }',
    ]);
    assert.match(second ?? '', /^not yet: after two seconds the function has not returned$/m);
  });
});
