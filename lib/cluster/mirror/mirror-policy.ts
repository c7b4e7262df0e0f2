/** What the policies of a mirrored queue ask for (RabbitMQ 3.10: rabbit_mirror_queue_mode_*, rabbit_mirror_queue_misc). Pure. */
import type { JsonObject } from '../../broker/api';
import type { Mirror } from '../../broker/queue/queue';

type Definition = JsonObject | null;

export function isMirrored(policy: Definition): policy is JsonObject {
  return policy?.['ha-mode'] !== undefined;
}

export interface Placement {
  readonly home: string;
  /** Those that are mirrors already first, in the order in which they joined. */
  readonly mirrors: readonly string[];
}

/**
 * Where a queue and its mirrors should be. `running`: members whose application runs, the present home among them. `pick` puts
 * nodes in the order in which they are chosen.
 */
export function placement(
  policy: JsonObject,
  home: string,
  present: readonly Mirror[],
  running: readonly string[],
  pick: (nodes: readonly string[]) => readonly string[],
): Placement {
  const alive = present.filter(({ node }) => running.includes(node));
  const old = alive.map(({ node }) => node);
  const joined = (wanted: readonly string[]): readonly string[] => [
    ...old.filter((node) => wanted.includes(node)),
    ...wanted.filter((node) => !old.includes(node)),
  ];
  if (policy['ha-mode'] === 'exactly') {
    const count = (policy['ha-params'] as number) - 1;
    const more = pick(running.filter((node) => node !== home && !old.includes(node)));
    return { home, mirrors: [...old, ...more].slice(0, count) };
  }
  if (policy['ha-mode'] === 'nodes') return onNodes(policy['ha-params'] as readonly string[], home, alive, running, joined);
  return { home, mirrors: joined(running.filter((node) => node !== home)) };
}

/** The home leaves for a listed node once a synchronised mirror is there; if none of the listed nodes runs, it stays alone. */
function onNodes(
  listed: readonly string[],
  home: string,
  present: readonly Mirror[],
  running: readonly string[],
  joined: (wanted: readonly string[]) => readonly string[],
): Placement {
  const synchronised = present.filter((mirror) => mirror.synchronised).map(({ node }) => node);
  const available = listed.filter((node) => running.includes(node));
  if (available.length === 0) return { home, mirrors: [] };
  const next = available.includes(home) ? home : (available.find((node) => synchronised.includes(node)) ?? home);
  return { home: next, mirrors: joined(available.filter((node) => node !== next)) };
}

/** Where a new queue begins: at `home`, unless `ha-mode: nodes` names others; then on the first member of those (RabbitMQ). */
export function firstHome(policy: Definition, home: string, running: readonly string[]): string {
  if (policy?.['ha-mode'] !== 'nodes') return home;
  const available = running.filter((node) => (policy['ha-params'] as readonly string[]).includes(node));
  return available.includes(home) ? home : (available[0] ?? home);
}

/** Whether a mirror takes the place of a home that is gone. `inOrder`: it was stopped, not killed. `present`: those that run. */
export function isPromoted(policy: Definition, present: readonly Mirror[], inOrder: boolean): boolean {
  const always = inOrder ? policy?.['ha-promote-on-shutdown'] === 'always' : policy?.['ha-promote-on-failure'] !== 'when-synced';
  return present.length > 0 && (always || present.some(({ synchronised }) => synchronised));
}

export function synchronisesItself(policy: Definition): boolean {
  return policy?.['ha-sync-mode'] === 'automatic';
}

/** Messages that are copied at a time. */
export function syncBatch(policy: Definition): number {
  const size = policy?.['ha-sync-batch-size'];
  return typeof size === 'number' ? size : 4096;
}
