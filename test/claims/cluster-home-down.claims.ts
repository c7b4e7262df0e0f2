/** What is left of queues whose home is down: on the other nodes, for their clients, and after the home has returned. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { bodies } from './harness/cluster-stage';
import { factsOf, scenario } from './harness/scenario';

const homeKilled = scenario('the home of plain queues is killed', { layout: 'three' }, async (c) => {
  await c.filled('rabbit1', 'durable', 5);
  const declarer = await c.confirmChannel('rabbit1');
  await declarer.assertExchange('x.durable', 'direct');
  await declarer.bindQueue('durable', 'x.durable', 'k');
  await declarer.assertQueue('transient', { durable: false });
  await declarer.assertQueue('other', { durable: false });
  await declarer.assertQueue('auto', { durable: true, autoDelete: true });
  const elsewhere = await c.connect('rabbit2');
  const owner = await elsewhere.createChannel();
  await owner.assertQueue('exclusive.2', { exclusive: true });
  const cancelled: string[] = [];
  const consumer = await c.channel('rabbit3');
  for (const queue of ['durable', 'transient']) await consumer.consume(queue, (m) => void (m === null && cancelled.push(queue)));
  const held = await c.channel('rabbit2');
  await c.filled('rabbit2', 'stays', 3);
  await c.node('rabbit1').kill();
  await c.untilRunning('rabbit2', 'rabbit2', 'rabbit3');

  const methods: Readonly<Record<string, (ch: Channel) => Promise<unknown>>> = {
    declare: (ch) => ch.assertQueue('durable', { durable: true }),
    'declare otherwise': (ch) => ch.assertQueue('durable', { durable: false }),
    check: (ch) => ch.checkQueue('durable'),
    get: (ch) => ch.get('durable'),
    consume: (ch) => ch.consume('durable', () => undefined),
    purge: (ch) => ch.purgeQueue('durable'),
    bind: (ch) => ch.bindQueue('durable', 'amq.direct', 'k'),
    unbind: (ch) => ch.unbindQueue('durable', 'x.durable', 'k'),
    delete: (ch) => ch.deleteQueue('durable'),
  };
  const answers: Record<string, string> = {};
  for (const [name, method] of Object.entries(methods)) answers[name] = await c.answer('rabbit2', method);
  const transient = await c.probe('rabbit3', 'transient');
  const anew = await c.answer('rabbit3', (ch) => ch.assertQueue('transient', { durable: false }));
  const anewHome = (await c.queue('transient'))?.node;
  const auto = await c.probe('rabbit3', 'auto');
  const publisher = await c.confirmChannel('rabbit2');
  const order: string[] = [];
  publisher.on('return', ({ fields }) => order.push(`return ${(fields as { replyText?: string }).replyText}`));
  const mandatory = await c.publish(publisher, 'durable', ['lost'], { mandatory: true });
  order.push(...mandatory);
  const silent = await c.publish(publisher, 'durable', ['lost too']);
  const snapshot = await c.queue('durable');
  const listed = await c.told('rabbit2', 'list_queues', 'name', 'state');
  const offline = await c.told('rabbit2', 'list_queues', '--offline', 'name', 'state');
  const online = await c.told('rabbit2', 'list_queues', '--online', 'name');
  await c.eventually(async () => assert.equal(cancelled.length, 2));
  const others = { stays: await c.probe('rabbit3', 'stays'), exclusive: (await owner.checkQueue('exclusive.2')).messageCount };
  const exchange = await c.answer('rabbit3', (ch) => ch.checkExchange('x.durable'));
  const heldWorks = (await held.checkQueue('stays')).messageCount;
  const members = await c.members('rabbit2');

  await c.start('rabbit1');
  const back = await c.eventually(async () => {
    const said = await c.probe('rabbit3', 'durable');
    assert.match(said, /^ready/);
    return said;
  });
  const transientBack = await c.queue('transient');
  const otherBack = await c.probe('rabbit1', 'other');
  const content = await c.drain('rabbit2', 'durable');
  const first = { answers, transient, anew, anewHome, auto, order, silent, snapshot, listed, offline, online };
  return { ...first, cancelled, others, exchange, heldWorks, members, back, transientBack, otherBack, content };
});
const fact = factsOf(homeKilled, '10');
const DOWN = "NOT_FOUND - home node 'rabbit1@localhost' of durable queue 'durable' in vhost '/' is down or inaccessible";

const REFUSED: readonly (readonly [id: string, method: string, what: string])[] = [
  ['declare', 'declare', 'Declaring a durable queue whose home is down'],
  ['declare-otherwise', 'declare otherwise', 'Declaring it with other properties'],
  ['check', 'check', 'A passive declaration of it'],
  ['get', 'get', 'basic.get'],
  ['consume', 'consume', 'basic.consume'],
  ['purge', 'purge', 'queue.purge'],
  ['bind', 'bind', 'queue.bind'],
  ['unbind', 'unbind', 'queue.unbind'],
  ['delete', 'delete', 'queue.delete'],
];
for (const [id, method, what] of REFUSED) {
  const of = ['declare', 'declare otherwise', 'check'].includes(method) ? '' : ' of a durable queue whose home is down';
  fact(`cluster.down.${id}`, `${what}${of} closes the channel with 404 and names the home.`, ({ answers }) =>
    assert.equal(answers[method], DOWN),
  );
}

fact('cluster.down.mandatory', 'A mandatory message for a queue whose home is down is returned, then confirmed.', ({ order }) =>
  assert.deepEqual(order, ['return NO_ROUTE', 'ack']),
);

fact(
  'cluster.down.confirmed-lost',
  'Without mandatory it is confirmed, and gone: a confirm is no promise if nothing was routed.',
  (f) => {
    assert.deepEqual(f.silent, ['ack']);
    assert.deepEqual(
      f.content.map((body) => body.replace('*', '')),
      bodies(5),
    );
  },
);

fact('cluster.down.state', 'list_queues tells it in state down with its old home.', ({ snapshot, listed }) => {
  assert.deepEqual([snapshot?.state, snapshot?.node], ['down', 'rabbit1']);
  assert.ok(listed.split('\n').includes('durable\tdown'));
});

fact(
  'cluster.down.offline',
  'list_queues --offline tells only those that are down, --online only the others.',
  ({ offline, online }) => {
    assert.deepEqual(
      offline.split('\n').filter((line) => /^(durable|stays)\t/.test(line)),
      ['durable\tdown'],
    );
    assert.ok(online.split('\n').includes('stays') && !online.split('\n').includes('durable'));
  },
);

fact('cluster.down.transient', 'Transient queues of a node that died are gone at once.', ({ transient }) =>
  assert.equal(transient, "NOT_FOUND - no queue 'transient' in vhost '/'"),
);

fact('cluster.down.transient-anew', 'They can be declared again, with a home elsewhere.', ({ anew, anewHome }) => {
  assert.equal(anew, 'ok');
  assert.equal(anewHome, 'rabbit3');
});

fact('cluster.down.transient-stays', 'Such a queue stays at its new home when the old one returns.', ({ transientBack }) =>
  assert.equal(transientBack?.node, 'rabbit3'),
);

fact('cluster.down.transient-gone', 'A transient queue of a node that died does not return with it.', ({ otherBack }) =>
  assert.equal(otherBack, "NOT_FOUND - no queue 'other' in vhost '/'"),
);

fact('cluster.down.auto-delete', 'A durable auto-delete queue of a dead node is down, not gone.', ({ auto }) =>
  assert.match(auto, /^NOT_FOUND - home node 'rabbit1@localhost' of durable queue 'auto'/),
);

fact('cluster.down.cancel', 'Consumers on other nodes are cancelled by the server when the home dies.', ({ cancelled }) =>
  assert.deepEqual([...cancelled].sort(), ['durable', 'transient']),
);

fact(
  'cluster.down.others',
  'Queues of other homes, and connections to other nodes, go on as before.',
  ({ others, heldWorks }) => {
    assert.deepEqual(others, { stays: 'ready 3', exclusive: 0 });
    assert.equal(heldWorks, 3);
  },
);

fact('cluster.down.exchange', 'Exchanges have no home: those that the dead node made are there.', ({ exchange }) =>
  assert.equal(exchange, 'ok'),
);

fact('cluster.down.members', 'A dead node is a member still; it only does not run.', ({ members }) => {
  assert.equal(members.disc.length, 3);
  assert.deepEqual([...members.running].sort(), ['rabbit2', 'rabbit3']);
});

fact(
  'cluster.down.back',
  'When the home returns the queue is there again, with its persistent messages.',
  ({ back, content }) => {
    assert.equal(back, 'ready 5');
    assert.equal(content.length, 5);
  },
);

const homeStopped = scenario('the home of queues stops in order', { layout: 'three' }, async (c) => {
  await c.filled('rabbit1', 'kept', 2);
  const declarer = await c.channel('rabbit1');
  await declarer.assertQueue('gone', { durable: false });
  await (await c.channel('rabbit2')).assertQueue('bound', { durable: true });
  const closing = await c.connect('rabbit1');
  const code = new Promise<unknown>((resolve) =>
    closing.once('close', (error?: Error & { code?: number }) => resolve(error?.code)),
  );
  await c.told('rabbit1', 'stop_app');
  const told = await code;
  const durable = await c.probe('rabbit2', 'kept');
  const transient = await c.probe('rabbit3', 'gone');
  const members = await c.members('rabbit3');
  const ping = await c.ctl('rabbit1', 'ping');
  const meanwhile = await c.answer('rabbit2', async (ch) => {
    await ch.assertExchange('x.meanwhile', 'fanout');
    await ch.assertQueue('q.meanwhile');
    await ch.bindQueue('q.meanwhile', 'x.meanwhile', '');
  });
  await c.told('rabbit2', 'add_user', 'meanwhile', 'meanwhile');
  await c.answer('rabbit2', (ch) => ch.deleteQueue('bound'));
  await c.told('rabbit1', 'start_app');
  const learnt = {
    exchange: await c.answer('rabbit1', (ch) => ch.checkExchange('x.meanwhile')),
    queue: await c.probe('rabbit1', 'q.meanwhile'),
  };
  const users = await c.told('rabbit1', 'list_users');
  const unlearnt = await c.probe('rabbit1', 'bound');
  const content = await c.drain('rabbit3', 'kept');
  return { told, durable, transient, members, ping, meanwhile, learnt, users, unlearnt, content };
});
const stopped = factsOf(homeStopped, '10');

stopped('cluster.stopped.clients', 'stop_app closes the connections of its node with 320.', ({ told }) =>
  assert.equal(told, 320),
);

stopped('cluster.stopped.durable', 'Durable queues of a node whose application stopped are down.', ({ durable }) =>
  assert.match(durable, /^NOT_FOUND - home node 'rabbit1@localhost' of durable queue 'kept'/),
);

stopped('cluster.stopped.transient', 'Transient queues of a node whose application stopped are gone.', ({ transient }) =>
  assert.equal(transient, "NOT_FOUND - no queue 'gone' in vhost '/'"),
);

stopped('cluster.stopped.members', 'A node whose application stopped does not run, for the others.', ({ members, ping }) => {
  assert.deepEqual([...members.running].sort(), ['rabbit2', 'rabbit3']);
  assert.equal(ping.code, 0);
});

stopped('cluster.stopped.meanwhile', 'Definitions can be changed while a member is down.', ({ meanwhile }) =>
  assert.equal(meanwhile, 'ok'),
);

stopped(
  'cluster.stopped.learns',
  'A member that returns learns what was made meanwhile: exchanges, queues, users.',
  ({ learnt, users }) => {
    assert.deepEqual(learnt, { exchange: 'ok', queue: 'ready 0' });
    assert.match(users, /^meanwhile\t/m);
  },
);

stopped('cluster.stopped.unlearns', 'It also learns what was deleted meanwhile.', ({ unlearnt }) =>
  assert.equal(unlearnt, "NOT_FOUND - no queue 'bound' in vhost '/'"),
);

stopped('cluster.stopped.content', 'After start_app the content of its queues is there, not redelivered.', ({ content }) =>
  assert.deepEqual(content, bodies(2)),
);
