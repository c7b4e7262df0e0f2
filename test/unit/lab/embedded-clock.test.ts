import { strict as assert } from 'node:assert';
import { EmbeddedClock, NodeClock } from '../../../lib/lab/embedded-clock';

describe('NodeClock', () => {
  let lab: EmbeddedClock;
  let node: NodeClock;
  let fired: string[];

  beforeEach(async () => {
    lab = new EmbeddedClock(async () => undefined);
    await lab.freeze();
    node = new NodeClock(lab.lab);
    fired = [];
  });

  const set = (name: string, delayMs: number): ReturnType<NodeClock['after']> =>
    node.after(delayMs, () => fired.push(`${name}@${node.now()}`));

  it('follows the lab', async () => {
    const start = node.now();
    set('a', 10);
    set('b', 5);
    set('cancelled', 7).cancel();
    await lab.advance(20);
    assert.deepEqual(fired, [`b@${start + 5}`, `a@${start + 10}`]);
    assert.equal(node.now(), start + 20);
  });

  it('fires nothing while paused, and what came due when it goes on, in order', async () => {
    const start = node.now();
    node.pause();
    set('late', 30);
    set('second', 8);
    set('first', 5);
    const cancelled = set('cancelled', 6);
    await lab.advance(20);
    cancelled.cancel();
    assert.deepEqual(fired, []);
    node.resume();
    assert.deepEqual(fired, [`first@${start + 20}`, `second@${start + 20}`]);
    await lab.advance(20);
    assert.equal(fired[2], `late@${start + 30}`);
  });

  it('fires nothing once its node is gone', async () => {
    set('a', 5);
    node.pause();
    await lab.advance(10);
    set('b', 5);
    node.end();
    node.resume();
    await lab.advance(10);
    assert.deepEqual(fired, []);
  });

  it('leaves the other nodes alone', async () => {
    const other = new NodeClock(lab.lab);
    other.after(5, () => fired.push('other'));
    set('own', 5);
    node.pause();
    await lab.advance(10);
    assert.deepEqual(fired, ['other']);
  });
});
