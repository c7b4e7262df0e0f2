/**
 * `npm run claims`: runs the ledger on both engines, prints what fails, and writes docs/claims.md.
 *
 *     npm run claims                              all claims on both (of those about clusters a part on RabbitMQ), and the ledger
 *     npm run claims -- --all                     all claims on both, and the ledger
 *     npm run claims -- --engine rabbitmq         on one engine (warren or rabbitmq)
 *     npm run claims -- --only exchange.topic     those whose id has this text in it
 *     npm run claims -- --list                    ids and sentences, nothing is run
 *     npm run claims -- --slow                    also the ten that took longest
 */
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import type { Claim } from './harness/claim';
import { missingEngine, startEngine, type EngineName } from './harness/engine';
import { ledger, LEDGER } from './harness/ledger';
import { judged } from './harness/not-carried';
import { told } from './harness/report';
import { loadClaims, Runner, type Outcome } from './harness/runner';
import { heldAfter, readHeld, rotated, SAMPLE_MS, timeBox, writeHeld } from './harness/sample';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string' },
      only: { type: 'string' },
      list: { type: 'boolean' },
      slow: { type: 'boolean' },
      all: { type: 'boolean' },
    },
  });
  const all = loadClaims();
  const claims = all.filter((claim) => claim.id.includes(values.only ?? ''));
  if (values.list) {
    for (const claim of claims) console.log(`${claim.id}  ${claim.sentence}`);
    return 0;
  }
  if (claims.length === 0) throw new Error(`No claim has '${values.only}' in its id; --list shows them all.`);
  const outcomes = new Map<EngineName, Outcome[]>();
  for (const name of enginesOf(values.engine)) {
    const missing = missingEngine(name);
    const whole = name === 'warren' || values.all === true || values.only !== undefined;
    if (missing === null) outcomes.set(name, await runOn(name, claims, { slow: values.slow ?? false, whole }));
    else console.log(`${name}: not run, ${missing}`);
  }
  for (const { id, options } of claims) if (options.differs !== undefined) console.log(`differs: ${id}: ${options.differs}`);
  const [warren, rabbitmq] = [outcomes.get('warren'), outcomes.get('rabbitmq')];
  const today = new Date().toISOString().slice(0, 10);
  const held = heldAfter(readHeld(), all, rabbitmq ?? [], today);
  if (rabbitmq) writeHeld(held);
  if (warren && rabbitmq && values.only === undefined) fs.writeFileSync(LEDGER, ledger(warren, rabbitmq, held));
  const asked = [...outcomes.values()].flat().filter(({ notAsked }) => !notAsked);
  const failed = asked.filter((outcome) => outcome.failure !== null).length;
  console.log(`${asked.length - failed} passed, ${failed} failed`);
  return failed === 0 && asked.length > 0 ? 0 : 1;
}

function enginesOf(wanted: string | undefined): readonly EngineName[] {
  if (wanted === undefined) return ['warren', 'rabbitmq'];
  if (wanted !== 'warren' && wanted !== 'rabbitmq') throw new Error(`--engine must be 'warren' or 'rabbitmq', not '${wanted}'.`);
  return [wanted];
}

interface RunOptions {
  readonly slow: boolean;
  /** Whether all scenarios are played. */
  readonly whole: boolean;
}

async function runOn(name: EngineName, claims: readonly Claim[], { slow, whole }: RunOptions): Promise<Outcome[]> {
  const engine = await startEngine(name);
  try {
    const began = performance.now();
    const runner = await Runner.prepare(engine, claims);
    const outcomes: Outcome[] = [];
    const begun = whole ? runner.begin(claims) : runner.begin(rotated(claims, Date.now()), timeBox(SAMPLE_MS));
    for (const pending of begun.values()) {
      const outcome = judged(name, await pending);
      outcomes.push(outcome);
      const line = told(name, outcome);
      if (line !== null) console.log(line);
    }
    const asked = outcomes.filter(({ notAsked }) => !notAsked);
    const wanting = outcomes.filter(({ notCarried }) => notCarried).length;
    const failed = asked.filter((outcome) => outcome.failure !== null).length;
    const others = [
      [claims.length - asked.length, 'not asked'],
      [wanting, 'not carried yet'],
    ] as const;
    const rest = others.map(([count, what]) => (count > 0 ? `, ${count} ${what}` : '')).join('');
    console.log(`${name}: ${asked.length - failed - wanting} of ${asked.length} claims hold${rest} (${seconds(began)} s)`);
    if (slow) {
      for (const { claim, ms } of [...outcomes].sort((a, b) => b.ms - a.ms).slice(0, 10))
        console.log(`  ${Math.round(ms)} ms ${claim.id}`);
    }
    return outcomes;
  } finally {
    await engine.stop();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
