/** Every claim of the ledger on Warren and, where it is installed, on the RabbitMQ that the ledger is about. */
import { strict as assert } from 'node:assert';
import { missingEngine, startEngine, type Engine, type EngineName } from './harness/engine';
import { told } from './harness/report';
import { loadClaims, Runner } from './harness/runner';

const claims = loadClaims();

for (const name of ['warren', 'rabbitmq'] as const satisfies readonly EngineName[]) {
  describe(`claims on ${name}`, function () {
    // A claim that is asked again is the last to be known.
    this.timeout(600_000);
    const missing = missingEngine(name);
    if (missing !== null) {
      it(`not run: ${missing}`);
      return;
    }
    let engine: Engine;
    let outcomes: ReturnType<Runner['begin']>;

    before(async () => {
      engine = await startEngine(name);
      outcomes = (await Runner.prepare(engine, claims)).begin(claims);
    });

    after(async () => {
      await engine.stop();
    });

    for (const claim of claims) {
      it(`${claim.id}: ${claim.sentence}`, async () => {
        const outcome = (await outcomes.get(claim)) ?? assert.fail();
        if (outcome.failure !== null) throw outcome.failure;
        const line = told(name, outcome);
        if (line !== null) console.log(line);
      });
    }
  });
}
