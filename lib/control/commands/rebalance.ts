/**
 * Spreads leaders of quorum queues and masters of mirrored ones over the running members. As RabbitMQ does it: no member shall
 * lead more than the next whole number above the average; what exceeds that moves to the member with the fewest that has a copy.
 */
import { type Command, EXIT, failed, type NodeCall, type Result } from '../command';
import type { ControlNode } from '../target';
import { matching, PATTERNS } from './quorum';

interface Led {
  readonly vhost: string;
  readonly name: string;
  readonly kind: 'quorum' | 'classic';
  leader: string;
  /** Others that could lead it. */
  readonly replicas: readonly string[];
  /** False if it stays where it is. */
  readonly moveTo: (node: string) => Promise<boolean>;
}

const KINDS: Readonly<Record<string, ReadonlyArray<Led['kind']>>> = {
  all: ['quorum', 'classic'],
  classic: ['classic'],
  quorum: ['quorum'],
};

/** Copies that run. */
function ledQueues({ quorum, mirrors }: ControlNode): Led[] {
  const ofQuorums = (quorum?.queues ?? []).map(
    ({ online, ...queue }): Led => ({
      ...queue,
      kind: 'quorum',
      replicas: online,
      moveTo: (node) => quorum?.transferLeadership(queue, node) ?? Promise.resolve(false),
    }),
  );
  const ofMirrored = (mirrors?.queues ?? []).map(
    ({ master, mirrors: copies, ...queue }): Led => ({
      ...queue,
      kind: 'classic',
      leader: master,
      replicas: [master, ...copies.map(({ node }) => node)],
      moveTo: (node) => mirrors?.transferMaster(queue, node) ?? Promise.resolve(false),
    }),
  );
  return [...ofMirrored, ...ofQuorums];
}

async function spread(queues: readonly Led[], running: readonly string[]): Promise<void> {
  const most = Math.ceil(queues.length / running.length);
  const ledBy = (node: string): readonly Led[] => queues.filter(({ leader }) => leader === node);
  for (const node of running) {
    for (const queue of ledBy(node)) {
      if (ledBy(node).length <= most) break;
      const others = queue.replicas.filter((other) => other !== node && running.includes(other));
      const [fewest] = others.sort((one, other) => ledBy(one).length - ledBy(other).length);
      if (fewest !== undefined && (await queue.moveTo(fewest))) queue.leader = fewest;
    }
  }
}

async function rebalance(call: NodeCall): Promise<Result> {
  const { node, nodename, args, options } = call;
  const kinds = KINDS[args[0] as string] ?? [];
  const queues = matching(ledQueues(node), call).filter(({ kind }) => kinds.includes(kind));
  const running = node.cluster?.running ?? [nodename];
  const before = queues.map(({ leader }) => leader);
  await spread(queues, running);
  // The last names first (RabbitMQ); who led something and does no more is told too.
  const told = [...new Set([...before, ...queues.map(({ leader }) => leader)])].sort().reverse();
  const rows = told.map((name) => {
    const count = (kind: Led['kind']): number => queues.filter((queue) => queue.kind === kind && queue.leader === name).length;
    return {
      'Node name': { atom: name },
      'Number of quorum queues': count('quorum'),
      'Number of replicated classic queues': count('classic'),
    };
  });
  if (options.formatter !== 'json') return { kind: 'rows', columns: COLUMNS, rows, whole: true };
  const value = rows.map((row) => COLUMNS.map((column) => [column, column === 'Node name' ? row[column].atom : row[column]]));
  return { kind: 'text', text: '', json: { node: nodename, result: 'ok', value } };
}

const COLUMNS = ['Node name', 'Number of quorum queues', 'Number of replicated classic queues'] as const;

export const REBALANCE: Command = {
  name: 'rebalance',
  tools: ['rabbitmq-queues'],
  group: 'Cluster',
  usage: '< all | classic | quorum > [--vhost-pattern <pattern>] [--queue-pattern <pattern>]',
  description: 'Spreads the leaders of replicated queues over the nodes that run',
  args: [1, 1],
  switches: PATTERNS,
  formatter: 'pretty_table',
  check: ({ args }) =>
    Object.hasOwn(KINDS, args[0] as string)
      ? null
      : failed(EXIT.unavailable, `type ${args[0]} is not supported. Try one of ${Object.keys(KINDS).join(', ')}.`),
  banner: ({ args }) => `Re-balancing leaders of ${args[0]} queues...`,
  run: rebalance,
};
