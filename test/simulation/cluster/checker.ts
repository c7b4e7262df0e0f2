/** Judges what happened in a run by what was promised. */
import type { TraceEvent } from '../../../lib/trace/events';
import type { Attempt, History } from './history';
import { type KindName, kindOf } from './kinds';
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
  /** By kind of queue and the documented way in which it loses: how many were lost so. */
  readonly documented: ReadonlyMap<string, number>;
  /** What should not have been; none if all promises were kept. */
  readonly violations: readonly string[];
}

/** `queues`: their kinds by their names. `drained`: what was not seen is not there. */
export function judge(
  history: History,
  queues: ReadonlyMap<string, KindName>,
  events: readonly TraceEvent[],
  drained: boolean,
): Verdict {
  const { attempts } = history;
  const lost = attempts.filter(({ outcome, consumed }) => drained && outcome === 'acknowledged' && consumed === 0);
  const documented = new Map<string, number>();
  const violations = [...history.broken];
  const unexplained = new Map<string, number[]>();
  for (const attempt of lost) {
    const kind = queues.get(attempt.queue) as KindName;
    const loss = explanation(attempt, kind, events);
    if (loss === undefined) unexplained.set(attempt.queue, [...(unexplained.get(attempt.queue) ?? []), attempt.number]);
    else documented.set(`${kind}: ${loss}`, (documented.get(`${kind}: ${loss}`) ?? 0) + 1);
  }
  for (const [queue, numbers] of unexplained) {
    violations.push(`lost: ${queue} lost ${numbers.length} that it had confirmed: ${numbers.slice(0, 5).join(', ')} ...`);
  }
  return {
    attempted: attempts.length,
    acknowledged: attempts.filter(({ outcome }) => outcome === 'acknowledged').length,
    lost: lost.length,
    duplicated: attempts.filter(({ consumed }) => consumed > 1).length,
    recovered: attempts.filter(({ outcome, consumed }) => (outcome === 'open' || outcome === 'refused') && consumed > 0).length,
    documented,
    violations,
  };
}

function explanation({ queue, number }: Attempt, kind: KindName, events: readonly TraceEvent[]): string | undefined {
  return kindOf(kind).losses.find(({ explains }) => events.some((event) => explains(event, queue, number)))?.name;
}

/** Everything that is defined on a node, by key. */
export function definitionsOf({ broker }: Member): Map<string, string | null> {
  return new Map((broker?.definitionsNow() ?? []).map(({ key, value }) => [key, value]));
}
