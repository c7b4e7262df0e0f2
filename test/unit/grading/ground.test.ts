/** Which broker a run is played on; the real RabbitMQ is Debian's. */
import { strict as assert } from 'node:assert';
import { Ground, type GroundOptions } from '../../../lib/grading/run/ground';
import type { Lab } from '../../../lib/lab/lab';
import { findRabbitmqServer } from '../../../lib/lab/rabbitmq-server';

describe('the broker of a run', function () {
  this.timeout(120_000);

  const groundOf = (engine: GroundOptions['engine'], kind: 'program' | 'lines' = 'program'): Ground =>
    new Ground({ engine, scenario: {}, answer: { kind } });

  /** Names of those that run in this process, as lab/registry.ts keeps them. */
  const labs = (): string[] => [
    ...((globalThis as { [key: symbol]: Map<string, unknown> })[Symbol.for('warren.labs')]?.keys() ?? []),
  ];

  const isOver = (lab: Lab): Promise<void> => assert.rejects(lab.snapshot(), /stopped/);

  it('is nobody else’s where it is ours', async () => {
    const ground = groundOf('warren');
    const lab = await ground.take(1);
    await ground.leave(lab, false);
    await isOver(lab);
  });

  it('may be begun before it is taken, and ends with the others if nobody takes it', async () => {
    const ground = groundOf('warren');
    ground.begin([1, 2]);
    const [taken, other] = [await ground.take(1), await ground.take(3)];
    assert.deepEqual(
      labs().map((name) => name.slice(0, 6)),
      ['run-1-', 'run-2-', 'run-3-'],
    );
    await Promise.all([ground.leave(taken, false), ground.leave(other, false)]);
    const unused = labs().find((name) => name.startsWith('run-2-'));
    assert.ok(unused !== undefined);
    await ground.close();
    await ground.close();
    assert.deepEqual(labs(), []);
  });

  describe('on a real RabbitMQ', () => {
    before(function () {
      if (findRabbitmqServer() !== null) return;
      console.log('    skipped: no RabbitMQ is installed (Debian: apt-get install rabbitmq-server)');
      this.skip();
    });

    it('is the same real one for programs, its trace cleared, until something has gone wrong on it', async () => {
      const ground = groundOf('rabbitmq');
      const lab = await ground.take(1);
      lab.trace.note('the first run');
      await ground.leave(lab, false);
      assert.equal(await ground.take(2), lab);
      assert.deepEqual(lab.trace.events, []);
      await ground.leave(lab, true);
      await isOver(lab);
    });

    it('is nobody else’s where it does not run any more', async () => {
      const ground = groundOf('rabbitmq');
      const lab = await ground.take(1);
      await lab.node().kill();
      await ground.leave(lab, false);
      await isOver(lab);
    });

    it('is nobody else’s where command lines were given to it, which may change more than a vhost', async () => {
      const ground = groundOf('rabbitmq', 'lines');
      const lab = await ground.take(1);
      await ground.leave(lab, false);
      await isOver(lab);
    });
  });
});
