/** Commands about clusters, on a node that is a cluster of its own. */
import { type Command, DONE, EXIT, failed, type Failure } from '../command';

/** Whatever it is asked for, the node of another name is not there. */
function noSuchNode(name: string): Failure {
  return failed(
    EXIT.unavailable,
    `unable to reach node ${name}: nodes of this broker form no clusters yet; ` +
      'on a real RabbitMQ (WARREN_ENGINE=rabbitmq) they do.',
  );
}

export const CLUSTER: readonly Command[] = [
  {
    name: 'await_online_nodes',
    group: 'Cluster',
    usage: '<count> [--timeout <timeout>]',
    description: 'Waits until so many nodes of the cluster run',
    args: [1, 1],
    check: ({ args }) =>
      /^[1-9]\d*$/.test(args[0] as string)
        ? null
        : failed(EXIT.data, 'Bad argument: Argument must be a positive integer', { form: 'argument' }),
    banner: ({ args, nodename, options: { timeout = 300 } }) =>
      `Will wait for at least ${args[0]} nodes to join the cluster of ${nodename}. Timeout: ${timeout} seconds.`,
    run: ({ args }) => (args[0] === '1' ? DONE : failed(EXIT.unavailable, 'Timed out while waiting. Not enough nodes joined.')),
  },
  {
    name: 'change_cluster_node_type',
    group: 'Cluster',
    usage: '<disc | ram>',
    description: 'Makes the node one that keeps the definitions on disk, or in memory only',
    args: [1, 1],
    needs: 'stopped',
    check: ({ args }) =>
      ['disc', 'disk', 'ram'].includes(args[0] as string)
        ? null
        : failed(EXIT.data, 'Bad argument: The node type must be either disc or ram.', { form: 'argument' }),
    banner: ({ args, nodename }) => `Turning ${nodename} into a ${args[0]} node`,
    act: () => failed(EXIT.unavailable, "{:not_clustered, 'Non-clustered nodes can only be disc nodes.'}"),
  },
  {
    name: 'force_boot',
    group: 'Cluster',
    usage: '',
    description: 'Lets the node start without the others of its cluster',
    args: [0, 0],
    needs: 'stopped',
    banner: ({ nodename }) => `Forcing boot for Mnesia dir of node ${nodename} ...`,
    // A node that is a cluster of its own waits for nobody.
    act: () => DONE,
  },
  {
    name: 'forget_cluster_node',
    group: 'Cluster',
    usage: '[--offline] <existing_cluster_member_node>',
    description: 'Removes a node from the cluster',
    args: [1, 1],
    switches: { offline: { type: 'flag' } },
    check: ({ options: { own }, target, nodename }) =>
      own.offline && target.nodes.some((node) => node.nodename === nodename && node.broker !== null) ? TARGET_RUNS : null,
    banner: ({ args }) => `Removing node ${args[0]} from the cluster`,
    run: () => failed(EXIT.unavailable, "{:not_a_cluster_node, 'The node selected is not in the cluster.'}"),
  },
  {
    name: 'join_cluster',
    group: 'Cluster',
    usage: '[--disc|--ram] <existing_cluster_member>',
    description: 'Makes the node a member of the cluster that another node is in',
    args: [1, 1],
    switches: { disc: { type: 'flag' }, ram: { type: 'flag' } },
    needs: 'stopped',
    banner: ({ args, nodename }) => `Clustering node ${nodename} with ${args[0]}`,
    act: ({ args, nodename }) =>
      args[0] === nodename
        ? failed(EXIT.software, `Error: cannot cluster node with itself: ${nodename}`)
        : noSuchNode(args[0] as string),
  },
  {
    name: 'rename_cluster_node',
    group: 'Cluster',
    usage: '<oldnode1> <newnode1> [oldnode2] [newnode2] ...',
    description: 'Gives nodes of a stopped cluster other names',
    args: [2, Number.POSITIVE_INFINITY],
    needs: 'any',
    act: () => TARGET_RUNS,
  },
  {
    name: 'update_cluster_nodes',
    group: 'Cluster',
    usage: '<seed_node>',
    description: 'Asks another node who is in the cluster',
    args: [1, 1],
    needs: 'stopped',
    banner: ({ args, nodename }) => `Will seed ${nodename} from ${args[0]} on next start`,
    act: ({ args }) => noSuchNode(args[0] as string),
  },
  ...[
    ['sync_queue', 'Synchronising', 'Brings the mirrors of a queue up to date'],
    ['cancel_sync_queue', 'Stopping synchronising', 'Stops bringing the mirrors of a queue up to date'],
  ].map(
    ([name, doing, description]): Command => ({
      name: name as string,
      group: 'Replication',
      usage: '[--vhost <vhost>] <queue>',
      description: description as string,
      args: [1, 1],
      banner: ({ args, vhost }) => `${doing} queue '${args[0]}' in vhost '${vhost}' ...`,
      run: ({ args, vhost, broker, target }) => {
        const { queues } = broker.snapshot(vhost, target.now());
        return failed(EXIT.unavailable, queues.some((queue) => queue.name === args[0]) ? 'not_mirrored' : 'not_found');
      },
    }),
  ),
];

const TARGET_RUNS = failed(EXIT.usage, 'this command requires the target node to be stopped.', { form: 'environment' });
