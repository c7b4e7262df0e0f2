/** `lab.open`: what was recorded elsewhere, such as the failing run of an exercise, in pictures. */
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import type { LabDraw } from './api';
import { LastSeen } from './last-seen';
import { Pictures } from './pictures';

export interface Recording {
  readonly title: string;
  readonly events: readonly TraceEvent[];
  /** What the broker looked like, by the name of the moment; `end` is always there. */
  readonly listings: ReadonlyMap<string, Snapshot>;
  /** The message that it is about, by its label, with the events that concern it; null: it is about no single one. */
  readonly about: { readonly follow: string; readonly events: readonly TraceEvent[] } | null;
}

/**
 * Shows what became of the message, the nodes if there are several, and the broker at the end. What it gives draws more of the
 * recording, on request. Rejects if there is no listing `end`.
 */
export async function openRecording({ title, events, listings, about }: Recording): Promise<LabDraw> {
  const end = listings.get('end');
  if (end === undefined) throw new Error(`The recording '${title}' has no listing of its end.`);
  const lastSeen = new LastSeen();
  for (const listing of listings.values()) lastSeen.saw(listing);
  const pictures = new Pictures(
    async () => end,
    () => events,
    lastSeen,
    () => events.at(-1)?.at ?? 0,
  );
  if (about !== null) await pictures.sequence({ title, ...about });
  if (end.nodes.length > 1) await pictures.timeline({ title });
  await pictures.topology({ title });
  // The pictures stand in the cell already: printing this at its end would add nothing.
  return Object.defineProperty(pictures, Symbol.for('nodejs.util.inspect.custom'), { value: () => '' });
}
