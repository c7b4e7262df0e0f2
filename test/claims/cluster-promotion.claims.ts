/**
 * Mirrored queues whose home goes away: which mirror becomes the home, what is lost, what clients see. In the pair rabbit2 is
 * the home and rabbit1 the mirror.
 */
import { strict as assert } from 'node:assert';
import { bodies, type ClusterStage } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';
import { more } from './mirrored-pair';

const plain = (texts: readonly string[]): string[] => texts.map((text) => text.replace('*', ''));

const masterKilled = scenario('the home of a synchronised queue is killed', { layout: 'three' }, async (c) => {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', '{"ha-mode":"all","ha-sync-mode":"automatic"}');
  for (const queue of ['ha.q', 'ha.held', 'ha.cancel', 'ha.quiet']) await c.filled('rabbit2', queue, queue === 'ha.q' ? 10 : 3);
  await c.untilMirrored('ha.quiet', 'rabbit1', 'rabbit3');
  await c.untilMirrored('ha.q', 'rabbit1', 'rabbit3');
  const eldest = (await c.queue('ha.q'))?.mirrors?.[0]?.node;
  const told = await c.channel('rabbit3');
  let cancelled = false;
  const notified = { arguments: { 'x-cancel-on-ha-failover': true } };
  await told.prefetch(1);
  const onCancel = (message: unknown): void => {
    if (message === null) cancelled = true;
  };
  await told.consume('ha.cancel', onCancel, notified);
  const untold = await c.channel('rabbit3');
  await untold.prefetch(2);
  const got: string[] = [];
  let quietCancelled = false;
  await untold.consume('ha.quiet', (message) => {
    if (message === null) quietCancelled = true;
    else got.push(`${message.content}${message.fields.redelivered ? '*' : ''}`);
  });
  await c.eventually(async () => assert.equal(got.length, 2));
  const holder = await c.channel('rabbit1');
  await holder.get('ha.held', { noAck: false });
  const publisher = await c.confirmChannel('rabbit1');
  const pending = c.publish(publisher, 'ha.q', bodies(200, 11));
  await c.node('rabbit2').kill();
  const confirmed = await pending;
  await c.eventually(async () => assert.equal((await c.queue('ha.q'))?.mirrors?.length, 1));
  const promoted = await c.queue('ha.q');
  await c.eventually(async () => {
    assert.ok(cancelled);
    assert.equal(got.length, 4);
  });
  const held = await c.eventually(async () => {
    const probe = await c.probe('rabbit3', 'ha.held');
    assert.equal(probe, 'ready 3');
    return probe;
  });
  await c.start('rabbit2');
  await c.untilMirrored(
    'ha.q',
    ...(promoted?.node === 'rabbit1' ? (['rabbit2', 'rabbit3'] as const) : (['rabbit1', 'rabbit2'] as const)),
  );
  const back = await c.queue('ha.q');
  const content = await c.drain('rabbit2', 'ha.q');
  return { eldest, confirmed, promoted, held, cancelled, quietCancelled, got, back, content };
});
const killed = factsOf(masterKilled, '13');

killed('cluster.promotion.eldest', 'When the home dies, the mirror that joined first becomes the home.', ({ eldest, promoted }) =>
  assert.equal(promoted?.node, eldest),
);

killed(
  'cluster.promotion.confirms',
  'A publisher on another node gets confirms for everything, through the failure.',
  ({ confirmed }) => assert.deepEqual(new Set(confirmed), new Set(['ack'])),
);

killed('cluster.promotion.nothing-lost', 'With synchronised mirrors nothing that was confirmed is lost.', ({ content }) => {
  const there = new Set(plain(content));
  assert.ok(bodies(210).every((body) => there.has(body)));
});

killed('cluster.promotion.held', 'What was unacknowledged when the home died is ready again.', ({ held }) =>
  assert.equal(held, 'ready 3'),
);

killed('cluster.promotion.cancel', 'A consumer with x-cancel-on-ha-failover is cancelled.', ({ cancelled }) =>
  assert.ok(cancelled),
);

killed(
  'cluster.promotion.no-cancel',
  'A consumer without it is not, and gets its unacknowledged messages once more, redelivered.',
  (f) => {
    assert.ok(!f.quietCancelled);
    assert.deepEqual(f.got.slice(0, 2), ['m1', 'm2']);
    assert.deepEqual(f.got.slice(2), ['m1*', 'm2*']);
  },
);

