/** What a node says about itself. */
import { type Command, failed, EXIT } from '../command';
import { findNode } from '../target';
import { bold } from '../usage';

const PING_TIMEOUT_MS = 60_000;

/** Titles and lines of one report. */
function sections(parts: ReadonlyArray<readonly [string, readonly string[]]>): string {
  return `${parts.map(([title, lines]) => `${bold(title)}\n\n${lines.join('\n')}`).join('\n\n')}\n`;
}

const MONITORING = 'Monitoring, observability and health checks';

export const NODES: readonly Command[] = [
  {
    name: 'cluster_status',
    group: 'Cluster',
    usage: '[--timeout <timeout>]',
    description: 'Shows the nodes of the cluster, by kind, and which of them run',
    args: [0, 0],
    banner: ({ nodename }) => `Cluster status of node ${nodename} ...`,
    run: ({ node: { nodename, port, version } }) => ({
      kind: 'text',
      text: sections([
        ['Basics', [`Cluster name: ${nodename}`]],
        ['Disk Nodes', [nodename]],
        ['Running Nodes', [nodename]],
        ['Versions', [`${nodename}: ${version}`]],
        ['Maintenance status', [`Node: ${nodename}, status: not under maintenance`]],
        ['Alarms', ['(none)']],
        ['Network Partitions', ['(none)']],
        ['Listeners', [`Node: ${nodename}, interface: 127.0.0.1, port: ${port}, protocol: amqp, purpose: AMQP 0-9-1`]],
      ]),
    }),
  },
  {
    name: 'ping',
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Checks that the node answers',
    args: [0, 0],
    banner: (call) =>
      `Will ping ${call.nodename}. This only checks if the OS process is running and registered with epmd. ` +
      `Timeout: ${timeoutMs(call.options.timeout)} ms.`,
    local: ({ target, nodename, options }) => {
      const broker = findNode(target, options.node)?.broker ?? null;
      if (broker !== null && options.timeout !== 0) return { kind: 'message', text: 'Ping succeeded' };
      return failed(EXIT.unavailable, `Failed to connect and authenticate to ${nodename} in ${timeoutMs(options.timeout)} ms`);
    },
  },
  {
    name: 'status',
    group: MONITORING,
    usage: '[--unit <unit>] [--timeout <timeout>]',
    description: 'Shows the state of a node',
    args: [0, 0],
    switches: { unit: { type: 'text' } },
    banner: ({ nodename }) => `Status of node ${nodename} ...`,
    run: ({ broker, node, target }) => {
      const all = broker.listVhosts().map((vhost) => broker.snapshot(vhost, target.now()));
      const count = (list: 'connections' | 'queues'): number => all.reduce((sum, snapshot) => sum + snapshot[list].length, 0);
      return {
        kind: 'text',
        text: sections([
          [
            'Runtime',
            [
              `OS PID: ${node.osPid}`,
              `Uptime (seconds): ${Math.floor(node.uptimeMs / 1000)}`,
              'Is under maintenance?: false',
              `Version: ${node.version}`,
              `Node name: ${node.nodename}`,
            ],
          ],
          ['Alarms', ['(none)']],
          [
            'Totals',
            [`Connection count: ${count('connections')}`, `Queue count: ${count('queues')}`, `Virtual host count: ${all.length}`],
          ],
          ['Listeners', [`Interface: 127.0.0.1, port: ${node.port}, protocol: amqp, purpose: AMQP 0-9-1`]],
        ]),
      };
    },
  },
];

function timeoutMs(seconds: number | undefined): number {
  return seconds === undefined ? PING_TIMEOUT_MS : seconds * 1000;
}
