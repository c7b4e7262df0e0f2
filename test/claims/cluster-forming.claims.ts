/** Forming a cluster by hand, and what the tools say when it cannot be done. */
import { strict as assert } from 'node:assert';
import { factsOf, scenario } from './harness/scenario';

const forming = scenario('three nodes are joined by hand', { layout: 'apart' }, async (c) => {
  const before = await c.members('rabbit2');
  await c.filled('rabbit2', 'before', 1);
  const running = await c.ctl('rabbit2', 'join_cluster', 'rabbit1@localhost');
  const resetRunning = await c.ctl('rabbit2', 'reset');
  const stop = await c.ctl('rabbit2', 'stop_app');
  const stopAgain = await c.ctl('rabbit2', 'stop_app');
  const connecting = await c.connect('rabbit2').then(
    () => 'connected',
    () => 'refused',
  );
  const stopped = await c.ctl('rabbit2', 'cluster_status');
  const itself = await c.ctl('rabbit2', 'join_cluster', 'rabbit2@localhost');
  const stranger = await c.ctl('rabbit2', 'join_cluster', 'rabbit9@localhost');
  const oddKind = await c.ctl('rabbit2', 'change_cluster_node_type', 'foo');
  const reset = await c.ctl('rabbit2', 'reset');
  const join = await c.ctl('rabbit2', 'join_cluster', 'rabbit1@localhost');
  const start = await c.ctl('rabbit2', 'start_app');
  const startAgain = await c.ctl('rabbit2', 'start_app');
  const two = await c.members('rabbit1');
  const gone = await c.probe('rabbit2', 'before');
  await c.told('rabbit2', 'stop_app');
  const again = await c.ctl('rabbit2', 'join_cluster', 'rabbit1@localhost');
  await c.told('rabbit2', 'start_app');
  await c.told('rabbit3', 'stop_app');
  const ram = await c.ctl('rabbit3', 'join_cluster', '--ram', 'rabbit2@localhost');
  const joined = await c.members('rabbit1');
  await c.told('rabbit3', 'start_app');
  const seen = { first: await c.members('rabbit1'), second: await c.members('rabbit2'), third: await c.members('rabbit3') };
  const text = await c.told('rabbit1', 'cluster_status');
  const same = await c.ctl('rabbit3', 'change_cluster_node_type', 'disc');
  await c.told('rabbit3', 'stop_app');
  const already = await c.ctl('rabbit3', 'change_cluster_node_type', 'ram');
  const change = await c.ctl('rabbit3', 'change_cluster_node_type', 'disc');
  await c.told('rabbit3', 'start_app');
  const changed = await c.members('rabbit1');
  const online = await c.ctl('rabbit1', 'await_online_nodes', '3');
  const one = { before, running, resetRunning, stop, stopAgain, connecting, stopped, itself, stranger, oddKind };
  return {
    ...one,
    reset,
    join,
    start,
    startAgain,
    two,
    gone,
    again,
    ram,
    joined,
    seen,
    text,
    same,
    already,
    change,
    changed,
    online,
  };
});
const fact = factsOf(forming, '10');
const NEEDS_STOPPED =
  /^Error: this command requires the 'rabbit' app to be stopped on the target node\. Stop it with 'rabbitmqctl stop_app'\./;

fact('cluster.forming.alone', 'A new node is a cluster of its own: one disc node, and it runs.', ({ before }) =>
  assert.deepEqual(before, { disc: ['rabbit2'], ram: [], running: ['rabbit2'], partitions: {} }),
);

fact(
  'cluster.forming.app-runs',
  'join_cluster on a node whose application runs ends with 64 and says stop_app.',
  ({ running }) => {
    assert.equal(running.code, 64);
    assert.match(running.err, NEEDS_STOPPED);
  },
);

fact(
  'cluster.forming.reset-runs',
  'reset on a node whose application runs ends with 64 and says stop_app.',
  ({ resetRunning }) => {
    assert.equal(resetRunning.code, 64);
    assert.match(resetRunning.err, NEEDS_STOPPED);
  },
);

fact('cluster.forming.stop-app', 'stop_app tells which application it stops on which node, and ends with 0.', ({ stop }) =>
  assert.deepEqual(stop, { code: 0, out: 'Stopping rabbit application on node rabbit2@localhost ...', err: '' }),
);

fact(
  'cluster.forming.stop-app-twice',
  'stop_app on a stopped application says the same and ends with 0.',
  ({ stop, stopAgain }) => assert.deepEqual(stopAgain, stop),
);

fact('cluster.forming.stopped-clients', 'A node whose application is stopped answers its tools, and no clients.', (facts) => {
  assert.equal(facts.connecting, 'refused');
  assert.equal(facts.stop.code, 0);
});

fact(
  'cluster.forming.stopped-status',
  'cluster_status on a stopped application ends with 64 and says start_app.',
  ({ stopped }) => {
    assert.equal(stopped.code, 64);
    assert.match(stopped.err, /^Error: this command requires the 'rabbit' app to be running on the target node\./);
  },
);

