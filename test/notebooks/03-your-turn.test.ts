/** Notebook 03: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/03-producer-consumer.ipynb';
const SOLUTIONS = 'solutions/03-producer-consumer.ts';
const CHECKS = ['check-1', 'check-2', 'check-3'];

describe('your turn in notebook 03', function () {
  this.timeout(240_000 * SLOWNESS);

  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => output.get(check) ?? '');
  }

  /** The solutions, with each change made in one of them. */
  function spoiled(...changes: readonly (readonly [what: string | RegExp, by: string])[]): string[] {
    const right = solutionsOf(SOLUTIONS);
    const wrong = right.map((text) => changes.reduce((changed, [what, by]) => changed.replace(what, by), text));
    assert.equal(
      wrong.filter((text, i) => text !== right[i]).length,
      changes.length,
      'each change stands in a solution of its own',
    );
    return wrong;
  }

  it('says "not yet" to the cells as they are', async () => {
    for (const verdict of await verdicts([])) assert.match(verdict, /^not yet: /m);
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf(SOLUTIONS);
    everyAnswerHasACell(NOTEBOOK, solutions);
    for (const verdict of await verdicts(solutions)) assert.match(verdict, /^passed: /m);
  });

  it('refuses an ack before the work, giving up at once, and questions that cannot be told apart', async () => {
    const work = '    await work(message.content.toString());\n';
    const ack = '    channel.ack(message);\n';
    const answers = spoiled(
      [`${work}${ack}`, ack + work],
      ['false, firstTry', 'false, false'],
      ['String(++asked)', "'the same for all'"],
    );
    const [early, dropped, mixed] = await verdicts(answers);
    assert.match(early ?? '', /^not yet: 2 finished, 0 of 3 back in the queue$/m);
    assert.match(dropped ?? '', /^not yet: tried 1, 1, 1 times/m);
    assert.match(mixed ?? '', /^not yet: three questions at once gave /m);
  });

  it('refuses to try for ever, and to wait for ever', async () => {
    const [, endless, patient] = await verdicts(
      spoiled(['false, firstTry', 'false, true'], ['}, timeoutMs);', '}, 60_000).unref();']),
    );
    assert.match(endless ?? '', /^not yet: tried 1, (?!2,)\d+, 1 times/m);
    assert.match(patient ?? '', /^not yet: a question without an answer ended with no time limit$/m);
  });
});
