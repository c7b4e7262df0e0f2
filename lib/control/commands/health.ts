/** Health checks: what is wrong with a node, told by the exit code. Most belong to rabbitmq-diagnostics. */
import type { BrokerApi } from '../../broker/api';
import { type Command, EXIT, failed, type Failure, type NodeCall, type ReachedCall, type Result } from '../command';

export const DIAGNOSTICS = ['rabbitmq-diagnostics'] as const;
export const MONITORING = 'Monitoring, observability and health checks';

/** What RabbitMQ calls an alarm. */
export const ALARM_TITLES = { memory: 'Memory', disk: 'Free disk space' } as const;

/** Of this node. */
export function alarmLines({ alarms }: Pick<BrokerApi, 'alarms'>, nodename: string): string[] {
  return alarms.map((resource) => `${ALARM_TITLES[resource]} alarm on node ${nodename}`);
}

/** Of the members of its cluster. */
async function alarmsOf({ node, broker }: NodeCall): Promise<{ readonly local: string[]; readonly global: string[] }> {
  const facts = (await node.cluster?.facts()) ?? new Map();
  const others = [...facts].filter(([member]) => member !== node.nodename);
  return { local: alarmLines(broker, node.nodename), global: others.flatMap(([member, one]) => alarmLines(one, member)) };
}

export function said(text: string, json: Readonly<Record<string, unknown>> = { result: 'ok' }): Result {
  return { kind: 'message', text, json };
}

/** A failure that JSON tells with its parts. */
export function wrong(text: string, json: Readonly<Record<string, unknown>>, form?: 'bare'): Failure {
  return failed(EXIT.unavailable, text, { json: { ...json, result: 'error' }, ...(form === undefined ? {} : { form }) });
}

function runningText(nodename: string, running: boolean): string {
  return running
    ? `RabbitMQ on node ${nodename} is fully booted and running`
    : `RabbitMQ on node ${nodename} is not running or has not fully booted yet (check with is_booting)`;
}

export const HEALTH: readonly Command[] = [
  {
    name: 'alarms',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Lists the alarms in effect',
    args: [0, 0],
    banner: ({ nodename }) => `Asking node ${nodename} to report any known resource alarms ...`,
    run: async (call) => {
      const { nodename } = call;
      const { local, global } = await alarmsOf(call);
      if (local.length + global.length === 0)
        return said(`Node ${nodename} reported no alarms, local or clusterwide`, { alarms: [], node: nodename, result: 'ok' });
      const message = `Node ${nodename} reported alarms`;
      return said([...local, ...global].join('\n'), { global, local, message, result: 'ok' });
    },
  },
  {
    name: 'check_alarms',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Fails if an alarm is in effect',
    args: [0, 0],
    banner: ({ nodename }) => `Asking node ${nodename} to report any local resource alarms ...`,
    run: async (call) => {
      const { nodename } = call;
      const { local, global } = await alarmsOf(call);
      if (local.length + global.length === 0) return said(`Node ${nodename} reported no alarms, local or clusterwide`);
      return wrong([...local, ...global].join('\n'), { global, local, message: `Node ${nodename} reported alarms` }, 'bare');
    },
  },
  {
    name: 'check_local_alarms',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Fails if an alarm of this node is in effect',
    args: [0, 0],
    banner: ({ nodename }) => `Asking node ${nodename} to report any local resource alarms ...`,
    run: ({ broker, nodename }) => {
      const local = alarmLines(broker, nodename);
      if (local.length === 0) return said(`Node ${nodename} reported no local alarms`);
      return wrong(local.join('\n'), { local, message: `Node ${nodename} reported local alarms` });
    },
  },
  {
    name: 'check_running',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Fails if the application of the node does not run',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Checking if RabbitMQ is running on node ${nodename} ...`,
    act: ({ node, nodename }) => {
      const text = runningText(nodename, node.broker !== null);
      return node.broker === null ? wrong(text, { message: text }) : { kind: 'message', text };
    },
  },
  {
    name: 'check_virtual_hosts',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Fails if a virtual host of the node is down',
    args: [0, 0],
    banner: ({ nodename }) => `Checking if all vhosts are running on node ${nodename} ...`,
    // A virtual host here is part of its node, and never down alone.
    run: ({ nodename }) => said(`Node ${nodename} reported all vhosts as running`),
  },
  {
    name: 'is_booting',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Tells whether the node is starting',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Asking node ${nodename} for its boot status ...`,
    act: ({ node, nodename }) => {
      const booting = node.booting === true;
      const text = booting
        ? `RabbitMQ on node ${nodename} is booting`
        : `RabbitMQ on node ${nodename} is fully booted (check with is_running), stopped or has not started booting yet`;
      return said(text, { message: text, result: booting });
    },
  },
  {
    name: 'is_running',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Tells whether the application of the node runs',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Asking node ${nodename} for its status ...`,
    act: isRunning,
  },
  {
    name: 'node_health_check',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Deprecated',
    usage: '[--timeout <timeout>]',
    description: 'Looks for alarms and for queues and channels that do not answer; RabbitMQ advises against it',
    args: [0, 0],
    banner: ({ nodename, options: { timeout = 70 } }) =>
      'This command is DEPRECATED and will be removed in a future version.\n' +
      'It performs intrusive, opinionated health checks and requires a fully booted node.\n' +
      'Use one of the options covered in https://www.rabbitmq.com/monitoring.html#health-checks instead.\n' +
      `Timeout: ${timeout} seconds ...\nChecking health of node ${nodename} ...`,
    run: ({ broker, nodename }) => {
      if (broker.alarms.length === 0) return { kind: 'message', text: 'Health check passed' };
      const alarms = broker.alarms.map((resource) => `{resource_limit,${resource},${nodename}}`);
      const text = `Error: health check failed. Message: resource alarm(s) in effect:[${alarms.join(',')}]`;
      return failed(EXIT.software, text);
    },
  },
];

function isRunning({ node, nodename }: ReachedCall): Result {
  const running = node.broker !== null;
  const text = runningText(nodename, running);
  return said(text, { message: text, result: running });
}
