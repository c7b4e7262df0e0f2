/** What a connection sees of the node's alarms: publishers are held, and told why. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';

claim(
  'connection.blocked.at-publish',
  'Under an alarm connection.blocked comes at the next publish, not before; connection.unblocked when the alarm is over.',
  { alone: true, notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await t.alarm('memory', true);
    await t.quiet();
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('connection.blocked', 0)).args.reason, 'low on memory');
    await t.alarm('memory', false);
    await wire.expect('connection.unblocked', 0);
  },
);

claim(
  'connection.blocked.disk',
  'The reason is `low on memory` or `low on disk`.',
  { notebook: '06', alone: true },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await t.alarm('disk', true);
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('connection.blocked', 0)).args.reason, 'low on disk');
  },
);

claim(
  'connection.blocked.two-alarms',
  'A second alarm is not announced to a blocked connection; connection.unblocked comes when none is left.',
  { notebook: '06', alone: true },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await t.alarm('memory', true);
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('connection.blocked', 0)).args.reason, 'low on memory');
    await t.alarm('disk', true);
    await t.quiet(300);
    await t.alarm('memory', false);
    await t.quiet(300);
    await t.alarm('disk', false);
    await wire.expect('connection.unblocked', 0);
  },
);

claim(
  'connection.blocked.both',
  'A connection that is blocked by both alarms at once is told both reasons in one text.',
  { notebook: '06', alone: true },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await t.alarm('memory', true);
    await t.alarm('disk', true);
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('connection.blocked', 0)).args.reason, 'low on disk & memory');
  },
);

claim(
  'connection.blocked.holds',
  'What a blocked connection sends waits, publish or not, and is taken when the alarm is over.',
  { alone: true, notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    await t.alarm('memory', true);
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.expect('connection.blocked', 0);
    wire.send('basic.get', 1, { queue: t.name('q'), noAck: true });
    await t.quiet(300);
    await t.alarm('memory', false);
    await wire.expect('connection.unblocked', 0);
    assert.equal((await wire.expect('basic.get-ok', 1)).body.toString(), 'm');
  },
);

claim(
  'connection.blocked.consumers',
  'A connection that does not publish is not blocked: it opens channels, declares, consumes and acknowledges under an alarm.',
  { alone: true, notebook: '06' },
  async (t) => {
    const publisher = await t.confirmChannel(await t.connect());
    await publisher.assertQueue(t.name('q'));
    await t.publish(publisher, '', t.name('q'), 'm');
    await t.alarm('memory', true);
    const ch = await t.channel(await t.connect());
    await ch.assertQueue(t.name('other'), { exclusive: true });
    const consumer = await t.collect(ch, t.name('q'));
    ch.ack(await consumer.next());
    assert.equal(await t.ready(ch, t.name('q')), 0);
  },
);

claim(
  'connection.blocked.without-capability',
  'A client without the capability connection.blocked is held in the same way, but not told.',
  { notebook: '06', alone: true },
  async (t) => {
    const wire = await t.wire({ capabilities: {} });
    await wire.openChannel();
    await t.alarm('memory', true);
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    wire.send('basic.qos', 1, { prefetchCount: 1 });
    await t.quiet(300);
    await t.alarm('memory', false);
    await wire.expect('basic.qos-ok', 1);
  },
);
