/** Commands about who is in a cluster, and how its nodes start. */
import type { ClusterControl, MemberKind, Refusal } from '../cluster-control';
import { type Call, type Command, DONE, EXIT, failed, type Failure, type ReachedCall, type Result } from '../command';
import type { ControlNode } from '../target';
import { unreachableText } from '../unreachable';
import { quoted } from './refusals';

/** What a command asks of the cluster. */
type Act = (cluster: ClusterControl, call: ReachedCall) => Promise<Result>;

/** A request that is answered with nothing. */
function quietly(request: (cluster: ClusterControl, call: ReachedCall) => Promise<void>): Act {
  return async (cluster, call) => {
    await request(cluster, call);
    return DONE;
  };
}

function asking(act: Act, told: (error: Refusal, call: ReachedCall) => Result = refusal): (call: ReachedCall) => Promise<Result> {
  return async (call) => {
    const { cluster } = call.node;
    if (cluster === undefined) return failed(EXIT.unavailable, `${call.nodename} can be in no cluster of several nodes`);
    try {
      return await act(cluster, call);
    } catch (error) {
      return told(error as Refusal, call);
    }
  };
}

/** What RabbitMQ answers in another form than that of its errors. */
const BY_REASON: Readonly<Record<string, (error: Refusal, call: ReachedCall) => Result>> = {
  already_member: () => ({ kind: 'message', text: 'The node is already a member of this cluster' }),
  // Of the member that was to be removed, and why.
  failed_to_remove_node: ({ message }) => {
    const [member, ...why] = message.split(' ');
    return failed(EXIT.unavailable, `{:failed_to_remove_node, :${member}, ${why.join(' ')}}`);
  },
  mnesia_not_running: ({ message }) => failed(EXIT.unavailable, message),
  node_running: ({ message }) => failed(EXIT.unavailable, message),
  nodedown: (_error, { args, target }) =>
    failed(EXIT.unavailable, unreachableText(target, args[0] as string).trimEnd(), { form: 'bare' }),
  software: ({ message }) => failed(EXIT.software, message),
};

function refusal(error: Refusal, call: ReachedCall): Result {
  return BY_REASON[error.reason]?.(error, call) ?? failed(EXIT.unavailable, refusalTerm(error));
}

/** As Elixir prints the term: `{:not_a_cluster_node, 'The node ...'}`. */
export function refusalTerm({ reason, message }: Refusal): string {
  return `{:${reason}, ${quoted(message, "'")}}`;
}

function badType(): Failure {
  return failed(EXIT.data, 'Bad argument: The node type must be either disc or ram.', { form: 'argument' });
}

const KINDS: Readonly<Record<string, MemberKind>> = { disc: 'disc', disk: 'disc', ram: 'ram' };

async function forget(cluster: ClusterControl, { args }: ReachedCall): Promise<Result> {
  await cluster.forget(args[0] as string);
  await cluster.settled();
  return DONE;
}

async function forgetOffline(cluster: ClusterControl, { node, args }: ReachedCall): Promise<Result> {
  const said = `  * Impersonating node: ${node.nodename}...\n done\n  * Mnesia directory: ${folderOf(node)}...\n`;
  try {
    await cluster.forgetOffline(args[0] as string);
    return { kind: 'text', text: `${said}ok\n` };
  } catch (error) {
    return { ...failed(EXIT.unavailable, refusalTerm(error as Refusal)), said };
  }
}

function folderOf({ places }: ControlNode): string {
  return places?.data ?? '(none)';
}

async function seed(cluster: ClusterControl, { args, nodename }: ReachedCall): Promise<Result> {
  if (args[0] === nodename) return failed(EXIT.software, `Error: cannot cluster node with itself: ${nodename}`);
  await cluster.seed(args[0] as string);
  return DONE;
}

// --- other names ---

/** Old and new names in turn. */
function pairsOf(args: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (let i = 0; i + 1 < args.length; i += 2) names.set(args[i] as string, args[i + 1] as string);
  return names;
}

async function rename(cluster: ClusterControl, { node, args }: ReachedCall): Promise<Result> {
  const names = pairsOf(args);
  await cluster.rename(names);
  const { nodename } = node;
  const folder = `  * Mnesia directory  : ${folderOf(node)}`;
  const lines = [nodename, names.get(nodename) ?? nodename].flatMap((name) => [
    `  * Impersonating node: ${name}... done`,
    folder,
  ]);
  return { kind: 'text', text: `${lines.join('\n')}\n` };
}

