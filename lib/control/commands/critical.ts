/** Checks of what would suffer if a node stopped: queues that would lose their majority or their only complete copy. */
import type { Command, NodeCall, Result } from '../command';
import type { QueueName } from '../quorum-control';
import { MONITORING, said, wrong } from './health';

interface Check {
  readonly name: string;
  readonly description: string;
  readonly what: string;
  /** What is critical on the node. */
  readonly critical: (call: NodeCall) => readonly QueueName[];
  readonly type: 'classic' | 'quorum';
  /** Behind the name of a queue. */
  readonly loss: (nodename: string) => string;
  readonly none: string;
  readonly some: string;
}

const CHECKS: readonly Check[] = [
  {
    name: 'check_if_node_is_mirror_sync_critical',
    description: 'Tells whether a mirrored queue would suffer if the node stopped',
    what: 'for data safety of any classic mirrored queues',
    critical: ({ node }) =>
      (node.mirrors?.queues ?? []).filter(
        ({ master, mirrors }) => master === node.nodename && !mirrors.some(({ synchronised }) => synchronised),
      ),
    type: 'classic',
    loss: (nodename) => `would lose its only synchronised replica (master) if node ${nodename} is stopped`,
    none: 'no classic mirrored queues without online synchronised mirrors',
    some: 'local classic mirrored queues without online synchronised mirrors',
  },
  {
    name: 'check_if_node_is_quorum_critical',
    description: 'Tells whether a quorum queue would suffer if the node stopped',
    what: 'for quorum of any quorum queues',
    critical: ({ node }) =>
      (node.quorum?.queues ?? []).filter(
        ({ members, online }) => members.includes(node.nodename) && online.length <= Math.floor(members.length / 2) + 1,
      ),
    type: 'quorum',
    loss: (nodename) => `would lose quorum if node ${nodename} is stopped`,
    none: 'no quorum queues with minimum quorum',
    some: 'local queues with minimum online quorum',
  },
];

function outcome({ critical, type, loss, none, some }: Check, call: NodeCall): Result {
  const { node, nodename } = call;
  if (node.cluster === undefined || node.cluster.members.length === 1)
    return said(`Node ${nodename} seems to be the only one in a single node cluster, the check does not apply`);
  const queues = critical(call).map(({ vhost, name }) => ({
    name,
    readable_name: `queue '${name}' in vhost '${vhost}'`,
    type,
    virtual_host: vhost,
  }));
  if (queues.length === 0) return said(`Node ${nodename} reported ${none}`);
  const text = queues.map(({ readable_name: queue }) => `${queue} ${loss(nodename)}`).join('\n');
  return wrong(text, { message: `Node ${nodename} reported ${some}`, queues }, 'bare');
}

export const CRITICAL: readonly Command[] = CHECKS.map((check) => ({
  name: check.name,
  tools: ['rabbitmq-diagnostics', 'rabbitmq-queues'],
  group: MONITORING,
  usage: '[--timeout <timeout>]',
  description: check.description,
  args: [0, 0],
  banner: ({ nodename }) => `Checking if node ${nodename} is critical ${check.what} ...`,
  run: (call) => outcome(check, call),
}));
