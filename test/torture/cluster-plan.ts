/** The faults of a round as plain data, drawn from a seed before anything happens, so that a round can be played again. */
import type { PartitionHandling } from '../../lib/cluster/partitions/partition-handling';
import type { SeededRandom } from '../../lib/world/random';

export const FAULTS = ['kill -9', 'stop', 'SIGSTOP', 'cut', 'isolate', 'reset'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Milliseconds after the clients have begun. */
  readonly at: number;
  /** Milliseconds until it is undone; what is over at once has 0. */
  readonly lasts: number;
  /** The node it happens to, and of a cut link the other end. */
  readonly whom: readonly string[];
}

export interface RoundPlan {
  readonly handling: PartitionHandling;
  readonly faults: readonly PlannedFault[];
}

/** Milliseconds that the clients work while faults happen. */
export const STORM_MS = 9000;
/** Seconds after which a node that says nothing counts as down: fewer than the longest fault lasts. */
export const TICK_TIME_S = 4;
const LONGEST_MS = 7500;
const SHORTEST_MS = 200;
const FEWEST = 2;
const MOST = 5;
const HANDLINGS: readonly PartitionHandling[] = ['pause_minority', 'autoheal', 'ignore'];

/** `handling`: as given, else drawn like the rest. */
export function drawRound(random: SeededRandom, nodes: readonly string[], handling?: PartitionHandling): RoundPlan {
  const pick = <T>(list: readonly T[]): T => list[random.int(list.length)] as T;
  const drawn = pick(HANDLINGS);
  const faults = Array.from({ length: FEWEST + random.int(MOST - FEWEST + 1) }, (): PlannedFault => {
    const kind = pick(FAULTS);
    const node = pick(nodes);
    const other = pick(nodes.filter((name) => name !== node));
    const lasts = SHORTEST_MS + random.int(LONGEST_MS - SHORTEST_MS);
    return {
      kind,
      at: random.int(Math.floor(STORM_MS * 0.8)),
      lasts: kind === 'reset' ? 0 : lasts,
      whom: kind === 'cut' ? [node, other] : [node],
    };
  });
  return { handling: handling ?? drawn, faults: faults.sort((a, b) => a.at - b.at) };
}

export function wordsOf({ kind, at, lasts, whom }: PlannedFault): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${kind} ${whom.join(' | ')} at ${seconds(at)}${lasts === 0 ? '' : ` for ${seconds(lasts)}`}`;
}
