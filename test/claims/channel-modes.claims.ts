/** Confirm mode and transactions: what a publisher may rely on. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';

claim(
  'channel.confirm.numbers',
  'Confirms number the publishes of a channel from 1, from confirm.select on.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'before' });
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    for (const tag of [1, 2]) {
      wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
      assert.equal((await wire.expect('basic.ack', 1)).args.deliveryTag, tag);
    }
  },
);

claim(
  'channel.confirm.every-publish',
  'Every publish is confirmed exactly once, alone or by a multiple ack.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q') }, 'queue.declare-ok');
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    const count = 500;
    for (let i = 0; i < count; i++)
      wire.publish(1, { routingKey: t.name('q'), body: 'm', properties: { deliveryMode: 1 + (i % 2) } });
    const open = new Set(Array.from({ length: count }, (_, i) => i + 1));
    while (open.size > 0) {
      const { deliveryTag, multiple } = (await wire.expect('basic.ack', 1)).args;
      const settled = multiple ? [...open].filter((tag) => tag <= deliveryTag) : [deliveryTag];
      assert.ok(settled.length > 0 && settled.every((tag) => open.delete(tag)), `ack ${deliveryTag} settles nothing or again`);
    }
    await t.quiet();
  },
);

claim(
  'channel.confirm.unroutable',
  'A message that reaches no queue is confirmed with an ack.',
  { notebook: '06' },
  async (t) => {
    const ch = await t.confirmChannel();
    assert.equal(await t.publish(ch, 'amq.direct', t.name('nowhere'), 'm'), 'ack');
  },
);

claim(
  'channel.confirm.return-first',
  'A mandatory message that reaches no queue is returned (312) before it is confirmed.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('nowhere'), mandatory: true, body: 'm' });
    const { args, body } = await wire.expect('basic.return', 1);
    assert.deepEqual(
      [args.replyCode, args.replyText, args.exchange, args.routingKey, body.toString()],
      [312, 'NO_ROUTE', 'amq.direct', t.name('nowhere'), 'm'],
    );
    await wire.expect('basic.ack', 1);
  },
);

claim(
  'channel.confirm.select-again',
  'confirm.select on a channel that confirms already is accepted and does not start the numbers again.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    await wire.expect('basic.ack', 1);
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    assert.equal((await wire.expect('basic.ack', 1)).args.deliveryTag, 2);
  },
);

claim(
  'channel.confirm.error',
  'A publish that is refused is not confirmed: the channel closes.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.publish(1, { exchange: t.name('x'), body: 'm' });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no exchange '{x}' in vhost '{vhost}'"), 'basic.publish');
  },
);

claim(
  'channel.confirm.no-wait',
  'confirm.select with nowait turns confirms on without an answer.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    wire.send('confirm.select', 1, { nowait: true });
    wire.publish(1, { routingKey: t.name('nowhere'), body: 'm' });
    await wire.expect('basic.ack', 1);
  },
);

claim(
  'channel.confirm.after-tx',
  'A transactional channel cannot be put into confirm mode (406).',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.send('confirm.select', 1);
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - cannot switch from tx to confirm mode', 'confirm.select');
  },
);

claim(
  'channel.tx.after-confirm',
  'A channel in confirm mode cannot be made transactional (406).',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('confirm.select', 1, {}, 'confirm.select-ok');
    wire.send('tx.select', 1);
    await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - cannot switch from confirm to tx mode', 'tx.select');
  },
);

claim(
  'channel.tx.not-selected',
  'tx.commit and tx.rollback without tx.select close the channel with 406.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    for (const name of ['tx.commit', 'tx.rollback'] as const) {
      await wire.openChannel();
      wire.send(name, 1);
      await wire.expectChannelClose(1, 406, 'PRECONDITION_FAILED - channel is not transactional', name);
    }
  },
);

claim(
  'channel.tx.commit',
  'Messages published in a transaction are in no queue before tx.commit, and in all of them at commit-ok.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel(1);
    await wire.openChannel(2);
    for (const q of ['q1', 'q2']) await wire.call('queue.declare', 2, { queue: t.name(q), exclusive: true }, 'queue.declare-ok');
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    for (const q of ['q1', 'q2']) wire.publish(1, { routingKey: t.name(q), body: 'm' });
    await wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    await wire.call('basic.get', 2, { queue: t.name('q1') }, 'basic.get-empty');
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    for (const q of ['q1', 'q2']) await wire.call('basic.get', 2, { queue: t.name(q) }, 'basic.get-ok');
  },
);

claim(
  'channel.tx.rollback',
  'tx.rollback throws away what was published since the last commit.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'kept' });
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'lost' });
    await wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    assert.equal((await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok')).body.toString(), 'kept');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-empty');
  },
);

claim('channel.tx.close', 'Closing a channel rolls its open transaction back.', { notebook: '06' }, async (t) => {
  const wire = await t.wire();
  await wire.openChannel(1);
  await wire.openChannel(2);
  await wire.call('queue.declare', 2, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
  await wire.call('tx.select', 1, {}, 'tx.select-ok');
  wire.publish(1, { routingKey: t.name('q'), body: 'lost' });
  await wire.call('channel.close', 1, { replyCode: 200 }, 'channel.close-ok');
  await wire.call('basic.get', 2, { queue: t.name('q') }, 'basic.get-empty');
});

claim(
  'channel.tx.ack',
  'An acknowledgement in a transaction counts at tx.commit; after tx.rollback the message is unacknowledged as before.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    await wire.call('tx.rollback', 1, {}, 'tx.rollback-ok');
    wire.send('basic.ack', 1, { deliveryTag: 1 });
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    await wire.call('basic.recover', 1, { requeue: true }, 'basic.recover-ok');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-empty');
  },
);

claim(
  'channel.tx.requeue',
  'A reject with requeue in a transaction gives the message back at tx.commit.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    wire.send('basic.reject', 1, { deliveryTag: 1, requeue: true });
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-empty');
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    const again = await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
    assert.equal(again.args.redelivered, true);
  },
);

claim(
  'channel.tx.returns',
  'Unroutable mandatory messages of a transaction are returned at tx.commit, before commit-ok.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('nowhere'), mandatory: true, body: 'm' });
    await t.quiet();
    wire.send('tx.commit', 1);
    await wire.expect('basic.return', 1);
    await wire.expect('tx.commit-ok', 1);
  },
);

claim(
  'channel.tx.error-at-publish',
  'Publishing to a missing exchange in a transaction fails at the publish, not at the commit.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.publish(1, { exchange: t.name('x'), body: 'm' });
    await wire.expectChannelClose(1, 404, t.filled("NOT_FOUND - no exchange '{x}' in vhost '{vhost}'"), 'basic.publish');
  },
);

claim(
  'channel.tx.select-again',
  'tx.select on a transactional channel is accepted and keeps the open transaction.',
  { notebook: '06' },
  async (t) => {
    const wire = await t.wire();
    await wire.openChannel();
    await wire.call('queue.declare', 1, { queue: t.name('q'), exclusive: true }, 'queue.declare-ok');
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    wire.publish(1, { routingKey: t.name('q'), body: 'm' });
    await wire.call('tx.select', 1, {}, 'tx.select-ok');
    await wire.call('tx.commit', 1, {}, 'tx.commit-ok');
    await wire.call('basic.get', 1, { queue: t.name('q') }, 'basic.get-ok');
  },
);
