/** What can be simulated: which cluster, which queues, which faults, and what is expected of them. */
import type { PartitionHandling } from '../../../lib/cluster/partitions/partition-handling';
import type { KindName } from './kinds';
import { DEED_KINDS, type DeedKind } from './plan';

export interface Scenario {
  readonly name: string;
  readonly nodes: 3 | 5;
  readonly handling: PartitionHandling;
  /** One queue of each on a node, in turn. */
  readonly kinds: readonly KindName[];
  readonly faults: readonly DeedKind[];
  /** Who the clients are: unmodified amqplib, or frames, which is many times cheaper. */
  readonly clients: 'frames' | 'amqplib';
}

const CLASSIC = ['classic', 'classic', 'classic'] as const;
const QUORUM = ['quorum', 'quorum'] as const;
const MIRRORED = ['mirrored', 'mirrored'] as const;
const REMEMBERED = ['remembered by mirrors', 'remembered by mirrors'] as const;
/** Nodes die, and links are slow at worst. */
const DEATHS: readonly DeedKind[] = ['crash', 'power cut', 'failing disk', 'full disk'];
const CRASHES: readonly DeedKind[] = [...DEATHS, 'slow disk', 'latency', 'memory alarm', 'clock jump'];
const FRAMES = { nodes: 3, faults: DEED_KINDS, clients: 'frames', kinds: CLASSIC } as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...FRAMES, name: 'crashes', handling: 'ignore', faults: CRASHES },
  { ...FRAMES, name: 'ignore', handling: 'ignore' },
  { ...FRAMES, name: 'minority', handling: 'pause_minority' },
  { ...FRAMES, name: 'autoheal', handling: 'autoheal' },
  { ...FRAMES, name: 'five nodes', nodes: 5, handling: 'pause_minority' },
  { ...FRAMES, name: 'quorum crashes', kinds: QUORUM, handling: 'ignore', faults: CRASHES },
  { ...FRAMES, name: 'quorum', kinds: QUORUM, handling: 'ignore' },
  { ...FRAMES, name: 'quorum on five', nodes: 5, kinds: QUORUM, handling: 'pause_minority' },
  {
    ...FRAMES,
    name: 'mirrored crashes',
    kinds: MIRRORED,
    handling: 'ignore',
    faults: CRASHES,
  },
  { ...FRAMES, name: 'mirrored', kinds: MIRRORED, handling: 'pause_minority' },
  { ...FRAMES, name: 'mirrored in memory', kinds: REMEMBERED, handling: 'pause_minority' },
  { ...FRAMES, name: 'mirrored ignore', kinds: MIRRORED, handling: 'ignore' },
  { ...FRAMES, name: 'mirrored autoheal', kinds: MIRRORED, handling: 'autoheal' },
  {
    ...FRAMES,
    name: 'amqplib crashes',
    clients: 'amqplib',
    handling: 'ignore',
    faults: CRASHES,
  },
  { ...FRAMES, name: 'amqplib', clients: 'amqplib', handling: 'pause_minority' },
  { ...FRAMES, name: 'amqplib quorum', clients: 'amqplib', kinds: QUORUM, handling: 'ignore' },
];

export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined)
    throw new Error(`There is no scenario ${name}; there are: ${SCENARIOS.map((one) => one.name).join(', ')}.`);
  return found;
}
