/**
 * Whether a node may start, by what it wrote down and by whom it reaches. Mnesia's rule as RabbitMQ 3.10 uses it: the tables
 * of a running member are newer than one's own; without one, a node may load its own copy once nobody is left who may have
 * seen more.
 *
 *   waiting ──┬─ a member runs ────────────────────────────▶ copy from it
 *             ├─ nobody ran when this node stopped ────────▶ boot
 *             ├─ all who ran then wait as well ────────────▶ boot
 *             └─ out of patience ──────────────────────────▶ give up
 *
 * Where several that reach each other may boot, one does, and the others copy from it: two that have lost each other and start
 * again at one moment would go their own ways otherwise. Both have seen the other go, and whoever paused for that, or paused
 * first, knows less: who did not pause boots, or who paused last, and of those the lowest name.
 */
import { type ClusterView, discMembers, isClustered, kindOf } from './membership';

/** A member that answers. `waits`: it is starting too, and waits for others; `enters`: it copies from somebody who runs. */
export interface Reached {
  readonly name: string;
  readonly state: 'running' | 'enters' | 'waits';
  /** Whom it saw running when it stopped. */
  readonly saw: readonly string[];
  /** Milliseconds since 1970 at which it paused, of those who have not run since; default 0: it did not. */
  readonly pausedAt?: number;
}

export type BootDecision =
  /** Load the own copy of the definitions. */
  | { readonly kind: 'boot' }
  /** Take the definitions of this member. */
  | { readonly kind: 'copy'; readonly from: string }
  /** These may know more, or are about to start. */
  | { readonly kind: 'wait'; readonly for: readonly string[] }
  /** A RAM node has nothing of its own to load. */
  | { readonly kind: 'nobody'; readonly asked: readonly string[] };

/** Disc members that wait, each with those that may have gone on when it stopped. */
type Waiting = ReadonlyMap<string, readonly string[]>;

/** `pausedAt`: as those who are reached have it. */
export function decideBoot(view: ClusterView, reached: readonly Reached[], forced: boolean, pausedAt = 0): BootDecision {
  if (!isClustered(view)) return { kind: 'boot' };
  const running = reached.find(({ state }) => state === 'running');
  if (running !== undefined) return { kind: 'copy', from: running.name };
  const { self } = view;
  if (kindOf(view, self) === 'ram') {
    return { kind: 'nobody', asked: view.members.map(({ name }) => name).filter((name) => name !== self) };
  }
  const entering = reached.filter(({ state }) => state === 'enters').map(({ name }) => name);
  if (entering.length > 0) return { kind: 'wait', for: entering };
  const disc = discMembers(view);
  const waiting = new Map([[self, forced ? [] : view.running.filter((name) => disc.includes(name))]]);
  for (const { name, saw } of reached)
    if (disc.includes(name))
      waiting.set(
        name,
        saw.filter((other) => disc.includes(other)),
      );
  const paused = new Map([[self, pausedAt], ...reached.map((one) => [one.name, one.pausedAt ?? 0] as const)]);
  const ranUntil = (name: string): number => paused.get(name) || Number.MAX_VALUE;
  const latest = [...waiting.keys()].filter((name) => stoppedLast(name, waiting)).sort();
  latest.sort((one, other) => ranUntil(other) - ranUntil(one));
  if (latest[0] === self) return { kind: 'boot' };
  return { kind: 'wait', for: latest.includes(self) ? [latest[0] as string] : (waiting.get(self) as readonly string[]) };
}

/**
 * Whether nobody has stopped after this one. Those that saw each other running, directly or by way of others, have stopped at the
 * same moment; whom one of them has seen go has stopped before.
 */
function stoppedLast(name: string, waiting: Waiting): boolean {
  const together = [...seenFrom(name, waiting)].filter((other) => other === name || seenFrom(other, waiting).has(name));
  const saw = together.map((one) => waiting.get(one) as readonly string[]);
  return saw.flat().every((other) => together.includes(other) || saw.some((list) => !list.includes(other)));
}

/** Those who wait and may have gone on when this one stopped, or when one of them did; and the one itself. */
function seenFrom(name: string, waiting: Waiting): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found) for (const other of waiting.get(one) ?? []) if (waiting.has(other)) found.add(other);
  return found;
}
