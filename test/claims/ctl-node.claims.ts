/** rabbitmqctl about the node itself: status, health, alarms set by hand, what the tool waits for and refuses. */
import { strict as assert } from 'node:assert';
import { fails, rows, told } from './commanding';
import { claim } from './harness/claim';

claim(
  'ctl.status.parts',
  'status tells version, alarms, memory, totals and listeners under headings.',
  { notebook: '09' },
  async (t) => {
    const text = (await told(t, 'status')).replaceAll('\x1b[1m', '').replaceAll('\x1b[0m', '');
    const headings = [
      'Runtime',
      'Plugins',
      'Data directory',
      'Config files',
      'Log file(s)',
      'Alarms',
      'Memory',
      'Totals',
      'Listeners',
    ];
    const found = text.split('\n').filter((line) => headings.includes(line));
    assert.deepEqual(found, headings);
    assert.match(text, /^Uptime \(seconds\): \d+$/m);
    assert.match(text, /protocol: amqp, purpose: AMQP 0-9-1/);
  },
);

claim('ctl.status.json', 'status --formatter json is one object with totals and listeners.', { notebook: '09' }, async (t) => {
  const status = JSON.parse(await told(t, 'status', '--formatter', 'json')) as {
    alarms: unknown[];
    pid: number;
    totals: Record<string, number>;
    listeners: { protocol: string }[];
  };
  assert.deepEqual(Object.keys(status.totals).sort(), ['connection_count', 'queue_count', 'virtual_host_count']);
  assert.ok(status.listeners.some(({ protocol }) => protocol === 'amqp'));
  assert.equal(typeof status.pid, 'number');
});

claim('ctl.cluster-status', 'A node alone is a cluster of one disc node that runs.', { notebook: '09' }, async (t) => {
  const status = JSON.parse(await told(t, 'cluster_status', '--formatter', 'json')) as Record<string, unknown>;
  const { disk_nodes: disk, running_nodes: running, ram_nodes: ram, partitions } = status;
  assert.deepEqual(disk, running);
  assert.equal((disk as unknown[]).length, 1);
  assert.deepEqual([ram, partitions], [[], {}]);
});

claim(
  'ctl.await-startup',
  'await_startup says nothing and ends with 0 once the node has started.',
  { notebook: '09' },
  async (t) => {
    assert.equal(await told(t, 'await_startup'), '');
  },
);

claim(
  'ctl.needs-stopped',
  'reset and join_cluster ask for a stopped application first, with 64.',
  { notebook: '09' },
  async (t) => {
    const text = /^Error: this command requires the 'rabbit' app to be stopped on the target node\./;
    await fails(t, 64, text, 'reset');
    await fails(t, 64, text, 'join_cluster', 'rabbit9@localhost');
  },
);

claim('ctl.forget.stranger', 'forget_cluster_node of a node that is no member ends with 69.', { notebook: '09' }, async (t) => {
  const text = "{:not_a_cluster_node, 'The node selected is not in the cluster.'}";
  await fails(t, 69, text, 'forget_cluster_node', 'rabbit9@localhost');
});

claim(
  'ctl.alarm.watermark',
  'A memory watermark of 0 raises the alarm: publishers are blocked, and health checks fail until it is set back.',
  { notebook: '09', alone: true },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'), { exclusive: true });
    await told(t, 'set_vm_memory_high_watermark', '0');
    try {
      await t.eventually(() => fails(t, 70, /resource_limit,memory/, 'node_health_check', '-q'));
      const publishing = t.publish(ch, '', t.name('q'), 'm');
      await t.eventually(async () => {
        const states = await rows(t, 'list_connections', 'state');
        assert.ok(states.some(({ state }) => state === 'blocked'));
      });
      await told(t, 'set_vm_memory_high_watermark', '0.4');
      assert.equal(await publishing, 'ack');
    } finally {
      await told(t, 'set_vm_memory_high_watermark', '0.4');
    }
    await t.eventually(async () => assert.match(await told(t, 'node_health_check'), /Health check passed/));
  },
);

claim(
  'ctl.watermark.range',
  'A watermark is a fraction between 0 and 1, or absolute; anything else ends with 65.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 65, /The threshold should be a fraction between 0\.0 and 1\.0/, 'set_vm_memory_high_watermark', '1.5');
    await fails(t, 65, /^Error \(argument validation\): Bad argument\.\n/, 'set_vm_memory_high_watermark', 'absolute', 'much');
  },
);

claim(
  'ctl.disk-limit.range',
  'A disk limit is a number with or without a unit; anything else ends with 65.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 65, /^Error \(argument validation\): Bad argument\.\n/, 'set_disk_free_limit', 'much');
    await told(t, 'set_disk_free_limit', '50MB');
  },
);

claim(
  'ctl.cluster-name',
  'set_cluster_name is a global parameter that cluster_status tells.',
  { notebook: '09', alone: true },
  async (t) => {
    const name = t.name('cluster');
    await told(t, 'set_cluster_name', name);
    const { cluster_name: seen } = JSON.parse(await told(t, 'cluster_status', '--formatter', 'json')) as Record<string, unknown>;
    assert.equal(seen, name);
    await told(t, 'clear_global_parameter', 'cluster_name');
  },
);

claim('ctl.feature-flags', 'All feature flags of 3.10 are enabled on a new node.', { notebook: '09' }, async (t) => {
  const flags = await rows(t, 'list_feature_flags');
  assert.equal(flags.length, 7);
  assert.ok(flags.every(({ state }) => state === 'enabled'));
});

claim(
  'ctl.report',
  'report has the texts of status, the listings and the environment in one.',
  { notebook: '09', alone: true },
  async (t) => {
    const { exitCode, stdout: text } = await t.ctl('report');
    assert.equal(exitCode, 0);
    for (const part of ['Status of node', 'Cluster status of node', 'Listing connections', 'Listing permissions for vhost "/"'])
      assert.ok(text.includes(part), part);
  },
);

claim('ctl.formatter.erlang', '--formatter erlang prints rows as Erlang lists.', { notebook: '09', vhost: 'own' }, async (t) => {
  const ch = await t.channel();
  await ch.assertQueue('q', { durable: false });
  const text = await told(t, 'list_queues', '-p', t.vhost, 'name', 'durable', 'messages', '--formatter', 'erlang');
  assert.equal(text, '[[{name,<<"q">>},{durable,false},{messages,0}]]');
});

claim(
  'ctl.formatter.csv',
  '--formatter csv puts every cell in quotes, with headings.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertQueue('a "q"');
    const text = await told(t, 'list_queues', '-p', t.vhost, 'name', 'messages', '--formatter', 'csv');
    assert.equal(text, '"name","messages"\n"a ""q""","0"');
  },
);