killed(
  'cluster.promotion.back',
  'The old home comes back as the youngest mirror; the queue stays where it is.',
  ({ promoted, back }) => {
    assert.equal(back?.node, promoted?.node);
    assert.equal(back?.mirrors?.at(-1)?.node, 'rabbit2');
  },
);

killed('cluster.promotion.redelivered', 'A promoted mirror calls the messages that it had redelivered.', ({ content }) =>
  assert.ok(
    content.slice(0, 10).every((body) => body.endsWith('*')),
    content.slice(0, 10).join(' '),
  ),
);

/** A queue at rabbit2 with 107 messages under a policy of its own; its mirror at rabbit1 has the last 7. */
async function unsynchronised(c: ClusterStage, queue: string, extra: Readonly<Record<string, string>>): Promise<void> {
  await c.filled('rabbit2', queue, 100);
  const definition = JSON.stringify({ 'ha-mode': 'all', 'ha-sync-mode': 'manual', ...extra });
  await c.told('rabbit1', 'set_policy', queue, `^${queue}$`, definition);
  await c.eventually(async () => assert.equal((await c.queue(queue))?.mirrors?.length, 1));
  await more(c, 'rabbit2', bodies(7, 101), queue);
}

/** What a passive declaration says once the queue is served. */
function served(c: ClusterStage, node: 'rabbit1' | 'rabbit2', queue: string): Promise<string> {
  return c.eventually(async () => {
    const said = await c.probe(node, queue);
    assert.match(said, /^ready/);
    return said;
  });
}

/** Milliseconds after which a method that is not answered is said to hang. */
const HANGS_MS = 3000;

const stoppedUnsynchronised = scenario('the home of an unsynchronised mirror stops in order', { layout: 'pair' }, async (c) => {
  await unsynchronised(c, 'waits', {});
  await unsynchronised(c, 'follows', { 'ha-promote-on-shutdown': 'always' });
  await c.node('rabbit2').stop();
  await c.eventually(async () => assert.deepEqual((await c.members('rabbit1')).running, ['rabbit1']));
  const always = await served(c, 'rabbit1', 'follows');
  const listed = await c.told('rabbit1', 'list_queues', 'name');
  const check = await c.answer('rabbit1', (ch) => ch.checkQueue('waits'), HANGS_MS);
  const get = await c.answer('rabbit1', (ch) => ch.get('waits'), HANGS_MS);
  const bind = await c.answer('rabbit1', (ch) => ch.bindQueue('waits', 'amq.direct', 'k'), HANGS_MS);
  const publish = await more(c, 'rabbit1', ['x'], 'waits');
  await c.start('rabbit2');
  const back = await served(c, 'rabbit2', 'waits');
  const home = (await c.queue('waits'))?.node;
  return { listed, check, get, bind, publish, back, home, always };
});
const whenSynced = factsOf(stoppedUnsynchronised, '13');

whenSynced(
  'cluster.promotion.when-synced',
  'By default a mirror that is not synchronised does not follow a home that stops in order.',
  ({ listed }) =>
    assert.deepEqual(
      listed.split('\n').filter((line) => /^(waits|follows)$/.test(line)),
      ['follows'],
    ),
);

whenSynced('cluster.promotion.hangs', 'Then declare and get of the queue are not answered at all.', ({ check, get }) =>
  assert.deepEqual([check, get], ['hangs', 'hangs']),
);

whenSynced('cluster.promotion.nacked', 'A publish to it gets basic.nack.', ({ publish }) => assert.deepEqual(publish, ['nack']));

whenSynced('cluster.promotion.binds', 'It can be bound: bindings are definitions.', ({ bind }) => assert.equal(bind, 'ok'));

whenSynced('cluster.promotion.returns', 'When its home returns everything is there.', ({ back, home }) => {
  assert.equal(back, 'ready 107');
  assert.equal(home, 'rabbit2');
});

whenSynced(
  'cluster.promotion.shutdown-always',
  'With ha-promote-on-shutdown always the mirror follows, with what it has.',
  ({ always }) => assert.equal(always, 'ready 7'),
);

const killedUnsynchronised = scenario('the home of an unsynchronised mirror is killed', { layout: 'pair' }, async (c) => {
  await unsynchronised(c, 'waits', { 'ha-promote-on-failure': 'when-synced' });
  await unsynchronised(c, 'follows', {});
  await c.node('rabbit2').kill();
  await c.eventually(async () => assert.deepEqual((await c.members('rabbit1')).running, ['rabbit1']));
  const left = await served(c, 'rabbit1', 'follows');
  const check = await c.answer('rabbit1', (ch) => ch.checkQueue('waits'), HANGS_MS);
  await c.start('rabbit2');
  const spared = await served(c, 'rabbit2', 'waits');
  await c.eventually(async () => assert.equal((await c.queue('follows'))?.mirrors?.length, 1));
  const queue = await c.queue('follows');
  const content = await c.drain('rabbit2', 'follows');
  return { check, spared, left, queue, content };
});
const onFailure = factsOf(killedUnsynchronised, '13');

