/** Rounds of faults on real clusters, of this broker or of the real RabbitMQ. */
import type { PartitionHandling } from '../../lib/cluster/partitions/partition-handling';
import { SeededRandom } from '../../lib/world/random';
import { KINDS, type KindName } from '../simulation/cluster/kinds';
import { FAULTS, drawRound, type FaultKind, wordsOf } from './cluster-plan';
import { type EngineUnderTest, NODES, Round } from './cluster-round';
import type { Outcome } from './simulated';

export interface ClusterOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly engine: string;
  /** Default: durable ones of every type. */
  readonly kind: readonly string[] | undefined;
  /** Default: drawn for each round. */
  readonly handling: string | undefined;
}

const ALL: readonly KindName[] = ['classic', 'mirrored', 'quorum'];
const HANDLINGS: readonly PartitionHandling[] = ['ignore', 'pause_minority', 'autoheal'];
const ENGINES: readonly EngineUnderTest[] = ['warren', 'rabbitmq'];

export async function tortureClusters(options: ClusterOptions): Promise<Outcome> {
  const { rounds, seed } = options;
  const engine = oneOf('engine', options.engine, ENGINES);
  const names = Object.keys(KINDS) as KindName[];
  const kinds = options.kind?.map((kind) => oneOf('kind', kind, names)) ?? ALL;
  const handling = options.handling === undefined ? undefined : oneOf('handling', options.handling, HANDLINGS);
  console.log(`torture: seed ${seed}, ${rounds} rounds on a cluster of ${engine}, queues: ${kinds.join(', ')}`);
  const sums = new Map<string, number>();
  const add = (what: string, count: number): void => void sums.set(what, (sums.get(what) ?? 0) + count);
  const faultSums = new Map<FaultKind, number[]>(FAULTS.map((kind) => [kind, [0, 0, 0]]));
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed + round);
    const plan = drawRound(random.stream('plan'), NODES, handling);
    console.log(`torture: seed ${seed + round}, ${plan.handling}: ${plan.faults.map(wordsOf).join('; ')}`);
    const started = Date.now();
    const { verdict, faults, promotions, apart } = await Round.play(engine, kinds, plan, random);
    const { attempted, acknowledged, lost, duplicated, recovered, documented, violations } = verdict;
    const found = { attempted, acknowledged, lost, duplicated, recovered, promotions, 'rounds apart': apart ? 1 : 0 };
    for (const [what, count] of Object.entries(found)) add(what, count);
    for (const [what, count] of documented) add(`lost by ${what}`, count);
    for (const [kind, { done, mattered, skipped }] of faults) {
      faultSums.set(
        kind,
        (faultSums.get(kind) as number[]).map((sum, i) => sum + ([done, mattered, skipped][i] as number)),
      );
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    const why = [...documented].map(([what, count]) => `; ${count} lost by ${what}`).join('');
    console.log(`  ${seconds} s: ${attempted} attempted, ${acknowledged} acknowledged, ${lost} lost${why}`);
    for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
    if (violations.length > 0) {
      failed++;
      console.log(`  ${violations.length} violations; again with: ${commandOf(options, seed + round)}`);
    }
  }
  const told = [...faultSums].map(
    ([kind, [done, mattered, skipped]]) => `${kind} ${done} (mattered ${mattered}, skipped ${skipped})`,
  );
  console.log(`torture: ${[...sums].map(([what, count]) => `${what} ${count}`).join(', ')}`);
  console.log(`torture: ${told.join(', ')}`);
  return { passed: rounds - failed, failed };
}

function commandOf({ engine, kind = [], handling }: ClusterOptions, seed: number): string {
  const more = [...kind.map((name) => `--kind ${name}`), ...(handling === undefined ? [] : [`--handling ${handling}`])];
  return ['npm run torture -- --cluster --rounds 1', `--seed ${seed}`, `--engine ${engine}`, ...more].join(' ');
}

function oneOf<T extends string>(what: string, given: string, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw new Error(`There is no ${what} '${given}'; there are ${known.join(', ')}.`);
  return found;
}
