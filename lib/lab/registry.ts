/**
 * The labs of this process by name, so that a cell that starts a lab can be run twice: the second run stops what the first
 * one started. The table hangs on `globalThis`, since a notebook may load this module anew after a rebuild.
 */
export interface Stoppable {
  stop(): Promise<void>;
}

const KEY = Symbol.for('warren.labs');

function labs(): Map<string, Stoppable> {
  const holder = globalThis as { [KEY]?: Map<string, Stoppable> };
  holder[KEY] ??= new Map();
  return holder[KEY];
}

/** Stops the lab of this name, if there is one, and puts `lab` into its place. */
export async function register(name: string, lab: Stoppable): Promise<void> {
  const previous = labs().get(name);
  labs().set(name, lab);
  await previous?.stop();
}

/** Forgets a lab that was stopped, unless another one of its name has taken its place. */
export function unregister(name: string, lab: Stoppable): void {
  if (labs().get(name) === lab) labs().delete(name);
}
