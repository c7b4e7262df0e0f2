/** Judges what happened in a run by what was promised. */
import { judge as verdictOf } from '../../../lib/lab/history';
import type { History } from './history';
import { type Circumstances, type KindName, kindOf } from './kinds';
import type { Member } from './member';

export interface Verdict {
  readonly attempted: number;
  /** Confirmed to their publisher. */
  readonly acknowledged: number;
  /** Confirmed, and never given to a consumer that acknowledged. */
  readonly lost: number;
  /** Acknowledged by consumers more than once: the broker never heard of the first time. */
  readonly duplicated: number;
  /** Nobody knew whether they were kept, and they were. */
  readonly recovered: number;
  /** By kind of queue and the documented way in which its promises end: how many were lost so. */
  readonly documented: ReadonlyMap<string, number>;
  /** What should not have been; none if all promises were kept. */
  readonly violations: readonly string[];
}

/** `queues`: their kinds by their names. `drained`: what was not seen is not there. */
export function judge(
  { attempts, broken, repeated }: History,
  queues: ReadonlyMap<string, KindName>,
  circumstances: Circumstances,
  drained: boolean,
): Verdict {
  const documented = new Map<string, number>();
  const excused = (queue: string): string | undefined => {
    const kind = queues.get(queue);
    const failure = kind && kindOf(kind).failures.find(({ happened }) => happened(circumstances, queue));
    return failure && `${kind}: ${failure.name}`;
  };
  const violations = broken.filter(({ queue }) => queue === null || excused(queue) === undefined).map(({ text }) => text);
  for (const { queue, number } of repeated) {
    if (excused(queue) === undefined)
      violations.push(`duplicated: ${queue} delivered ${number} again without calling it redelivered`);
  }
  const { acknowledged, duplicated, recovered, unexpected, ...seen } = verdictOf(attempts);
  const lost = drained ? seen.lost : [];
  for (const { queue, number } of unexpected) violations.push(`unexpected: ${queue} returned ${number}, and delivered it`);
  const unexplained = new Map<string, number[]>();
  for (const { queue, number } of lost) {
    const reason = excused(queue);
    if (reason === undefined) unexplained.set(queue, [...(unexplained.get(queue) ?? []), number]);
    else documented.set(reason, (documented.get(reason) ?? 0) + 1);
  }
  for (const [queue, numbers] of unexplained) {
    violations.push(`lost: ${queue} lost ${numbers.length} that it had confirmed: ${numbers.slice(0, 5).join(', ')} ...`);
  }
  return {
    attempted: attempts.length,
    acknowledged: acknowledged.length,
    lost: lost.length,
    duplicated: duplicated.length,
    recovered: recovered.length,
    documented,
    violations,
  };
}

/** Everything that is defined on a node, by key. */
export function definitionsOf({ broker }: Member): Map<string, string | null> {
  return new Map((broker?.definitionsNow() ?? []).map(({ key, value }) => [key, value]));
}
