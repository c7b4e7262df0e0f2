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
  // Two that had lost each other and paused started again at one moment, each alone, for neither had to wait for anybody.
  {
    scenario: 'minority',
    seed: 184,
    deeds: [
      { kind: 'power cut', at: 6925, lasts: 2382, whom: ['b'] },
      { kind: 'reset', at: 8544, lasts: 1676, whom: ['a', 'c'] },
    ],
  },
  // Two that a third still reached asked it only a second later, when they had met again: none paused, and all went on apart.
  {
    scenario: 'amqplib',
    seed: 321,
    deeds: [
      { kind: 'reset', at: 4253, lasts: 1061, whom: ['a', 'c'] },
      { kind: 'reset', at: 4524, lasts: 2608, whom: ['a', 'b'] },
    ],
  },
  // A node that was being stopped was also to pause: it was not told any more that a member it waited for had died.
  {
    scenario: 'mirrored',
    seed: 107,
    deeds: [
      { kind: 'failing disk', at: 820, lasts: 5288, whom: ['c'] },
      { kind: 'pause', at: 820, lasts: 2631, whom: ['c'] },
      { kind: 'stop', at: 1278, lasts: 7287, whom: ['b'] },
      { kind: 'stop', at: 2435, lasts: 9973, whom: ['a'] },
    ],
  },
  // A new keeper granted itself a turn before it had called the roll, and a queue moved while others still knew its old home.
  {
    scenario: 'mirrored autoheal',
    seed: 263,
    deeds: [
      { kind: 'partition', at: 4021, lasts: 2923, whom: ['a', 'c'] },
      { kind: 'reset', at: 5029, lasts: 2207, whom: ['a', 'b'] },
    ],
  },
  // A node deleted a queue and died: whoever had asked for it was told that there is no such queue.
  {
    scenario: 'quorum on five',
    seed: 161,
    deeds: [
      { kind: 'stop', at: 2636, lasts: 1199, whom: ['e'] },
      { kind: 'power cut', at: 2797, lasts: 436, whom: ['c'] },
      { kind: 'crash', at: 3000, lasts: 436, whom: ['d'] },
      { kind: 'partition', at: 7108, lasts: 7760, whom: ['a', 'b', 'c'] },
      { kind: 'failing disk', at: 9197, lasts: 913, whom: ['b'] },
    ],
  },
  // A connection that a paused machine had taken was accepted after the listener had closed, by a broker that was no more.
  {
    scenario: 'mirrored',
    seed: 429,
    deeds: [
      { kind: 'failing disk', at: 1983, lasts: 1461, whom: ['b'] },
      { kind: 'pause', at: 8837, lasts: 1614, whom: ['b'] },
      { kind: 'failing disk', at: 8940, lasts: 1614, whom: ['c'] },
      { kind: 'failing disk', at: 9691, lasts: 11371, whom: ['a'] },
    ],
  },
  // A node was let in while the home of a transient queue died: it kept the definition, for it had never seen that home run.
  {
    scenario: 'quorum crashes',
    seed: 10015,
    deeds: [
      { kind: 'latency', at: 1385, lasts: 1731, whom: ['c', 'b'] },
      { kind: 'latency', at: 3308, lasts: 4887, whom: ['b', 'c'] },
      { kind: 'power cut', at: 3509, lasts: 1756, whom: ['a'] },
      { kind: 'power cut', at: 6467, lasts: 492, whom: ['b'] },
    ],
  },
  // Two met again before the third had noticed what it had lost: no majority was ever missed, and an operator has to help.
  {
    scenario: 'amqplib',
    seed: 10079,
    deeds: [
      { kind: 'cut', at: 6461, lasts: 6913, whom: ['a', 'b'] },
      { kind: 'reset', at: 9564, lasts: 3100, whom: ['c', 'a'] },
    ],
  },
  // A member that only the node with the turn had lost never heard of its change, and nobody was left who told it on.
  {
    scenario: 'five nodes',
    seed: 10196,
    deeds: [{ kind: 'cut', at: 6475, lasts: 6471, whom: ['c', 'd'] }],
  },
  // A node that stopped still gave messages to consumers of other nodes, after it had written down what was delivered.
  {
    scenario: 'minority',
    seed: 10320,
    deeds: [
      { kind: 'power cut', at: 2253, lasts: 1864, whom: ['b'] },
      { kind: 'power cut', at: 3719, lasts: 1589, whom: ['c'] },
      { kind: 'pause', at: 7266, lasts: 2260, whom: ['b'] },
      { kind: 'reset', at: 8021, lasts: 1422, whom: ['a', 'c'] },
    ],
  },
  // The home had lost a mirror and confirmed without it; then it paused, and that mirror, of which nobody else knew that it was
  // none any more, took its place.
  {
    scenario: 'mirrored in memory',
    seed: 1,
    deeds: [
      { kind: 'crash', at: 2932, lasts: 5889, whom: ['b'] },
      { kind: 'failing disk', at: 4335, lasts: 46, whom: ['b'] },
      { kind: 'cut', at: 7091, lasts: 10305, whom: ['c', 'a'] },
    ],
  },
  // A node paused at the moment of its start: its listener was opened after all had been closed, and no later start had the port.
  {
    scenario: 'minority',
    seed: 40157,
    deeds: [
      { kind: 'full disk', at: 1858, lasts: 812, whom: ['a'] },
      { kind: 'partition', at: 2631, lasts: 2830, whom: ['a', 'c'] },
      { kind: 'reset in a message', at: 3076, lasts: 12145, whom: ['b', 'a'] },
      { kind: 'full disk', at: 4494, lasts: 2630, whom: ['c'] },
    ],
  },
  // What a mirror had been told of and its publisher sent again was confirmed at once when it took the home's place: its disk, on
  // which it had yet to come, failed.
  {
    scenario: 'mirrored crashes',
    seed: 30413,
    deeds: [
      { kind: 'power cut', at: 1795, lasts: 5001, whom: ['c'] },
      { kind: 'failing disk', at: 4043, lasts: 13903, whom: ['b'] },
      { kind: 'failing disk', at: 4054, lasts: 2809, whom: ['a'] },
    ],
  },
  // A node that had started again counted its publishes from 1 once more: the mirror that took the home's place had heard of one
  // of that number, took the new one for it, and confirmed what it did not have.
  {
    scenario: 'mirrored autoheal',
    seed: 20457,
    deeds: [
      { kind: 'power cut', at: 2898, lasts: 2298, whom: ['c'] },
      { kind: 'partition', at: 5766, lasts: 1474, whom: ['a'] },
      { kind: 'power cut', at: 5888, lasts: 3238, whom: ['a'] },
    ],
  },
  // Not confirmed when its home went, confirmed by the next one, and only then delivered once more: the checker forgave that only
  // where it was never confirmed, and forgave it without a new home, too.
  {
    scenario: 'mirrored ignore',
    seed: 20276,
    deeds: [
      { kind: 'partition', at: 2526, lasts: 2985, whom: ['a'] },
      { kind: 'crash', at: 5295, lasts: 11877, whom: ['b'] },
    ],
  },
  {
    scenario: 'mirrored ignore',
    seed: 50096,
    deeds: [
      { kind: 'cut', at: 4828, lasts: 7431, whom: ['a', 'b'] },
      { kind: 'failing disk', at: 10029, lasts: 1213, whom: ['b'] },
    ],
  },
  // Two went on without each other, and one of them died before they met: the checker knew of no partition.
  {
    scenario: 'mirrored autoheal',
    seed: 60014,
    deeds: [
      { kind: 'stop', at: 1969, lasts: 7828, whom: ['b'] },
      { kind: 'partition', at: 5594, lasts: 8715, whom: ['c'] },
      { kind: 'crash', at: 10532, lasts: 7950, whom: ['a'] },
    ],
  },
  // A node that had paused in a minority and one that had gone on without it, until it paused too, started again at one moment:
  // each had seen the other go, and all copied what the first had.
  {
    scenario: 'mirrored',
    seed: 1100,
    deeds: [
      { kind: 'partition', at: 3305, lasts: 6758, whom: ['b', 'c'] },
      { kind: 'partition', at: 5973, lasts: 2904, whom: ['b'] },
      { kind: 'stop', at: 6090, lasts: 1687, whom: ['b'] },
    ],
  },
  {
    scenario: 'mirrored',
    seed: 3012,
    deeds: [
      { kind: 'partition', at: 2068, lasts: 12963, whom: ['a'] },
      { kind: 'failing disk', at: 4720, lasts: 1236, whom: ['b'] },
      { kind: 'partition', at: 6188, lasts: 11611, whom: ['b'] },
    ],
  },
  // One that had been cut off went on while the one that had gone on without it was stopped, which then copied what it had: as
  // with RabbitMQ, and the checker did not know.
  {
    scenario: 'minority',
    seed: 101567,
    deeds: [
      { kind: 'partition', at: 401, lasts: 11246, whom: ['c', 'a'] },
      { kind: 'stop', at: 1154, lasts: 1917, whom: ['c'] },
      { kind: 'stop', at: 9813, lasts: 2694, whom: ['a'] },
    ],
  },
  // A node had noticed that another was dead when it was told on what that one had declared last, a transient queue: it kept what
  // all others had dropped.
  {
    scenario: 'crashes',
    seed: 300060,
    deeds: [
      { kind: 'crash', at: 316, lasts: 2354, whom: ['c'] },
      { kind: 'failing disk', at: 4281, lasts: 62, whom: ['b'] },
      { kind: 'full disk', at: 5652, lasts: 650, whom: ['b'] },
    ],
  },
  // A node was being let in when its host lost the third member, which it still reached itself: each waited for the others.
  {
    scenario: 'autoheal',
    seed: 400383,
    deeds: [
      { kind: 'power cut', at: 2327, lasts: 2830, whom: ['a'] },
      { kind: 'power cut', at: 2459, lasts: 3552, whom: ['c'] },
      { kind: 'reset in a message', at: 5358, lasts: 1058, whom: ['b', 'a'] },
    ],
  },
  // Two paused, started again before they had met, each alone: the operator stopped two of three, and waited for the third, which
  // paused for that.
  {
    scenario: 'minority',
    seed: 800177,
    deeds: [
      { kind: 'failing disk', at: 3979, lasts: 948, whom: ['c'] },
      { kind: 'reset in a message', at: 4566, lasts: 2154, whom: ['a', 'b'] },
      { kind: 'reset in a message', at: 4637, lasts: 2998, whom: ['b', 'a'] },
      { kind: 'cut one way', at: 6302, lasts: 8996, whom: ['b', 'c'] },
    ],
  },
  // A home was back before a mirror could take its place, with what it had on its disk: what its publisher had no confirm of was
  // sent to it once more, and stood in the queue twice.
  {
    scenario: 'mirrored',
    seed: 800964,
    deeds: [
      { kind: 'cut', at: 7371, lasts: 2845, whom: ['client4', 'c'] },
      { kind: 'cut', at: 8813, lasts: 1592, whom: ['a', 'c'] },
      { kind: 'wrong cookie', at: 8840, lasts: 1592, whom: ['a'] },
      { kind: 'wrong cookie', at: 9563, lasts: 28, whom: ['b'] },
    ],
  },
  // One whose machine had paused ran longest, and had done nothing: it started before the one that had gone on without it, and
  // the checker did not know that one.
  {
    scenario: 'mirrored',
    seed: 900759,
    deeds: [
      { kind: 'pause', at: 966, lasts: 12089, whom: ['a'] },
      { kind: 'stop', at: 4079, lasts: 1199, whom: ['b'] },
    ],
  },
  // The first of the list lost the home, which a third still reached, and granted itself a turn before it had called the roll:
  // there were two homes, and what the old one confirmed was lost.
  {
    scenario: 'mirrored',
    seed: 950238,
    deeds: [
      { kind: 'reset in a message', at: 2255, lasts: 1323, whom: ['a', 'c'] },
      { kind: 'reset in a message', at: 4290, lasts: 2781, whom: ['b', 'a'] },
      { kind: 'slow disk', at: 4293, lasts: 2781, whom: ['b'] },
    ],
  },
  // The same, and a publisher waited for ever.
  {
    scenario: 'mirrored',
    seed: 950758,
    deeds: [
      { kind: 'reset in a message', at: 2739, lasts: 1537, whom: ['c', 'a'] },
      { kind: 'reset in a message', at: 5058, lasts: 4741, whom: ['b', 'a'] },
    ],
  },
  // Two that were about to stop lost each other, and a third reached both: each waited for it, and it for one of them to go.
  {
    scenario: 'mirrored',
    seed: 950437,
    deeds: [
      { kind: 'cut', at: 6253, lasts: 11729, whom: ['a', 'b'] },
      { kind: 'stop', at: 6710, lasts: 5230, whom: ['b'] },
      { kind: 'latency', at: 6973, lasts: 5230, whom: ['b', 'c'] },
      { kind: 'stop', at: 10332, lasts: 2805, whom: ['a'] },
    ],
  },
  // This one never failed: it stands for clients that speak to quorum queues by amqplib while the power fails on one machine
  // after the other.
  {
    scenario: 'amqplib quorum',
    seed: 960000,
    deeds: [
      { kind: 'power cut', at: 998, lasts: 8200, whom: ['a'] },
      { kind: 'reset', at: 1440, lasts: 2685, whom: ['b', 'client1'] },
      { kind: 'power cut', at: 9198, lasts: 9111, whom: ['c'] },
      { kind: 'latency', at: 10399, lasts: 831, whom: ['c', 'b'] },
    ],
  },
  // A node that was opening its session, and had not been told its number, took it for one of an earlier life and closed it: who
  // consumed there was never answered.
  {
    scenario: 'quorum on five',
    seed: 911387,
    deeds: [
      { kind: 'stop', at: 3877, lasts: 2031, whom: ['a'] },
      { kind: 'partition', at: 4176, lasts: 2031, whom: ['e', 'b'] },
    ],
  },
  // Two lost each other while the third was stopped, which counted for both: neither paused, and the checker did not know.
  {
    scenario: 'mirrored',
    seed: 970884,
    deeds: [
      { kind: 'stop', at: 434, lasts: 4093, whom: ['b'] },
      { kind: 'partition', at: 438, lasts: 4093, whom: ['a'] },
      { kind: 'partition', at: 835, lasts: 161, whom: ['b', 'c'] },
      { kind: 'latency', at: 4312, lasts: 1967, whom: ['b', 'c'] },
    ],
  },
];
