/** Every claim of the ledger on Warren and, where it is installed, on the RabbitMQ that the ledger is about. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import { missingEngine, startEngine, type Engine, type EngineName } from './harness/engine';
import { ledger, LEDGER } from './harness/ledger';
import { judged, strangers } from './harness/not-carried';
import { told } from './harness/report';
import { loadClaims, Runner, type Outcome } from './harness/runner';
import { readHeld, rotated, SAMPLE_MS, timeBox } from './harness/sample';

const claims = loadClaims();
const seen = new Map<EngineName, Outcome[]>();

for (const name of ['warren', 'rabbitmq'] as const satisfies readonly EngineName[]) {
  describe(`claims on ${name}`, function () {
    // A claim that is asked again is the last to be known.
    this.timeout(1_200_000);
    const missing = missingEngine(name);
    if (missing !== null) {
      it(`not run: ${missing}`);
      return;
    }
    let engine: Engine;
    let outcomes: ReturnType<Runner['begin']>;

    const heard: Outcome[] = [];

    before(async () => {
      seen.set(name, heard);
      engine = await startEngine(name);
      const runner = await Runner.prepare(engine, claims);
      outcomes = name === 'warren' ? runner.begin(claims) : runner.begin(rotated(claims, Date.now()), timeBox(SAMPLE_MS));
    });

    after(async () => {
      await engine.stop();
    });

    for (const claim of claims) {
      it(`${claim.id}: ${claim.sentence}`, async function () {
        const outcome = judged(name, (await outcomes.get(claim)) ?? assert.fail());
        heard.push(outcome);
        if (outcome.failure !== null) throw outcome.failure;
        if (outcome.notAsked || outcome.notCarried) this.skip();
        const line = told(name, outcome);
        if (line !== null) console.log(line);
      });
    }
  });
}

describe('test/claims/not-carried.txt', () => {
  it('names claims only', () => {
    assert.deepEqual(strangers(claims), []);
  });
});

describe('docs/claims.md', () => {
  it('says what these claims gave; `npm run claims` writes it', function () {
    const [warren, rabbitmq] = [seen.get('warren'), seen.get('rabbitmq')];
    // Only a whole run on both engines can tell; with --grep, or without a RabbitMQ, there is none.
    if (warren?.length !== claims.length || rabbitmq?.length !== claims.length) this.skip();
    assert.equal(fs.readFileSync(LEDGER, 'utf8'), ledger(warren, rabbitmq, readHeld()));
  });
});
