/** The faults of a failing run without which it would not fail. */
import type { RunOptions } from './cluster-run';
import type { Plan } from './plan';
import { simulate } from './simulate';

/** What of a violation stays the same while everything around it becomes less. */
export function sortOf(violation: string): string {
  return violation.split(/[:\d]/, 1)[0] as string;
}

/** Leaves out one fault after the other as long as the plan fails in the same way. */
export async function shrink(plan: Plan, sort: string, options: RunOptions = {}): Promise<Plan> {
  const fails = async (smaller: Plan): Promise<boolean> => {
    const { verdict } = await simulate(smaller, options);
    return verdict.violations.some((violation) => sortOf(violation) === sort);
  };
  let least = plan;
  // Half of them at a time while that works, then one by one.
  for (let size = Math.ceil(plan.deeds.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < least.deeds.length; ) {
      const smaller = { ...least, deeds: [...least.deeds.slice(0, at), ...least.deeds.slice(at + size)] };
      if (await fails(smaller)) least = smaller;
      else at += size;
    }
  }
  return least;
}
