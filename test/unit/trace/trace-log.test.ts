import { strict as assert } from 'node:assert';
import type { TraceEvent } from '../../../lib/trace/events';
import { TraceLog } from '../../../lib/trace/trace-log';

describe('TraceLog', () => {
  let now = 0;
  let log: TraceLog;

  beforeEach(() => {
    now = 0;
    log = new TraceLog(() => now, 4);
  });

  it('numbers events densely and dates them', () => {
    log.emit('rabbit1', { type: 'node.started' });
    now = 12.5;
    log.note('look');
    assert.deepEqual(log.events, [
      { seq: 1, at: 0, node: 'rabbit1', type: 'node.started' },
      { seq: 2, at: 12.5, node: '', type: 'note', text: 'look' },
    ]);
  });

  it('keeps the newest events only, however many come', () => {
    for (let i = 1; i <= 23; i++) log.note(String(i));
    assert.deepEqual(
      log.events.map(({ seq }) => seq),
      [20, 21, 22, 23],
    );
    assert.equal(log.seq, 23);
  });

  it('keeps one event when that is the limit', () => {
    const short = new TraceLog(() => now, 1);
    for (let i = 1; i <= 5; i++) short.note(String(i));
    assert.deepEqual(
      short.events.map(({ seq }) => seq),
      [5],
    );
    assert.throws(() => new TraceLog(() => now, 0), RangeError);
  });

  it('gives out arrays that later events do not change', () => {
    log.note('a');
    const before = log.events;
    log.note('b');
    assert.equal(before.length, 1);
    assert.equal(log.events.length, 2);
  });

  it('goes on counting after clear', () => {
    log.note('a');
    log.clear();
    assert.equal(log.events.length, 0);
    log.note('b');
    assert.equal(log.events[0]?.seq, 2);
    assert.deepEqual([log.nextMessage(), log.nextMessage()], [1, 2]);
  });

  it('selects by type', () => {
    log.note('a');
    log.emit('n', { type: 'node.killed' });
    log.note('b');
    assert.deepEqual(
      log.of('note').map(({ text }) => text),
      ['a', 'b'],
    );
  });

  it('tells listeners at once, and those that left no more', () => {
    const heard: number[] = [];
    const listener = ({ seq }: TraceEvent): number => heard.push(seq);
    const leave = log.on(listener);
    const leaveToo = log.on(listener);
    log.note('a');
    leave();
    log.note('b');
    leaveToo();
    log.note('c');
    assert.deepEqual(heard, [1, 1, 2]);
  });

  it('lets a listener leave while it is told', () => {
    const heard: string[] = [];
    const leave = log.on(() => {
      heard.push('first');
      leave();
    });
    log.on(() => heard.push('second'));
    log.note('a');
    log.note('b');
    assert.deepEqual(heard, ['first', 'second', 'second']);
  });

  it('survives a listener that throws, and reports its error', async () => {
    const reported = new Promise((resolve) => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (error) => {
        for (const other of others) process.on('unhandledRejection', other);
        resolve(error);
      });
    });
    log.on(() => {
      throw new Error('listener broke');
    });
    log.note('a');
    assert.equal(log.events.length, 1);
    assert.equal(((await reported) as Error).message, 'listener broke');
  });

  describe('waitFor', () => {
    it('finds an event of the past', async () => {
      log.note('a');
      log.note('b');
      assert.equal((await log.waitFor((event) => event.type === 'note').event).seq, 1);
    });

    it('finds the first coming one and stops listening', async () => {
      let asked = 0;
      const { event } = log.waitFor(({ type }) => {
        asked++;
        return type === 'node.killed';
      });
      log.note('a');
      log.emit('n', { type: 'node.killed' });
      log.emit('n', { type: 'node.killed' });
      assert.equal((await event).seq, 2);
      assert.equal(asked, 2);
    });

    it('rejects when it is cancelled, and is deaf afterwards', async () => {
      const { event, cancel } = log.waitFor(() => true);
      cancel(new Error('enough'));
      log.note('late');
      await assert.rejects(event, /enough/);
    });

    it('ignores a cancel that comes too late', async () => {
      const { event, cancel } = log.waitFor(() => true);
      log.note('a');
      cancel(new Error('too late'));
      assert.equal((await event).seq, 1);
    });

    it('rejects with what its condition throws, whether about the past or the future', async () => {
      const broken = (): boolean => {
        throw new Error('no condition');
      };
      const coming = log.waitFor(broken).event;
      log.note('a');
      await assert.rejects(coming, /no condition/);
      await assert.rejects(log.waitFor(broken).event, /no condition/);
    });
  });
});