onFailure(
  'cluster.promotion.failure-when-synced',
  'With ha-promote-on-failure when-synced it waits for its home after a kill as well.',
  (f) => assert.deepEqual([f.check, f.spared], ['hangs', 'ready 107']),
);

onFailure(
  'cluster.promotion.failure-always',
  'By default a mirror follows a home that was killed, synchronised or not: confirmed messages are lost.',
  (f) => assert.equal(f.left, 'ready 7'),
);

onFailure(
  'cluster.promotion.thrown-away',
  'The old home returns as a mirror and throws its messages away.',
  ({ queue, content }) => {
    assert.equal(queue?.node, 'rabbit1');
    assert.deepEqual(plain(content), bodies(7, 101));
  },
);

const othersStay = scenario('the home of a queue with two mirrors is killed', { layout: 'three' }, async (c) => {
  const manual = '{"ha-mode":"all","ha-sync-mode":"manual"}';
  await c.told('rabbit1', 'set_policy', 'kept', '^kept$', manual);
  await c.filled('rabbit2', 'kept', 0);
  await c.untilMirrored('kept', 'rabbit1', 'rabbit3');
  await more(c, 'rabbit2', bodies(50), 'kept');
  await c.filled('rabbit2', 'late', 30);
  await c.told('rabbit1', 'set_policy', 'late', '^late$', manual);
  await c.eventually(async () => assert.equal((await c.queue('late'))?.mirrors?.length, 2));
  await more(c, 'rabbit2', bodies(5, 31), 'late');
  const before = (await c.queue('late'))?.mirrors?.map(({ synchronised }) => synchronised);
  await c.node('rabbit2').kill();
  const mirrorOf = (queue: string): Promise<boolean | undefined> =>
    c.eventually(async () => {
      const { node, mirrors, ready } = (await c.queue(queue)) ?? {};
      assert.ok(node !== 'rabbit2' && mirrors?.length === 1 && ready === (queue === 'kept' ? 50 : 5));
      assert.ok(mirrors[0]?.synchronised);
      return true;
    });
  return { before, kept: await mirrorOf('kept'), late: await mirrorOf('late') };
});
const others = factsOf(othersStay, '13');

others(
  'cluster.promotion.others-keep',
  'When one mirror becomes the home the others keep what they have: they stay synchronised, with ha-sync-mode manual too.',
  ({ kept }) => assert.equal(kept, true),
);

others(
  'cluster.promotion.others-alike',
  'Mirrors that lacked the same lack nothing of what the one of them has that becomes the home: they are synchronised.',
  ({ before, late }) => {
    assert.deepEqual(before, [false, false]);
    assert.equal(late, true);
  },
);

const exactly = scenario('a mirror of two copies on three nodes is killed', { layout: 'three' }, async (c) => {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', '{"ha-mode":"exactly","ha-params":2,"ha-sync-mode":"automatic"}');
  await c.filled('rabbit1', 'ha.q', 10);
  const first = await c.eventually(async () => {
    const mirror = (await c.queue('ha.q'))?.mirrors?.[0];
    assert.ok(mirror?.synchronised);
    return mirror.node as 'rabbit2' | 'rabbit3';
  });
  await c.node(first).kill();
  const second = await c.eventually(async () => {
    const mirror = (await c.queue('ha.q'))?.mirrors?.[0];
    assert.ok(mirror?.synchronised && mirror.node !== first);
    return mirror.node;
  });
  await c.start(first);
  await c.untilRunning('rabbit1', 'rabbit1', 'rabbit2', 'rabbit3');
  const after = await c.queue('ha.q');
  return { first, second, after };
});
const two = factsOf(exactly, '13');

two(
  'cluster.promotion.replaced',
  'With ha-mode exactly a lost mirror is replaced on another node, and synchronised.',
  ({ first, second }) => {
    assert.notEqual(second, first);
    assert.notEqual(second, 'rabbit1');
  },
);

two(
  'cluster.promotion.not-again',
  'The node that was replaced does not become a mirror again when it returns.',
  ({ after, second }) =>
    assert.deepEqual(
      after?.mirrors?.map(({ node }) => node),
      [second],
    ),
);