/** What is wrong with the names is told with a list of nodes. */
function renamingTerm(error: Refusal): string {
  const { reason, message } = error;
  if (reason === 'rename_in_progress') return refusalTerm(error);
  return `{:${reason}, [${message
    .split(' ')
    .map((name) => `:${name}`)
    .join(', ')}]}`;
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
    banner: (call) =>
      `Will wait for at least ${call.args[0]} nodes to join the cluster of ${call.nodename}. Timeout: ${patience(call)} seconds.`,
    run: asking(async (cluster, call) => {
      if (await cluster.whenRunning(Number(call.args[0]), patience(call) * 1000)) return DONE;
      const text = `Error: timed out while waiting. Not enough nodes joined ${call.nodename}'s cluster.`;
      return failed(EXIT.software, text);
    }),
  },
  {
    name: 'change_cluster_node_type',
    group: 'Cluster',
    usage: '<disc | ram>',
    description: 'Makes the node one that keeps the definitions on disk, or in memory only',
    args: [1, 1],
    needs: 'stopped',
    check: ({ args }) => (Object.hasOwn(KINDS, args[0] as string) ? null : badType()),
    banner: ({ args, nodename }) => `Turning ${nodename} into a ${args[0]} node`,
    act: asking(async (cluster, { args, nodename }) => {
      const kind = KINDS[args[0] as string] as MemberKind;
      const was = cluster.members.find(({ name }) => name === nodename)?.kind;
      return was !== kind && (await cluster.changeKind(kind)) ? DONE : { kind: 'message', text: `Node type is already ${kind}` };
    }),
  },
  {
    name: 'force_boot',
    group: 'Cluster',
    usage: '',
    description: 'Lets the node start without the others of its cluster',
    args: [0, 0],
    needs: 'not running',
    act: asking(quietly((cluster) => cluster.forceBoot())),
  },
  {
    name: 'forget_cluster_node',
    group: 'Cluster',
    usage: '[--offline] <existing_cluster_member_node>',
    description: 'Removes a node from the cluster',
    args: [1, 1],
    switches: { offline: { type: 'flag' } },
    needs: ({ options: { own } }) => (own.offline ? 'ended' : 'any'),
    banner: ({ args, options: { own } }) => {
      const warning = own.offline ? '. Warning: quorum queues cannot be shrunk in offline mode' : '';
      return `Removing node ${args[0]} from the cluster${warning}`;
    },
    act: asking((cluster, call) => (call.options.own.offline ? forgetOffline(cluster, call) : forget(cluster, call))),
  },
  {
    name: 'join_cluster',
    group: 'Cluster',
    usage: '[--disc|--ram] <existing_cluster_member>',
    description: 'Makes the node a member of the cluster that another node is in',
    args: [1, 1],
    switches: { disc: { type: 'flag' }, ram: { type: 'flag' } },
    needs: 'stopped',
    check: ({ options: { own } }) => (own.disc && own.ram ? badType() : null),
    banner: ({ args, nodename }) => `Clustering node ${nodename} with ${args[0]}`,
    act: asking(quietly((cluster, { args, options: { own } }) => cluster.join(args[0] as string, own.ram ? 'ram' : 'disc'))),
  },
  {
    name: 'rename_cluster_node',
    group: 'Cluster',
    usage: '<oldnode1> <newnode1> [oldnode2] [newnode2] ...',
    description: 'Gives nodes of a stopped cluster other names',
    args: [2, Number.POSITIVE_INFINITY],
    needs: 'ended',
    check: ({ args }) => (args.length % 2 === 0 ? null : ODD_NAMES),
    banner: ({ args }) => `Renaming cluster nodes: \n${[...pairsOf(args)].map((names) => ` ${names.join(' -> ')} \n`).join('')}`,
    act: asking(rename, (error) => failed(EXIT.unavailable, `{:rename_failed, ${renamingTerm(error)}}`)),
  },
  {
    name: 'update_cluster_nodes',
    group: 'Cluster',
    usage: '<seed_node>',
    description: 'Asks another node who is in the cluster',
    args: [1, 1],
    needs: 'stopped',
    banner: ({ args, nodename }) => `Will seed ${nodename} from ${args[0]} on next start`,
    act: asking(seed),
  },
];

const ODD_NAMES = failed(EXIT.data, 'Bad argument: Argument list should contain even number of nodes', { form: 'environment' });

/** Seconds. */
function patience({ options: { timeout = 300 } }: Pick<Call, 'options'>): number {
  return timeout;
}
