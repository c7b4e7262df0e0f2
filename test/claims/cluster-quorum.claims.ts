/** Quorum queues beside mirrored ones when nodes hang or die: who is confirmed, what consumers see, what a minority can do. */
import { strict as assert } from 'node:assert';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const QUORUM = { 'x-queue-type': 'quorum' };
const MIRRORED = '{"ha-mode":"all","ha-sync-mode":"automatic"}';

const hanging = scenario('one of three nodes hangs', { layout: 'three', harmless: true }, async (c) => {
  await c.told('rabbit1', 'set_policy', 'ha', '^ha\\.', MIRRORED);
  await c.told(
    'rabbit1',
    'set_policy',
    'named',
    '^named$',
    '{"ha-mode":"nodes","ha-params":["rabbit3@localhost","rabbit1@localhost"]}',
  );
  await c.filled('rabbit2', 'named', 1);
  // A queue does not answer the tools in its first moments.
  const named = await c.eventually(async () => {
    const queue = await c.queue('named');
    assert.ok(queue !== undefined, 'it is not listed');
    return queue;
  });
  await c.filled('rabbit1', 'ha.q', 1);
  await c.filled('rabbit1', 'qq.q', 1, QUORUM);
  await c.untilMirrored('ha.q', 'rabbit2', 'rabbit3');
  const publisher = await c.confirmChannel('rabbit1');
  await c.publish(publisher, 'qq.q', ['before']);
  await c.node('rabbit3').pause();
  const order: string[] = [];
  const mirrored = c.publish(publisher, 'ha.q', ['m']).then(() => order.push('mirrored'));
  const other = await c.confirmChannel('rabbit1');
  await c.publish(other, 'qq.q', ['m']).then(() => order.push('quorum'));
  const meanwhile = [...order];
  await c.node('rabbit3').resume();
  await mirrored;
  return { meanwhile, order, named };
});
const hangs = factsOf(hanging, '13');

hangs('cluster.quorum.majority', 'A message in a quorum queue is confirmed though one of three nodes hangs.', ({ meanwhile }) =>
  assert.deepEqual(meanwhile, ['quorum']),
);

hangs('cluster.mirror.all-confirm', 'A message in a mirrored queue is confirmed when the last mirror has it.', ({ order }) =>
  assert.deepEqual(order, ['quorum', 'mirrored']),
);

hangs(
  'cluster.mirror.nodes-new',
  'A new queue is not on the node of its declarer if ha-mode nodes does not name that.',
  ({ named }) => assert.ok(named.node === 'rabbit1' || named.node === 'rabbit3', named.node),
);

const minority = scenario('the leader of a quorum queue is killed, then another member', { layout: 'three' }, async (c) => {
  await c.filled('rabbit1', 'qq.alone', 5, QUORUM);
  const consumer = await c.channel('rabbit2');
  await consumer.prefetch(2);
  const got: string[] = [];
  await consumer.consume('qq.alone', (message) => {
    got.push(message === null ? 'cancelled' : `${message.content}${message.fields.redelivered ? '*' : ''}`);
  });
  await c.eventually(async () => assert.equal(got.length, 2));
  const publisher = await c.confirmChannel('rabbit2');
  await c.publish(publisher, 'qq.alone', ['before']);
  await c.node('rabbit1').kill();
  await c.eventually(async () => assert.deepEqual(await c.publish(publisher, 'qq.alone', ['led again']), ['ack']));
  await c.node('rabbit3').kill();
  await c.eventually(async () => assert.deepEqual((await c.members('rabbit2')).running, ['rabbit2']));
  const answers: string[] = [];
  const open = c.publish(publisher, 'qq.alone', ['open']).then((said) => answers.push(...said));
  const passive = await c.probe('rabbit2', 'qq.alone');
  const meanwhile = [...answers];
  await c.start('rabbit1');
  await open;
  await consumer.close();
  const content = await c.eventually(async () => {
    const all = await c.drain('rabbit1', 'qq.alone');
    assert.ok(all.length > 0);
    return all;
  });
  return { got, passive, meanwhile, answers, content };
});
const alone = factsOf(minority, '13');

alone('cluster.quorum.held', 'What a consumer of a quorum queue holds stays with it when the leader dies.', ({ got }) =>
  assert.deepEqual(got, bodies(2)),
);

alone('cluster.quorum.open', 'Without a majority a publish is neither confirmed nor refused.', ({ meanwhile }) =>
  assert.deepEqual(meanwhile, []),
);

alone('cluster.quorum.passive', 'Without a majority a passive declaration is answered.', ({ passive }) =>
  assert.match(passive, /^ready \d+$/),
);

alone('cluster.quorum.again', 'The publish is confirmed when a second member is back.', ({ answers }) =>
  assert.deepEqual(answers, ['ack']),
);

alone('cluster.quorum.nothing-lost', 'Nothing that was confirmed is lost, and what was open is there once.', ({ content }) => {
  const plain = content.map((body) => body.replace('*', ''));
  for (const body of [...bodies(5), 'before', 'led again']) assert.ok(plain.includes(body), `${body} is missing`);
  assert.equal(plain.filter((body) => body === 'open').length, 1);
});
