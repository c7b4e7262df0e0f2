import assert from 'node:assert/strict';
import type { SimWorld } from '../../lib/world/sim';
import { runSeeds, seedsFor } from './harness';

describe('the simulation harness', () => {
  it('takes its seeds from the scenario or the environment', () => {
    assert.deepEqual(seedsFor(3, {}), [1, 2, 3]);
    assert.deepEqual(seedsFor(3, { WARREN_SEEDS: '5' }), [1, 2, 3, 4, 5]);
    assert.deepEqual(seedsFor(3, { WARREN_SEED: '17,23', WARREN_SEEDS: '5' }), [17, 23]);
  });

  it('runs each seed, the first one twice', async () => {
    const ran: number[] = [];
    await runSeeds([4, 5, 6], async (world) => {
      ran.push(world.seed);
    });
    assert.deepEqual(ran, [4, 4, 5, 6]);
    await assert.rejects(
      runSeeds([], async () => undefined),
      /no seed/,
    );
  });

  it('names the seed that fails', async () => {
    const scenario = async ({ seed }: { seed: number }): Promise<void> => assert.ok(seed < 6, 'six is too many');
    await assert.rejects(runSeeds([4, 5, 6], scenario), /Seed 6 fails \(repeat it with WARREN_SEED=6\): six is too many/);
  });

  it('takes a defect in the log of the engine for a failure', async () => {
    const lines: string[] = [];
    const scenario = async (world: SimWorld): Promise<void> => {
      world.host('a').log.write('warning', 'it is getting late');
      if (world.seed === 2) world.host('a').log.write('critical', 'broken');
    };
    await assert.rejects(
      runSeeds([1, 2], scenario, { onLog: ({ text }) => lines.push(text) }),
      /Seed 2 .*the engine logged an error: a: broken/,
    );
    assert.deepEqual(lines.slice(-2), ['it is getting late', 'broken']);
  });

  it('finds out a scenario with chance from outside', async () => {
    let runs = 0;
    await assert.rejects(
      runSeeds([1], async (world) => world.record(`run ${runs++}`)),
      /Seed 1 took another way the second time/,
    );
  });

  it('finds out a fault that never mattered', async () => {
    await assert.rejects(
      runSeeds([1, 2], async (world) => {
        world.host('a');
        world.host('b');
        world.host('a').clock.after(5, () => undefined);
        world.pause('a');
        world.cut('a', 'b');
        world.runFor(10);
      }),
      /never made a difference, under any seed: cut\./,
    );
  });
});
