/** Notebook 09: the checks of its exercises take the right answers and refuse the tempting ones. */
import { strict as assert } from 'node:assert';
import { everyAnswerHasACell, runYourTurn, SLOWNESS, solutionsOf } from './answers';

const NOTEBOOK = 'notebooks/09-operating.ipynb';
const CHECKS = ['check-1', 'check-2', 'check-3'];

/** Answers that look right. Each is refused for the reason behind the exercise. */
const TEMPTING = [
  // A policy of the team's own kind, which the team outranks.
  `async function addTenant(team: string, password: string): Promise<void> {
    await lab.sh\`rabbitmqctl add_vhost \${team}\`;
    await lab.sh\`rabbitmqctl add_user \${team} \${password}\`;
    await lab.sh\`rabbitmqctl set_permissions -p \${team} \${team} .* .* .*\`;
    await lab.sh\`rabbitmqctl set_vhost_limits -p \${team} '{"max-queues":3,"max-connections":2}'\`;
    await lab.sh\`rabbitmqctl set_policy -p \${team} --priority 10 roof .* '{"max-length":100}'\`;
  }`,
  // Counts what a consumer holds as waiting, and looks into one virtual host.
  `async function morningRound(): Promise<Trouble> {
    const { stdout } = await lab.sh\`rabbitmqctl -q list_queues --formatter json name messages consumers\`;
    const full = (JSON.parse(stdout) as any[]).filter(({ messages }) => messages > 0);
    const names = (some: any[]) => some.map(({ name }) => '/:' + name);
    return { forgotten: names(full.filter((q) => q.consumers === 0)), stuck: names(full.filter((q) => q.consumers > 0)) };
  }`,
  // Keeps it out, and for good: nobody can give the old password back.
  `async function lockOut(user: string): Promise<void> {
    await lab.sh\`rabbitmqctl change_password \${user} another\`;
    await lab.sh\`rabbitmqctl close_all_user_connections \${user} bye\`;
  }`,
];

describe('your turn in notebook 09', function () {
  this.timeout(120_000 * SLOWNESS);

  /** What each check said last: the commands that a check runs stand before its verdict. */
  async function verdicts(answers: readonly string[]): Promise<string[]> {
    const output = await runYourTurn(NOTEBOOK, answers);
    return CHECKS.map((check) => /^(passed|not yet)[\s\S]*/m.exec(output.get(check) ?? '')?.[0].trimEnd() ?? 'nothing');
  }
  const outcomes = (all: readonly string[]): string[] => all.map((one) => one.split('\n')[0] as string);

  it('says "not yet" to the cells as they are', async () => {
    const [tenant, round, out] = await verdicts([]);
    assert.match(tenant as string, /^not yet\n {2}it cannot connect/);
    assert.equal(round, 'not yet\n  forgotten: -\n  stuck: -');
    assert.equal(out, 'not yet\n  noisy is in again');
  });

  it('says "passed" to the solutions', async () => {
    const solutions = solutionsOf('solutions/09-operating.ts');
    everyAnswerHasACell(NOTEBOOK, solutions);
    assert.deepEqual(outcomes(await verdicts(solutions)), ['passed', 'passed', 'passed']);
  });

  it('says "not yet" to answers that only look right, and tells where they fail', async () => {
    everyAnswerHasACell(NOTEBOOK, TEMPTING);
    const [tenant, round, out] = await verdicts(TEMPTING);
    assert.equal(tenant, 'not yet\n  of 120 messages its queue holds 120');
    assert.equal(round, 'not yet\n  forgotten: -\n  stuck: /:busy, /:orders');
    assert.deepEqual((out as string).split('\n'), [
      'not yet',
      '  after letIn it does not come back',
      '  its password is another one',
    ]);
  });

  it('says "not yet" to a limit that comes after the door was opened', async () => {
    const late = `async function lockOut(user: string): Promise<void> {
      await lab.sh\`rabbitmqctl close_all_user_connections \${user} bye\`;
      await sleep(300);
      await lab.sh\`rabbitmqctl set_user_limits \${user} '{"max-connections":0}'\`;
    }`;
    const [, , out] = await verdicts([late]);
    assert.match(out as string, /^not yet\n {2}noisy is in again/);
  });
});
