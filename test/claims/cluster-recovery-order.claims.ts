/**
 * The first two recoveries of the notes: both nodes of a mirrored queue were stopped, one after the other or at once, and are
 * started again. A is rabbit1, B is rabbit2; B is the queue's home.
 */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';
import { mirroredPair, more } from './mirrored-pair';

const oneAfterTheOther = scenario('A stops, then B', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  await c.node('rabbit1').stop();
  const alone = await c.queue('ha.q');
  const confirmed = await more(c, 'rabbit2', bodies(20, 101));
  await c.node('rabbit2').stop();
  await c.start('rabbit2');
  const lastFirst = {
    members: await c.members('rabbit2'),
    queue: await c.queue('ha.q'),
    probe: await c.probe('rabbit2', 'ha.q'),
  };
  await c.start('rabbit1');
  const backHome = await c.untilMirrored('ha.q', 'rabbit1');

  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  const waiting = c.failedStart('rabbit1');
  await c.untilWaiting('rabbit1');
  const status = await c.ctl('rabbit1', 'status');
  const refused = await c.connect('rabbit1').then(
    () => 'connected',
    () => 'refused',
  );
  await c.start('rabbit2');
  const waited = await waiting;
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2');
  const both = (await c.queue('ha.q'))?.node;
  const content = await c.drain('rabbit1', 'ha.q');

  await c.node('rabbit1').stop();
  await c.node('rabbit2').stop();
  const gaveUp = await c.failedStart('rabbit1');
  const afterwards = c.node('rabbit1').state;
  await c.start('rabbit2');
  await c.start('rabbit1');
  const repaired = await c.members('rabbit1');
  return { alone, confirmed, lastFirst, backHome, status, refused, waited, both, content, gaveUp, afterwards, repaired };
});
const fact = factsOf(oneAfterTheOther, '16');

fact(
  'recovery.order.mirror-stops',
  'When the node of a mirror stops, the queue goes on with one mirror less.',
  ({ alone, confirmed }) => {
    assert.deepEqual([alone?.node, alone?.mirrors], ['rabbit2', []]);
    assert.deepEqual(new Set(confirmed), new Set(['ack']));
  },
);

fact(
  'recovery.order.last-first',
  'The node that stopped last starts alone, with all messages and itself as home.',
  ({ lastFirst }) => {
    assert.deepEqual(lastFirst.members.running, ['rabbit2']);
    assert.deepEqual([lastFirst.queue?.node, lastFirst.probe], ['rabbit2', 'ready 120']);
  },
);

fact('recovery.order.member-still', 'A node that is down stays a member.', ({ lastFirst }) =>
  assert.deepEqual([...lastFirst.members.disc].sort(), ['rabbit1', 'rabbit2']),
);

fact(
  'recovery.order.back-as-mirror',
  'The other comes back as a mirror and is synchronised by itself (ha-sync-mode automatic).',
  (f) => assert.equal(f.backHome, 'rabbit2'),
);

fact(
  'recovery.order.first-waits',
  'The node that stopped first, started first, waits for the other and takes no clients.',
  (f) => {
    assert.equal(f.refused, 'refused');
    assert.equal(f.status.code, 64);
  },
);

fact('recovery.order.waiting-status', 'A node that waits answers status with: the application must be running.', ({ status }) =>
  assert.match(status.err, /^Error: this command requires the 'rabbit' app to be running on the target node\./),
);

fact(
  'recovery.order.wait-ends',
  'Its waiting ends when the other is up: both run, nothing is lost.',
  ({ waited, both, content }) => {
    assert.equal(waited, '');
    assert.equal(both, 'rabbit2');
    assert.deepEqual(
      content.map((body) => body.replace('*', '')),
      bodies(120),
    );
  },
);

fact('recovery.order.orderly-not-redelivered', 'After orderly stops the messages are not called redelivered.', ({ content }) =>
  assert.deepEqual(content, bodies(120)),
);

fact(
  'recovery.order.gives-up',
  'A node whose waiting is in vain ends: BOOT FAILED, and whom it could not reach.',
  ({ gaveUp, afterwards }) => {
    assert.match(gaveUp, /BOOT FAILED/);
    assert.match(gaveUp, /Timeout contacting cluster nodes: \[rabbit2@localhost\]\./);
    assert.notEqual(afterwards, 'running');
  },
);

fact('recovery.order.advice', 'It says to start the other nodes first, or force_boot.', ({ gaveUp }) => {
  assert.match(gaveUp, /This cluster node was shut down while other nodes were still running\./);
  assert.match(gaveUp, /rabbitmqctl force_boot/);
});

fact('recovery.order.failed-start-harmless', 'A start that failed does no harm: in the right order both start.', ({ repaired }) =>
  assert.deepEqual([...repaired.running].sort(), ['rabbit1', 'rabbit2']),
);

const atOnce = scenario('A and B are killed at once', { layout: 'pair' }, async (c) => {
  await mirroredPair(c);
  const end = async (): Promise<void> => void (await Promise.all([c.node('rabbit1').kill(), c.node('rabbit2').kill()]));
  await end();
  await c.start('rabbit1', 'rabbit2');
  await c.untilRunning('rabbit1', 'rabbit1', 'rabbit2');
  const home = await c.eventually(async () => {
    const queue = await c.queue('ha.q');
    assert.equal(queue?.mirrors?.filter(({ synchronised }) => synchronised).length, 1);
    return queue?.node;
  });
  const count = await c.probe('rabbit1', 'ha.q');
  await end();
  const onlyHome = await c.failedStart('rabbit2');
  const forced = await c.ctl('rabbit2', 'force_boot');
  await c.start('rabbit2');
  const alone = { members: await c.members('rabbit2'), probe: await c.probe('rabbit2', 'ha.q') };
  await c.start('rabbit1');
  await c.untilRunning('rabbit2', 'rabbit1', 'rabbit2');
  const content = await c.drain('rabbit2', 'ha.q');
  await c.node('rabbit1').kill();
  await c.eventually(async () => assert.deepEqual((await c.members('rabbit2')).running, ['rabbit2']));
  await c.node('rabbit2').kill();
  await c.start('rabbit2');
  const later = await c.members('rabbit2');
  return { home, count, onlyHome, forced, alone, content, later };
});
const killed = factsOf(atOnce, '16');

killed(
  'recovery.at-once.together',
  'Both killed at once and started together find each other: every message is there.',
  ({ count }) => assert.equal(count, 'ready 100'),
);

killed(
  'recovery.at-once.one-waits',
  'Of two that were killed at once neither starts alone, for each saw the other running.',
  (f) => assert.match(f.onlyHome, /Timeout contacting cluster nodes: \[rabbit1@localhost\]\./),
);

killed(
  'recovery.at-once.force-boot',
  'force_boot on a stopped node says nothing, and the node then starts alone.',
  ({ forced, alone }) => {
    assert.deepEqual(forced, { code: 0, out: '', err: '' });
    assert.deepEqual(alone.members.running, ['rabbit2']);
  },
);

killed('recovery.at-once.force-boot-home', 'Forced on its home, a mirrored queue has all its messages.', ({ alone }) =>
  assert.equal(alone.probe, 'ready 100'),
);

killed('recovery.at-once.redelivered', 'After kill -9 all messages that come back are called redelivered.', ({ content }) =>
  assert.deepEqual(
    content,
    bodies(100).map((body) => `${body}*`),
  ),
);

killed('recovery.at-once.seen-dead', 'A node that saw the other die before it was killed starts alone.', ({ later }) =>
  assert.deepEqual(later.running, ['rabbit2']),
);
