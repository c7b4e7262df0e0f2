import assert from 'node:assert/strict';
import * as os from 'node:os';
import { machineProbes, messageMemory } from '../../../lib/node/probes';

describe('what a node measures of its machine', () => {
  it('memory of the process within that of the machine', () => {
    const { memoryTotal, memoryUsed } = machineProbes(os.tmpdir());
    assert.ok(memoryTotal > 0 && memoryTotal <= os.totalmem());
    assert.ok(memoryUsed() > 10e6 && memoryUsed() < memoryTotal);
  });

  it('what the file system of a folder has left', () => {
    assert.ok(machineProbes(os.tmpdir()).diskFree() > 0);
    assert.throws(() => machineProbes('/nowhere at all').diskFree(), { code: 'ENOENT' });
  });

  it('messages get a part of that memory', () => {
    assert.ok(messageMemory() > 0 && messageMemory() <= machineProbes(os.tmpdir()).memoryTotal / 4);
  });
});
