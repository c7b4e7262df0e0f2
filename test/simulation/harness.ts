/**
 * Runs a scenario under many seeds. Promises: the first seed is run twice and must take the same way both times; a failure
 * names its seed and how to repeat it; a line that the engine logs as an error is a failure; so is a kind of fault that was
 * used and never made a difference, because such a test is blind.
 *
 * `WARREN_SEED=17` (or `17,23`) runs these seeds only; `WARREN_SEEDS=1000` runs that many instead of the scenario's own number.
 */
import { createBroker } from '../../lib/broker/broker';
import { type FaultKind, type LogLine, type SimOptions, SimWorld } from '../../lib/world/sim';

export type Scenario = (world: SimWorld) => Promise<void>;

export interface SeedOptions {
  /** How many seeds, from 1 on. */
  readonly seeds: number;
  readonly world?: SimOptions;
}

/** The seeds to run, by the environment or the scenario's number. */
export function seedsFor(count: number, env: NodeJS.ProcessEnv = process.env): number[] {
  const given = env.WARREN_SEED;
  if (given !== undefined) return given.split(',').map(Number);
  return Array.from({ length: Number(env.WARREN_SEEDS ?? count) }, (_, i) => i + 1);
}

export async function runSeeds(seeds: readonly number[], scenario: Scenario, options: SimOptions = {}): Promise<void> {
  const used = new Set<FaultKind>();
  const mattered = new Set<FaultKind>();
  const run = async (seed: number): Promise<string> => {
    const errors: string[] = [];
    const onLog = (line: LogLine): void => {
      if (line.level === 'critical') errors.push(`${line.host}: ${line.text}`);
      options.onLog?.(line);
    };
    const world = new SimWorld(seed, { ...options, onLog });
    try {
      await scenario(world);
      if (errors.length > 0) throw new Error(`the engine logged an error: ${errors[0]}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Seed ${seed} fails (repeat it with WARREN_SEED=${seed}): ${reason}`, { cause: error });
    }
    for (const fault of world.faults) {
      used.add(fault.kind);
      if (fault.mattered) mattered.add(fault.kind);
    }
    return world.hash();
  };
  const [first] = seeds;
  if (first === undefined) throw new Error('There is no seed to run.');
  let hashOfFirst: string | null = null;
  // All runs start from this one line: amqplib sends the stack of some of its errors to the broker.
  for (const seed of [first, ...seeds]) {
    const hash = await run(seed);
    hashOfFirst ??= hash;
    if (seed === first && hash !== hashOfFirst)
      throw new Error(`Seed ${seed} took another way the second time: chance from outside.`);
  }
  const blind = [...used].filter((kind) => !mattered.has(kind));
  if (blind.length > 0) throw new Error(`These faults never made a difference, under any seed: ${blind.join(', ')}.`);
}

/** A mocha test that runs the scenario under its seeds. */
export function simulated(title: string, { seeds, world = {} }: SeedOptions, scenario: Scenario): void {
  it(`${title} (${seeds} seeds)`, async function () {
    const chosen = seedsFor(seeds);
    this.timeout(10_000 + 2_000 * chosen.length);
    await runSeeds(chosen, scenario, world);
  });
}

/** Starts the real broker on port 5672 of a simulated host, open to `guest` from every host. */
export function startBroker(world: SimWorld, host: string): ReturnType<typeof createBroker> {
  const broker = createBroker(world.host(host), { nodeName: host, users: [{ name: 'guest', password: 'guest' }] });
  broker.listen({ host: '0.0.0.0', port: 5672 }, (error) => {
    if (error !== null) throw error;
  });
  return broker;
}
