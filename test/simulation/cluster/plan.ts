/**
 * The faults of a run as plain data, drawn from a seed before anything happens: so they can be left out one by one, printed and
 * kept.
 */
import { SeededRandom } from '../../../lib/world/random';

export const DEED_KINDS = [
  'crash',
  'power cut',
  'failing disk',
  'stop',
  'pause',
  'cut',
  'cut one way',
  'partition',
  'latency',
  'reset',
  'reset in a message',
  'slow disk',
  'full disk',
  'memory alarm',
  'clock jump',
  'wrong cookie',
] as const;
export type DeedKind = (typeof DEED_KINDS)[number];

export interface Deed {
  readonly kind: DeedKind;
  /** Lab milliseconds after the clients have begun. */
  readonly at: number;
  /** Lab milliseconds until it is undone: the node starts again, the link is whole. */
  readonly lasts: number;
  /** Hosts: the node it happens to, two ends of a link (from, to), or one side of a partition. */
  readonly whom: readonly string[];
}

export interface Plan {
  readonly scenario: string;
  /** Of everything else that is left to chance: the network, the disks, the clients. */
  readonly seed: number;
  readonly deeds: readonly Deed[];
}

export interface Field {
  readonly nodes: readonly string[];
  readonly clients: readonly string[];
  readonly kinds: readonly DeedKind[];
  /** Lab milliseconds that the storm lasts. */
  readonly storm: number;
}

/** Faults that a run has at most. */
const MOST_DEEDS = 6;
/** Lab milliseconds that most faults last at most; a few last longer than any patience. */
const BRIEF = 3000;
const LONG = 15000;

export function drawDeeds(seed: number, field: Field): Deed[] {
  const random = new SeededRandom(seed).stream('plan');
  // Some kinds only, so that much of the same happens in some runs.
  const kinds = field.kinds.filter(() => random.float() < 0.5);
  if (kinds.length === 0) return [];
  const deeds: Deed[] = [];
  for (let left = random.int(MOST_DEEDS + 1); left > 0; left--) {
    const kind = pick(random, kinds);
    const at = Math.floor(field.storm * 0.9 * random.float());
    const lasts = Math.floor(1 + (random.float() < 0.7 ? BRIEF : LONG) * random.float());
    deeds.push({ kind, at, lasts, whom: drawTargets(kind, random, field) });
    // All at once, or one after the other at short notice, is worse than what independent faults are likely to do.
    if (random.float() < 0.25) {
      const then = Math.floor(at + (random.float() < 0.5 ? 5 : 500) * random.float());
      const second = pick(random, kinds);
      deeds.push({ kind: second, at: then, lasts, whom: drawTargets(second, random, field) });
    }
  }
  return deeds.sort((a, b) => a.at - b.at);
}

function drawTargets(kind: DeedKind, random: SeededRandom, { nodes, clients }: Field): readonly string[] {
  const node = pick(random, nodes);
  switch (kind) {
    case 'partition': {
      const others = nodes.filter((name) => name !== node && random.float() < 0.4);
      return others.length === nodes.length - 1 ? [node] : [node, ...others];
    }
    case 'cut':
    case 'cut one way':
    case 'latency':
    case 'reset':
    case 'reset in a message': {
      const others = random.float() < 0.7 ? nodes.filter((name) => name !== node) : clients;
      const ends = [node, pick(random, others)];
      return random.float() < 0.5 ? ends : ends.reverse();
    }
    default:
      return [node];
  }
}

export function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.int(list.length)] as T;
}
