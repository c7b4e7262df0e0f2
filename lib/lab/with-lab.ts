/** A lab for one piece of work, stopped afterwards whatever happens: for scripts and tests. */
import type { LabOptions } from './api';
import { Lab } from './lab';

let count = 0;

/** Runs `work` with a lab of its own (not stopped by, and not stopping, any other) and resolves with its result. */
export async function withLab<T>(options: LabOptions, work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await Lab.start({ name: `with-lab-${++count}`, ...options });
  try {
    return await work(lab);
  } finally {
    await lab.stop();
  }
}
