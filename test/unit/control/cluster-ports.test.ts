/** What the tools make of the ports of a node in a cluster. */
import { strict as assert } from 'node:assert';
import type { ClusterControl } from '../../../lib/control/cluster-control';
import { answerMember } from '../../../lib/control/commands/listings';
import type { ControlNode, ControlTarget } from '../../../lib/control/target';
import { runTool } from '../../../lib/control/tool';
import { FakeCluster, queue } from './replicas/fake-cluster';

function withCluster(target: ControlTarget, change: Partial<ClusterControl>, node: Partial<ControlNode> = {}): ControlTarget {
  const [first] = target.nodes as [ControlNode];
  const cluster = { ...(first.cluster as ClusterControl), ...change };
  return { ...target, nodes: [{ ...first, cluster, ...node }] };
}

function refusal(reason: string, message: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(message), { reason }));
}

describe('a command in a cluster', () => {
  it('that changes definitions is over when all members have them; one that only looks does not wait', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const target = withCluster(new FakeCluster({ access: { addUser: () => undefined, listUsers: () => [] } }).target(), {
      settled: () => held,
    });
    let over = false;
    const adding = runTool('rabbitmqctl', ['add_user', 'alice', 'secret'], target).then(() => (over = true));
    assert.equal((await runTool('rabbitmqctl', ['list_users'], target)).exitCode, 0);
    assert.equal(over, false);
    release();
    await adding;
  });

  it('lists queues of other members with all that their arguments hold', async () => {
    const table = { octets: Buffer.from([0, 255]), large: 2n ** 40n, text: 'a' };
    const there = new FakeCluster({}, [queue('there', { node: 'rabbit1', arguments: table })]).target();
    const ask = async (question: string): Promise<ReadonlyMap<string, string>> =>
      new Map([['rabbit2@localhost', answerMember(there.nodes[0] as ControlNode, there, question)]]);
    const line = ['list_queues', 'name', 'arguments', '-q'];
    const alone = await runTool('rabbitmqctl', line, there);
    const asked = await runTool('rabbitmqctl', line, withCluster(new FakeCluster({}, []).target(), { ask }));
    assert.match(asked.stdout, /1099511627776/);
    assert.equal(asked.stdout, alone.stdout);
  });

  it('shows what is asked for: of this node, of those that run, of those that do not', async () => {
    const here = queue('here', { node: 'rabbit1' });
    const gone = queue('gone', { node: 'rabbit2', state: 'down' });
    // Their master and leader are down and nobody has followed; as in RabbitMQ nobody shows them.
    const waiting = queue('waiting', { kind: 'mirrored', node: 'rabbit2' });
    const leaderless = queue('leaderless', { kind: 'quorum', node: 'rabbit2', state: 'down' });
    const cluster = new FakeCluster({}, [here, gone, waiting, leaderless]);
    cluster.stop('rabbit2@localhost');
    const names = async (...flags: string[]): Promise<string> =>
      (await runTool('rabbitmqctl', ['list_queues', 'name', '-s', ...flags], cluster.target())).stdout;
    assert.equal(await names(), 'here\ngone\n');
    assert.equal(await names('--online'), 'here\n');
    assert.equal(await names('--offline'), 'gone\n');
    assert.equal(await names('--online', '--offline'), 'here\ngone\n');
    assert.equal(await names('--local'), 'here\n');
  });

  it('names whom a member cannot reach', async () => {
    const facts = new Map([['rabbit1@localhost', { version: 'Fake 1', listeners: [], alarms: [] }]]);
    const partitions = new Map([['rabbit1@localhost', ['rabbit2@localhost', 'rabbit3@localhost']]]);
    const target = withCluster(new FakeCluster().target(), { partitions, facts: async () => facts });
    const { stdout } = await runTool('rabbitmqctl', ['cluster_status'], target);
    assert.match(stdout, /\nNode rabbit1@localhost cannot communicate with rabbit2@localhost, rabbit3@localhost\n/);
    const json = JSON.parse((await runTool('rabbitmqctl', ['cluster_status', '--formatter', 'json'], target)).stdout);
    assert.deepEqual(json.partitions, { 'rabbit1@localhost': ['rabbit2@localhost', 'rabbit3@localhost'] });
  });
});

describe('what a cluster refuses', () => {
  const forgetting = ['forget_cluster_node', 'rabbit2@localhost'];
  const cases: ReadonlyArray<readonly [reason: string, message: string, said: string, exitCode: number]> = [
    ['no_one', "it's so", "{:no_one, 'it\\'s so'}", 69],
    ['node_running', 'It must be stopped', 'It must be stopped', 69],
    ['mnesia_not_running', 'mnesia_not_running', 'mnesia_not_running', 69],
    [
      'failed_to_remove_node',
      'rabbit2@localhost {:no_exists, :rabbit_durable_queue}',
      '{:failed_to_remove_node, :rabbit2@localhost, {:no_exists, :rabbit_durable_queue}}',
      69,
    ],
  ];
  for (const [reason, message, said, exitCode] of cases) {
    it(`is told in RabbitMQ's words: ${reason}`, async () => {
      const target = withCluster(new FakeCluster().target(), { forget: () => refusal(reason, message) });
      const output = await runTool('rabbitmqctl', forgetting, target);
      assert.deepEqual([output.stderr, output.exitCode], [`Error:\n${said}\n`, exitCode]);
    });
  }

  it('is asked of a folder only when its process has ended', async () => {
    const asked: string[] = [];
    const forgetOffline = async (member: string): Promise<void> => void asked.push(member);
    const offline = [...forgetting, '--offline'];
    const run = async (node: Partial<ControlNode>): Promise<number> =>
      (await runTool('rabbitmqctl', offline, withCluster(new FakeCluster().target(), { forgetOffline }, node))).exitCode;
    assert.equal(await run({}), 64);
    assert.equal(await run({ broker: null, appStopped: true }), 64);
    assert.equal(await run({ broker: null, processRuns: true }), 69);
    assert.deepEqual(asked, []);
    assert.equal(await run({ broker: null }), 0);
    assert.deepEqual(asked, ['rabbit2@localhost']);
  });
});
