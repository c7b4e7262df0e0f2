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
  // A node that stopped never answered for a change that had come while its storage was closing: nobody got a turn any more.
  {
    scenario: 'quorum',
    seed: 8,
    deeds: [
      { kind: 'crash', at: 570, lasts: 2993, whom: ['c'] },
      { kind: 'stop', at: 5400, lasts: 565, whom: ['c'] },
      { kind: 'pause', at: 5400, lasts: 565, whom: ['c'] },
      { kind: 'crash', at: 7552, lasts: 1799, whom: ['a'] },
    ],
  },
  // A leader took a younger request before the older ones that had been lost: those counted as done, too.
  {
    scenario: 'quorum',
    seed: 20,
    deeds: [
      { kind: 'crash', at: 3726, lasts: 14030, whom: ['a'] },
      { kind: 'crash', at: 5679, lasts: 133, whom: ['b'] },
      { kind: 'stop', at: 7918, lasts: 1930, whom: ['c'] },
    ],
  },
  {
    scenario: 'quorum crashes',
    seed: 258,
    deeds: [
      { kind: 'failing disk', at: 2068, lasts: 7175, whom: ['a'] },
      { kind: 'failing disk', at: 5664, lasts: 773, whom: ['c'] },
    ],
  },
  // A mirror that was about to stop was promoted when it had noted already what had been delivered before: after its next start
  // all of that was handed out as if for the first time.
  {
    scenario: 'mirrored',
    seed: 359,
    deeds: [
      { kind: 'stop', at: 4103, lasts: 12606, whom: ['b'] },
      { kind: 'stop', at: 4104, lasts: 12606, whom: ['a'] },
    ],
  },
];
