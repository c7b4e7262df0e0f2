/** Commands about quorum queues and their members. */
import type { Row } from '../cells';
import type { Refusal } from '../cluster-control';
import { type Call, type Command, DONE, EXIT, failed, type Failure, type NodeCall, type Result } from '../command';
import { isRunning } from '../members';
import type { QuorumControl, QuorumMemberStatus, QuorumQueue } from '../quorum-control';

const QUEUES_TOOL = ['rabbitmq-queues'] as const;
const BOTH = ['rabbitmq-diagnostics', 'rabbitmq-queues'] as const;
const MONITORING = 'Monitoring, observability and health checks';

type Act = (control: QuorumControl, queue: QuorumQueue, call: NodeCall) => Promise<Result> | Result;

/** Runs `act` on the queue that the first word names; `refusal` is for queues of other kinds. */
function onQueue(refusal: string, act: Act): (call: NodeCall) => Promise<Result> {
  return async (call) => {
    const queue = queueOf(call);
    const { quorum } = call.node;
    if (queue === undefined || quorum === undefined) return failed(EXIT.unavailable, exists(call) ? refusal : 'not_found');
    try {
      return await act(quorum, queue, call);
    } catch (error) {
      return failed(EXIT.unavailable, reasonOf(error));
    }
  };
}

function queueOf({ args, vhost, node }: NodeCall): QuorumQueue | undefined {
  return node.quorum?.queues.find((queue) => queue.vhost === vhost && queue.name === args[0]);
}

function exists({ args, vhost, broker, target }: NodeCall): boolean {
  return broker.listVhosts().includes(vhost) && broker.snapshot(vhost, target.now()).queues.some(({ name }) => name === args[0]);
}

function reasonOf(error: unknown): string {
  return (error as Partial<Refusal>).reason ?? (error as Error).message;
}

// --- members of one queue ---

const NO_MEMBERS = 'Cannot add members to a classic queue';

/** Does nothing where the node is a member already. */
async function addMember(control: QuorumControl, queue: QuorumQueue, { node, args }: NodeCall): Promise<Result> {
  const member = args[1] as string;
  if (!isRunning(node, member)) return failed(EXIT.unavailable, 'node_not_running');
  if (!queue.members.includes(member)) await control.addMember(queue, member);
  return DONE;
}

/** Does nothing where the node is no member. */
async function deleteMember(control: QuorumControl, queue: QuorumQueue, { args }: NodeCall): Promise<Result> {
  await without(control, queue, args[1] as string);
  return DONE;
}

const LAST = 'last_node';
const LAST_TEXT = 'the last node cannot be removed';

async function without(control: QuorumControl, queue: QuorumQueue, node: string): Promise<void> {
  if (!queue.members.includes(node)) return;
  if (queue.members.length === 1) throw new Error(LAST);
  await control.removeMember(queue, node);
}

function statusRow({ node, state, log }: QuorumMemberStatus): Row {
  const row: Row = { 'Node Name': { atom: node }, 'Raft State': { atom: state } };
  if (log === null) return row;
  return {
    ...row,
    'Log Index': log.lastIndex,
    'Commit Index': log.commitIndex,
    'Snapshot Index': log.snapshotIndex ?? { atom: 'undefined' },
    Term: log.term,
    'Machine Version': log.machineVersion,
  };
}

const STATUS_COLUMNS = ['Node Name', 'Raft State', 'Log Index', 'Commit Index', 'Snapshot Index', 'Term', 'Machine Version'];

// --- members of many queues ---

/** Does `act` to each queue, one after another, and tells how many members it has then. */
async function toEach(
  queues: readonly QuorumQueue[],
  change: 1 | -1,
  act: (queue: QuorumQueue) => Promise<void>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const queue of queues) {
    const { vhost, name } = queue;
    const size = queue.members.length;
    try {
      await act(queue);
      rows.push({ vhost, name, size: size + change, result: 'ok' });
    } catch (error) {
      const reason = reasonOf(error);
      rows.push({ vhost, name, size, result: `error: ${reason === LAST ? LAST_TEXT : reason}` });
    }
  }
  return rows;
}

function sizes(rows: readonly Row[], { options: { own } }: Call): Result {
  const told = own['errors-only'] ? rows.filter(({ result }) => result !== 'ok') : rows;
  if (told.length === 0) return { kind: 'text', text: '', json: [] };
  return { kind: 'rows', columns: ['vhost', 'name', 'size', 'result'], rows: told };
}

/** Every queue that the patterns of the command line match; an invalid one matches nothing. */
export function matching<T extends { readonly vhost: string; readonly name: string }>(queues: readonly T[], call: Call): T[] {
  const { own } = call.options;
  const vhost = patternOf(own['vhost-pattern']);
  const name = patternOf(own['queue-pattern']);
  return queues.filter((queue) => vhost?.test(queue.vhost) && name?.test(queue.name));
}

