/** What a node says about its cluster: who is a member, who runs, and what is wrong with them. */
import type { MemberFacts } from '../cluster-control';
import type { Command, NodeCall } from '../command';
import { listenerLine, memberListeners, toldOfMember } from '../listeners';
import { orNone, type Section, sections } from '../sections';
import type { ControlNode } from '../target';
import { FLAGS } from './flags';
import { ALARM_TITLES } from './health';

/** Lists in the order of names, as the table has them. */
interface Status {
  readonly name: string;
  readonly disc: readonly string[];
  readonly ram: readonly string[];
  readonly running: readonly string[];
  readonly facts: ReadonlyArray<readonly [nodename: string, facts: MemberFacts]>;
  readonly partitions: ReadonlyArray<readonly [nodename: string, others: readonly string[]]>;
}

/** What a node tells of itself. */
export function factsOf(node: ControlNode): MemberFacts {
  return { version: node.version, listeners: memberListeners(node), alarms: node.broker?.alarms ?? [] };
}

async function statusOf(call: NodeCall): Promise<Status> {
  const { node } = call;
  const { cluster, nodename } = node;
  const members = cluster?.members ?? [{ name: nodename, kind: 'disc' }];
  const facts = (await cluster?.facts()) ?? new Map([[nodename, factsOf(node)]]);
  const named = (wanted: 'disc' | 'ram'): string[] => members.flatMap(({ name, kind }) => (kind === wanted ? [name] : [])).sort();
  return {
    name: clusterName(call),
    disc: named('disc'),
    ram: named('ram'),
    running: [...(cluster?.running ?? [nodename])].sort(),
    facts: byName(facts),
    partitions: byName(cluster?.partitions ?? new Map()),
  };
}

function byName<T>(map: ReadonlyMap<string, T>): ReadonlyArray<readonly [string, T]> {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** RabbitMQ's name for a cluster that nobody named is that of the node that answers. */
function clusterName({ broker, nodename }: NodeCall): string {
  return broker.clusterName === broker.nodeName ? nodename : broker.clusterName;
}

function statusText({ name, disc, ram, running, facts, partitions }: Status): string {
  const listeners = facts.flatMap(([nodename, one]) =>
    toldOfMember(one, nodename).map((told) => `Node: ${nodename}, ${listenerLine(told).replace('Interface', 'interface')}`),
  );
  const alarms = facts.flatMap(([nodename, one]) =>
    one.alarms.map((alarm) => `${ALARM_TITLES[alarm]} alarm on node ${nodename}`),
  );
  const ramNodes: Section[] = ram.length === 0 ? [] : [['RAM Nodes', ram]];
  return sections([
    ['Basics', [`Cluster name: ${name}`]],
    ['Disk Nodes', disc],
    ...ramNodes,
    ['Running Nodes', running],
    ['Versions', facts.map(([nodename, { version }]) => `${nodename}: ${version}`)],
    ['Maintenance status', facts.map(([nodename]) => `Node: ${nodename}, status: ${MAINTENANCE}`)],
    ['Alarms', orNone(alarms)],
    [
      'Network Partitions',
      orNone(partitions.map(([nodename, others]) => `Node ${nodename} cannot communicate with ${others.join(', ')}`)),
    ],
    ['Listeners', orNone(listeners)],
    ['Feature flags', FLAGS.map((flag) => `Flag: ${flag}, state: enabled`)],
  ]);
}

function statusJson({ name, disc, ram, running, facts, partitions }: Status): unknown {
  const each = <T>(of: (facts: MemberFacts, nodename: string) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(facts.map(([nodename, one]) => [nodename, of(one, nodename)]));
  const flags = FLAGS.map((flag) => ({ name: flag, provided_by: 'rabbit', stability: 'stable', state: 'enabled' }));
  return {
    alarms: facts.flatMap(([node, { alarms }]) => alarms.map((resource) => ({ node, resource, type: 'resource_limit' }))),
    cluster_name: name,
    disk_nodes: disc,
    feature_flags: flags,
    listeners: each(toldOfMember),
    maintenance_status: each(() => MAINTENANCE),
    partitions: Object.fromEntries(partitions),
    ram_nodes: ram,
    running_nodes: running,
    versions: each(({ version }) => ({ product_name: version })),
  };
}

/** Nodes here are never drained. */
const MAINTENANCE = 'not under maintenance';

export const CLUSTER_STATUS: Command = {
  name: 'cluster_status',
  tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
  group: 'Cluster',
  usage: '[--timeout <timeout>]',
  description: 'Shows the nodes of the cluster, by kind, and which of them run',
  args: [0, 0],
  banner: ({ nodename }) => `Cluster status of node ${nodename} ...`,
  run: async (call) => {
    const status = await statusOf(call);
    return { kind: 'text', text: statusText(status), json: statusJson(status) };
  },
};
