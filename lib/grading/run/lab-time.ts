/**
 * Waiting for what a cluster does by itself. On the embedded engine lab time is wound meanwhile, and each step of it lets
 * everything that needs no time come to its end first: what is to come comes at once, and a machine under load changes nothing.
 */
import type { LabApi } from '../../lab/api';

const STEP_MS = 1000;
/** Lab time after which nothing comes any more: more than a node of an exercise waits for others before it gives up. */
const ENOUGH_MS = 60_000;

/** Winds the lab's clock until something holds; resolves with whether it came to that. Only on the embedded engine. */
export async function holdsInTime({ clock }: LabApi, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let passedMs = 0; passedMs < ENOUGH_MS; passedMs += STEP_MS) {
    if (await holds()) return true;
    await clock.advance(STEP_MS);
  }
  return holds();
}
