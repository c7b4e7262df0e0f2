/** Consumers on other nodes as the tools list them, and what a node forgets that changes its kind. */
import { strict as assert } from 'node:assert';
import { factsOf, scenario } from './harness/scenario';

const listed = scenario('a consumer on another node', { layout: 'three', harmless: true }, async (c) => {
  await c.filled('rabbit1', 'consumers.open', 3);
  await c.filled('rabbit1', 'consumers.one', 0);
  const ch = await c.channel('rabbit2');
  await ch.prefetch(2);
  await ch.consume('consumers.open', () => undefined, { consumerTag: 'far' });
  await ch.consume('consumers.one', () => undefined, { consumerTag: 'alone', exclusive: true });
  const counts = async (node: 'rabbit1' | 'rabbit2' | 'rabbit3'): Promise<string[]> => {
    const columns = ['name', 'consumers', 'messages_ready', 'messages_unacknowledged', 'exclusive_consumer_tag'];
    const text = await c.told(node, '-q', '--no-table-headers', 'list_queues', ...columns);
    return rows(text, 'consumers.');
  };
  await c.eventually(async () => assert.ok((await counts('rabbit1')).includes('consumers.open 1 1 2')));
  const queues = { home: await counts('rabbit1'), consumer: await counts('rabbit2'), third: await counts('rabbit3') };
  const pid = await c.told('rabbit3', '-q', '--no-table-headers', 'list_queues', 'name', 'exclusive_consumer_pid');
  // In whatever order they are asked for, they come in this one.
  const columns = ['consumer_tag', 'active', 'prefetch_count', 'channel_pid', 'queue_name'];
  const consumers = await c.told('rabbit3', '-q', '--no-table-headers', 'list_consumers', ...columns);
  await ch.close();
  await c.eventually(async () => assert.ok((await counts('rabbit3')).includes('consumers.open 0 3 0')));
  return { queues, pids: rows(pid, 'consumers.one'), consumers: rows(consumers, 'consumers.') };
});
const list = factsOf(listed, '10');

/** The lines that begin so, sorted, with single spaces. */
function rows(text: string, begin: string): string[] {
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return lines.filter((line) => line.startsWith(begin)).sort();
}

list(
  'cluster.consumers.counted',
  'A consumer on another node counts at the home of its queue, and what it holds.',
  ({ queues }) => assert.ok(queues.home.includes('consumers.open 1 1 2'), queues.home.join('\n')),
);

list('cluster.consumers.everywhere', 'Whichever node is asked, the queues list the same of their consumers.', ({ queues }) => {
  assert.deepEqual(queues.consumer, queues.home);
  assert.deepEqual(queues.third, queues.home);
});

list(
  'cluster.consumers.exclusive',
  'An exclusive consumer on another node is named by its tag and its channel there.',
  (facts) => {
    assert.ok(facts.queues.third.includes('consumers.one 1 0 0 alone'), facts.queues.third.join('\n'));
    assert.match(facts.pids.join(), /^consumers\.one <rabbit2@localhost\./);
  },
);

list('cluster.consumers.list', 'A consumer is listed with the channel of the node that its client is connected to.', (facts) => {
  const [one = '', open = ''] = facts.consumers;
  assert.match(one, /^consumers\.one <rabbit2@localhost\.[\d.]+> alone 2 true$/);
  assert.match(open, /^consumers\.open <rabbit2@localhost\.[\d.]+> far 2 true$/);
  assert.equal(facts.consumers.length, 2);
});

list(
  'cluster.consumers.columns',
  'list_consumers gives its columns in an order of its own, however they are asked for.',
  (facts) => assert.match(facts.consumers[0] ?? '', /^consumers\.one <.*> alone 2 true$/),
);

const changed = scenario('a member becomes a RAM node', { layout: 'three' }, async (c) => {
  await c.filled('rabbit2', 'kind.there', 3);
  await c.filled('rabbit1', 'kind.elsewhere', 2);
  await c.told('rabbit2', 'stop_app');
  const stopped = await c.probe('rabbit1', 'kind.there');
  const change = await c.ctl('rabbit2', 'change_cluster_node_type', 'ram');
  const join = await c.ctl('rabbit2', 'join_cluster', 'rabbit1@localhost');
  await c.told('rabbit2', 'start_app');
  await c.eventually(async () => assert.equal((await c.members('rabbit1')).running.length, 3));
  const members = await c.members('rabbit1');
  return {
    stopped,
    change,
    join,
    members,
    there: await c.probe('rabbit1', 'kind.there'),
    elsewhere: await c.probe('rabbit2', 'kind.elsewhere'),
  };
});
const kind = factsOf(changed, '10');

kind('cluster.kind.changed', 'A member whose application is stopped can become a RAM node.', ({ change, members }) => {
  assert.equal(change.code, 0, change.err);
  assert.deepEqual(members.disc, ['rabbit1', 'rabbit3']);
});

kind('cluster.kind.queues', 'For that it leaves and joins anew: a queue that lived on it is gone with its messages.', (facts) => {
  assert.match(facts.stopped, /down or inaccessible/);
  assert.match(facts.there, /no queue 'kind.there'/);
});

kind(
  'cluster.kind.join',
  'A RAM node that is stopped does not know that it is a member: join_cluster ends with 69.',
  ({ join }) => {
    assert.equal(join.code, 69);
    assert.match(
      join.err,
      /'Node rabbit1@localhost thinks it\\'s clustered with node rabbit2@localhost, but rabbit2@localhost disagrees'/,
    );
  },
);

kind('cluster.kind.others', 'Queues of other nodes keep what they have.', ({ elsewhere }) => assert.equal(elsewhere, 'ready 2'));