function patternOf(text: string | number | true | undefined): RegExp | null {
  try {
    return new RegExp(String(text ?? '.*'));
  } catch {
    return null;
  }
}

export const PATTERNS = { 'vhost-pattern': { type: 'text' }, 'queue-pattern': { type: 'text' } } as const;

async function grow(call: NodeCall): Promise<Result> {
  const { node, args } = call;
  const [member, which] = args as [string, string];
  const { quorum } = node;
  if (quorum === undefined || !isRunning(node, member)) return sizes([], call);
  const wanted = matching(quorum.queues, call).filter(
    ({ members }) => !members.includes(member) && (which === 'all' || members.length % 2 === 0),
  );
  return sizes(await toEach(wanted, 1, (queue) => quorum.addMember(queue, member)), call);
}

async function shrink(call: NodeCall): Promise<Result> {
  const member = call.args[0] as string;
  const { quorum } = call.node;
  if (quorum === undefined) return sizes([], call);
  const wanted = quorum.queues.filter(({ members }) => members.includes(member));
  return sizes(await toEach(wanted, -1, (queue) => without(quorum, queue, member)), call);
}

function checkStrategy({ args }: Call): Failure | null {
  if (args[1] === 'all' || args[1] === 'even') return null;
  return failed(EXIT.usage, `"strategy '${args[1]}' is not recognised."`, { form: 'argument' });
}

export const QUORUM: readonly Command[] = [
  {
    name: 'add_member',
    tools: QUEUES_TOOL,
    group: 'Replication',
    usage: '[--vhost <vhost>] <queue> <node> [--timeout <timeout>]',
    description: 'Gives a quorum queue a member on this node',
    args: [2, 2],
    banner: ({ args }) => `Adding a replica for queue ${args[0]} on node ${args[1]}...`,
    run: onQueue(NO_MEMBERS, addMember),
  },
  {
    name: 'delete_member',
    tools: QUEUES_TOOL,
    group: 'Replication',
    usage: '[--vhost <vhost>] <queue> <node> [--timeout <timeout>]',
    description: 'Takes the member on this node from a quorum queue',
    args: [2, 2],
    banner: ({ args }) => `Removing a replica of queue ${args[0]} on node ${args[1]}...`,
    run: onQueue(NO_MEMBERS, deleteMember),
  },
  {
    name: 'grow',
    tools: QUEUES_TOOL,
    group: 'Cluster',
    usage: '<node> <all | even> [--vhost-pattern <pattern>] [--queue-pattern <pattern>]',
    description: 'Gives quorum queues a member on this node: all, or those with an even number of members',
    args: [2, 2],
    switches: { ...PATTERNS, 'errors-only': { type: 'flag' } },
    check: checkStrategy,
    banner: ({ args }) => `Growing ${args[1]} quorum queues on ${args[0]}...`,
    run: grow,
  },
  {
    name: 'shrink',
    tools: QUEUES_TOOL,
    group: 'Cluster',
    usage: '<node> [--errors-only]',
    description: 'Takes the members on this node from all quorum queues',
    args: [1, 1],
    switches: { 'errors-only': { type: 'flag' } },
    banner: ({ args }) => `Shrinking quorum queues on ${args[0]}...`,
    run: shrink,
  },
  {
    name: 'quorum_status',
    tools: BOTH,
    group: MONITORING,
    usage: '[--vhost <vhost>] <queue>',
    description: 'Shows the members of a quorum queue',
    args: [1, 1],
    formatter: 'pretty_table',
    banner: ({ args, nodename }) => `Status of quorum queue ${args[0]} on node ${nodename} ...`,
    run: onQueue('Cannot get quorum status of a classic queue', async (control, queue) => ({
      kind: 'rows',
      columns: STATUS_COLUMNS,
      rows: (await control.status(queue)).map(statusRow),
    })),
  },
  {
    name: 'reclaim_quorum_memory',
    tools: BOTH,
    group: 'Operations',
    usage: '[--vhost <vhost>] <quorum queue>',
    description: 'Does nothing to a quorum queue: its log is written out as it grows',
    args: [1, 1],
    banner: ({ args }) => `Will flush Raft WAL of quorum queue ${args[0]} ...`,
    run: onQueue('This operation is not applicable to classic queues', () => DONE),
  },
  {
    name: 'stream_status',
    tools: BOTH,
    group: MONITORING,
    usage: '[--vhost <vhost>] [--tracking] <stream>',
    description: 'Shows the members of a stream; here are none',
    args: [1, 1],
    switches: { tracking: { type: 'flag' } },
    banner: ({ args, nodename }) => `Status of stream ${args[0]} on node ${nodename} ...`,
    run: (call) => {
      const kind = queueOf(call) === undefined ? 'classic' : 'quorum';
      return failed(EXIT.unavailable, exists(call) ? `Cannot get stream status of a ${kind} queue` : 'not_found');
    },
  },
];
