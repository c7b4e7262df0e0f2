/** What a node says about itself. */
import { type Command, EXIT, failed, type NodeCall } from '../command';
import { listenerLine, toldListeners } from '../listeners';
import { orNone, sections } from '../sections';
import { findNode } from '../target';
import { amount, memoryLines, memoryOf, UNITS } from './memory';
import { CLUSTER_STATUS } from './cluster-status';
import { alarmLines } from './health';

const PING_TIMEOUT_MS = 60_000;
const MONITORING = 'Monitoring, observability and health checks';
const BOTH = ['rabbitmqctl', 'rabbitmq-diagnostics'] as const;

function totals({ broker, target }: NodeCall): { connections: number; queues: number; vhosts: number } {
  const all = broker.listVhosts().map((vhost) => broker.snapshot(vhost, target.now()));
  const count = (list: 'connections' | 'queues'): number => all.reduce((sum, snapshot) => sum + snapshot[list].length, 0);
  return { connections: count('connections'), queues: count('queues'), vhosts: all.length };
}

function statusText(call: NodeCall): string {
  const { broker, node, options } = call;
  const unit = String(options.own.unit ?? 'gb');
  const { watermark, diskFreeLimit } = broker.resources;
  const { used, limit, diskFree } = memoryOf(call);
  const setting = 'absolute' in watermark ? amount(watermark.absolute, unit) : `${watermark.relative} of available memory`;
  const { connections, queues, vhosts } = totals(call);
  const runtime = [
    `OS PID: ${node.osPid}`,
    ...(node.machine === undefined ? [] : [`OS: ${node.machine.os}`]),
    `Uptime (seconds): ${Math.floor(node.uptimeMs / 1000)}`,
    'Is under maintenance?: false',
    `Version: ${node.version}`,
    `Node name: ${node.nodename}`,
    ...(node.machine === undefined ? [] : [`Runtime: ${node.machine.runtime}`, `Crypto library: ${node.machine.crypto}`]),
  ];
  const plugins = [`Enabled plugin file: ${node.places?.enabledPlugins ?? '(none)'}`, 'Enabled plugins:', ''];
  return sections([
    ['Runtime', runtime],
    ['Plugins', plugins],
    ['Data directory', [`Node data directory: ${node.places?.data ?? '(none)'}`]],
    ['Config files', orNone(node.places?.config?.map((file) => ` * ${file}`))],
    ['Log file(s)', orNone(node.places?.logs?.map((file) => ` * ${file}`))],
    ['Alarms', orNone(alarmLines(broker, node.nodename))],
    [
      'Memory',
      [
        `Total memory used: ${amount(used, unit)}`,
        'Calculation strategy: rss',
        `Memory high watermark setting: ${setting}, computed to: ${amount(limit, unit)}`,
        ...(node.machine === undefined ? [] : ['', ...memoryLines(node.machine, unit, ' %')]),
      ],
    ],
    [
      'Free Disk Space',
      [`Low free disk space watermark: ${amount(diskFreeLimit, unit)}`, `Free disk space: ${amount(diskFree, unit)}`],
    ],
    ['Totals', [`Connection count: ${connections}`, `Queue count: ${queues}`, `Virtual host count: ${vhosts}`]],
    ['Listeners', toldListeners(node).map(listenerLine)],
  ]);
}

function statusJson(call: NodeCall): unknown {
  const { broker, node } = call;
  const { diskFreeLimit, watermark } = broker.resources;
  const { used, limit, diskFree } = memoryOf(call);
  const { connections, queues, vhosts } = totals(call);
  return {
    active_plugins: [],
    alarms: alarmLines(broker, node.nodename),
    config_files: node.places?.config ?? [],
    data_directory: node.places?.data ?? null,
    disk_free: finite(diskFree),
    disk_free_limit: diskFreeLimit,
    enabled_plugin_file: node.places?.enabledPlugins ?? null,
    is_under_maintenance: false,
    listeners: toldListeners(node),
    log_files: node.places?.logs ?? [],
    memory: { strategy: 'rss', total: { rss: finite(used) }, ...node.machine?.memory().parts },
    os: node.machine?.os ?? null,
    pid: node.osPid,
    product_name: 'Warren',
    product_version: node.version,
    totals: { virtual_host_count: vhosts, connection_count: connections, queue_count: queues },
    uptime: Math.floor(node.uptimeMs / 1000),
    vm_memory_calculation_strategy: 'rss',
    vm_memory_high_watermark_limit: finite(limit),
    vm_memory_high_watermark_setting: watermark,
  };
}

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export const NODES: readonly Command[] = [
  CLUSTER_STATUS,
  {
    name: 'ping',
    tools: BOTH,
    group: MONITORING,
    usage: '[--timeout <timeout>]',
    description: 'Checks that the node answers',
    args: [0, 0],
    banner: (call) =>
      `Will ping ${call.nodename}. This only checks if the OS process is running and registered with epmd. ` +
      `Timeout: ${timeoutMs(call.options.timeout)} ms.`,
    local: ({ target, nodename, options }) => {
      const node = findNode(target, options.node);
      const up = node !== null && (node.broker !== null || node.appStopped === true);
      if (up && options.timeout !== 0) return { kind: 'message', text: 'Ping succeeded' };
      return failed(EXIT.unavailable, `Failed to connect and authenticate to ${nodename} in ${timeoutMs(options.timeout)} ms`);
    },
  },
  {
    name: 'status',
    tools: BOTH,
    group: MONITORING,
    usage: '[--unit <unit>] [--timeout <timeout>]',
    description: 'Shows the state of a node',
    args: [0, 0],
    switches: { unit: { type: 'text' } },
    check: ({ options: { own } }) =>
      own.unit === undefined || Object.hasOwn(UNITS, String(own.unit))
        ? null
        : failed(EXIT.usage, `unit '${own.unit}' is not supported. Please use one of: ${Object.keys(UNITS).join(', ')}`, {
            form: 'argument',
          }),
    banner: ({ nodename }) => `Status of node ${nodename} ...`,
    run: (call) => ({ kind: 'text', text: statusText(call), json: statusJson(call) }),
  },
];

function timeoutMs(seconds: number | undefined): number {
  return seconds === undefined ? PING_TIMEOUT_MS : seconds * 1000;
}
