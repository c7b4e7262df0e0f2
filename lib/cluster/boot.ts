/**
 * Whether a node may start, by what it wrote down and by whom it reaches. Mnesia's rule as RabbitMQ 3.10 uses it: the tables
 * of a running member are newer than one's own; without one, a node may load its own copy once nobody is left who may have
 * seen more.
 *
 *   waiting ──┬─ a member runs ────────────────────────────▶ copy from it
 *             ├─ nobody ran when this node stopped ────────▶ boot
 *             ├─ all who ran then wait as well ────────────▶ boot, the lowest name first
 *             └─ out of patience ──────────────────────────▶ give up
 */
import { type ClusterView, discMembers, isClustered, kindOf } from './membership';

/** A member that answers. `waits`: it is starting too, and waits for others. */
export interface Reached {
  readonly name: string;
  readonly state: 'running' | 'waits';
  /** Whom it saw running when it stopped. */
  readonly saw: readonly string[];
}

export type BootDecision =
  /** Load the own copy of the definitions. */
  | { readonly kind: 'boot' }
  /** Take the definitions of this member. */
  | { readonly kind: 'copy'; readonly from: string }
  /** These may know more. */
  | { readonly kind: 'wait'; readonly for: readonly string[] }
  /** A RAM node has nothing of its own to load. */
  | { readonly kind: 'nobody'; readonly asked: readonly string[] };

export function decideBoot(view: ClusterView, reached: readonly Reached[], forced: boolean): BootDecision {
  if (!isClustered(view)) return { kind: 'boot' };
  const running = reached.find(({ state }) => state === 'running');
  if (running !== undefined) return { kind: 'copy', from: running.name };
  if (kindOf(view, view.self) === 'ram') {
    return { kind: 'nobody', asked: view.members.map(({ name }) => name).filter((name) => name !== view.self) };
  }
  if (forced) return { kind: 'boot' };
  const disc = discMembers(view);
  const missing = view.running.filter((name) => disc.includes(name));
  if (missing.length === 0) return { kind: 'boot' };
  // All who may know more are here, and each of them waits: nobody does know more, or the one who does need not wait for us.
  const here = new Map(reached.map((member) => [member.name, member]));
  const together = missing.every((name) => here.has(name));
  const stuck = together && missing.every((name) => (here.get(name) as Reached).saw.includes(view.self));
  if (stuck && missing.every((name) => view.self < name)) return { kind: 'boot' };
  return { kind: 'wait', for: missing };
}