fact('cluster.forming.itself', 'A node cannot join itself: 70.', ({ itself }) => {
  assert.equal(itself.code, 70);
  assert.match(itself.err, /cannot cluster node with itself: rabbit2@localhost/);
});

fact('cluster.forming.stranger', 'Joining a node that does not answer ends with 69 and tells what was tried.', ({ stranger }) => {
  assert.equal(stranger.code, 69);
  assert.match(stranger.err, /^Error: unable to perform an operation on node 'rabbit9@localhost'\./);
  assert.match(stranger.err, /attempted to contact: \[rabbit9@localhost\]/);
});

fact('cluster.forming.odd-kind', 'change_cluster_node_type knows disc and ram; anything else ends with 65.', ({ oddKind }) => {
  assert.equal(oddKind.code, 65);
  assert.match(oddKind.err, /Bad argument: The node type must be either disc or ram\./);
});

fact('cluster.forming.reset', 'reset says which node it resets, and ends with 0.', ({ reset }) =>
  assert.deepEqual(reset, { code: 0, out: 'Resetting node rabbit2@localhost ...', err: '' }),
);

fact('cluster.forming.join', 'join_cluster says which node joins which, and ends with 0.', ({ join }) => {
  assert.equal(join.code, 0);
  assert.equal(join.out, 'Clustering node rabbit2@localhost with rabbit1@localhost');
});

fact(
  'cluster.forming.start-app',
  'start_app says which node it starts; on one that runs it says the same; both end with 0.',
  (f) => {
    assert.deepEqual(f.start, { code: 0, out: 'Starting node rabbit2@localhost ...', err: '' });
    assert.deepEqual(f.startAgain, f.start);
  },
);

fact('cluster.forming.two', 'A node that has joined is a disc member for the others too, and runs.', ({ two }) => {
  assert.deepEqual([...two.disc].sort(), ['rabbit1', 'rabbit2']);
  assert.deepEqual([...two.running].sort(), ['rabbit1', 'rabbit2']);
});

fact('cluster.forming.loses', 'What a node had before it joined is gone: queues, and messages in them.', ({ gone }) =>
  assert.equal(gone, "NOT_FOUND - no queue 'before' in vhost '/'"),
);

fact('cluster.forming.member-already', 'join_cluster of a member says that it is one already.', ({ again }) => {
  assert.equal(again.code, 0);
  assert.match(again.out, /The node is already a member of this cluster/);
});

fact('cluster.forming.ram', 'join_cluster --ram makes a RAM node, through any member.', ({ ram, seen }) => {
  assert.equal(ram.code, 0);
  assert.deepEqual(seen.first.ram, ['rabbit3']);
});

fact('cluster.forming.joined-stopped', 'A node is a member once it has joined, and runs once it is started.', ({ joined }) => {
  assert.deepEqual(joined.ram, ['rabbit3']);
  assert.deepEqual([...joined.running].sort(), ['rabbit1', 'rabbit2']);
});

fact('cluster.forming.same-view', 'All members tell the same members, kinds and running nodes.', ({ seen }) => {
  const views = [seen.first, seen.second, seen.third].map(({ disc, ram, running }) => ({
    disc: [...disc].sort(),
    ram,
    running: [...running].sort(),
  }));
  assert.deepEqual(views[0], { disc: ['rabbit1', 'rabbit2'], ram: ['rabbit3'], running: ['rabbit1', 'rabbit2', 'rabbit3'] });
  assert.deepEqual(views[1], views[0]);
  assert.deepEqual(views[2], views[0]);
});

fact(
  'cluster.forming.status-text',
  'cluster_status has disc, RAM and running nodes, versions and partitions under headings.',
  ({ text }) => {
    const wanted = [
      'Disk Nodes',
      'RAM Nodes',
      'Running Nodes',
      'Versions',
      'Alarms',
      'Network Partitions',
      'Listeners',
      'Feature flags',
    ];
    assert.deepEqual(
      text.split('\n').filter((line) => wanted.includes(line)),
      wanted,
    );
    assert.match(text, /RAM Nodes\n\nrabbit3@localhost\n/);
    assert.match(text, /Network Partitions\n\n\(none\)\n/);
  },
);

fact('cluster.forming.kind-runs', 'change_cluster_node_type on a node whose application runs ends with 64.', ({ same }) => {
  assert.equal(same.code, 64);
  assert.match(same.err, NEEDS_STOPPED);
});

fact(
  'cluster.forming.kind-same',
  'change_cluster_node_type to the kind that a node has says so, and ends with 0.',
  ({ already }) => {
    assert.equal(already.code, 0);
    assert.match(already.out, /Node type is already ram/);
  },
);

fact(
  'cluster.forming.kind',
  'A RAM node becomes a disc node by change_cluster_node_type while it is stopped.',
  ({ change, changed }) => {
    assert.equal(change.code, 0);
    assert.deepEqual([changed.disc.length, changed.ram.length], [3, 0]);
  },
);

fact('cluster.forming.await', 'await_online_nodes 3 ends with 0 while three members run.', ({ online }) =>
  assert.equal(online.code, 0),
);
