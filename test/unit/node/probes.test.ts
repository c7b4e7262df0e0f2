import assert from 'node:assert/strict';
import * as os from 'node:os';
import { messageMemory, probesOf } from '../../../lib/node/probes';

describe('what a node measures of its machine', () => {
  it('memory of the process within that of the machine', () => {
    const { memoryTotal, memoryUsed } = probesOf(null);
    assert.ok(memoryTotal > 0 && memoryTotal <= os.totalmem());
    assert.ok(memoryUsed() > 10e6 && memoryUsed() < memoryTotal);
  });

  it('what its disk has left, or no limit without one', () => {
    assert.equal(probesOf({ free: () => 7 }).diskFree(), 7);
    assert.equal(probesOf(null).diskFree(), Number.POSITIVE_INFINITY);
  });

  it('messages get no more than a quarter of a small machine', () => {
    assert.equal(messageMemory({ ...probesOf(null), memoryTotal: 4000 }), 1000);
  });
});
