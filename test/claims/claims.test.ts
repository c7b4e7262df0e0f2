/** Every claim of the ledger on Warren and, where it is installed, on the RabbitMQ that the ledger is about. */
import { missingEngine, startEngine, type Engine, type EngineName } from './harness/engine';
import { loadClaims, Runner } from './harness/runner';

const claims = loadClaims();

for (const name of ['warren', 'rabbitmq'] as const satisfies readonly EngineName[]) {
  describe(`claims on ${name}`, function () {
    this.timeout(120_000);
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
        const failure = (await outcomes.get(claim))?.failure;
        if (failure) throw failure;
      });
    }
  });
}
