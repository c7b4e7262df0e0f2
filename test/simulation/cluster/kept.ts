/** Plans that failed once, with the faults without which they would not have failed, and why they did. */
import type { Plan } from './plan';

export const KEPT: readonly Plan[] = [
  // A consumer was taken in under a leader who fell before he could tell: what it was sent then stayed in nobody's hands.
  {
    scenario: 'quorum',
    seed: 7,
    deeds: [
      { kind: 'stop', at: 6077, lasts: 7959, whom: ['c'] },
      { kind: 'failing disk', at: 9564, lasts: 2611, whom: ['a'] },
    ],
  },
];
