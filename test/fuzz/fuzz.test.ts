/** A short run of the fuzzer, and seeds that once failed. `npm run fuzz` is the long one. */
import assert from 'node:assert/strict';
import { fuzz, type Tally } from './session';

function tallied(seed: number, inputs: number): Tally {
  const tally: Tally = { inputs: 0, sessions: 0, answers: new Map() };
  fuzz(seed, inputs, tally);
  return tally;
}

describe('fuzzed clients', () => {
  for (const seed of [1, 2, 3]) {
    it(`harm neither the broker nor another client (seed ${seed})`, () => {
      const { answers } = tallied(seed, 10000);
      for (const reached of [
        'basic.deliver',
        'basic.return',
        'basic.ack',
        'channel.close',
        'connection.close',
        'tx.commit-ok',
      ] as const) {
        assert.ok((answers.get(reached) ?? 0) > 0, `the fuzzer never saw ${reached}: it tests nothing there`);
      }
    }).timeout(30000);
  }
});
