// Promise under test: in every scenario Warren says, frame by frame, what RabbitMQ 3.10.8 was recorded to say; and the
// RabbitMQ that is installed still says it.
import { strict as assert } from 'node:assert';
import { missingEngine } from '../claims/harness/engine';
import { perform, recorded, scenarios, type Performance } from './play';

for (const name of ['warren', 'rabbitmq'] as const) {
  describe(`wire transcripts on ${name}`, function () {
    this.timeout(60_000);
    const missing = missingEngine(name);
    if (missing !== null) {
      it(`not run: ${missing}`);
      return;
    }
    let performance: Performance;

    before(async () => {
      performance = await perform(name);
    });

    after(async () => {
      await performance.stop();
    });

    for (const scenario of scenarios) {
      it(`${scenario.name}: ${scenario.title}`, async () => {
        assert.equal(await performance.transcripts.get(scenario), recorded(scenario));
      });
    }
  });
}
