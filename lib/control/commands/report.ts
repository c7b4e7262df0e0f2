/** The report for whoever is asked for help: what the other commands answer, one below the other. */
import type { Command, NodeCall, Result } from '../command';
import { write } from '../output';

/** Commands, with the columns they are asked for; `each`: for every vhost. */
const PARTS: ReadonlyArray<{ readonly name: string; readonly columns?: readonly string[]; readonly each?: true }> = [
  { name: 'status' },
  { name: 'cluster_status' },
  { name: 'list_feature_flags' },
  { name: 'environment' },
  { name: 'list_connections', columns: ['name', 'user', 'vhost', 'peer_host', 'peer_port', 'channels', 'state'] },
  {
    name: 'list_channels',
    columns: ['name', 'user', 'vhost', 'number', 'consumer_count', 'messages_unacknowledged', 'prefetch_count'],
  },
  {
    name: 'list_queues',
    columns: ['name', 'durable', 'auto_delete', 'arguments', 'messages_ready', 'messages_unacknowledged', 'consumers', 'state'],
    each: true,
  },
  { name: 'list_exchanges', columns: ['name', 'type', 'durable', 'auto_delete', 'internal', 'arguments', 'policy'], each: true },
  { name: 'list_bindings', each: true },
  { name: 'list_permissions', each: true },
  { name: 'list_policies', each: true },
  { name: 'list_global_parameters' },
  { name: 'list_parameters', each: true },
];

async function answer(command: Command, call: NodeCall): Promise<string> {
  const result: Result = (await command.run?.(call)) ?? (await command.act?.(call)) ?? { kind: 'done' };
  return write(command, call, result, 'table', []).stdout;
}

/** `find`: the commands of rabbitmqctl by name. */
export function reportCommand(find: (name: string) => Command | undefined): Command {
  return {
    name: 'report',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Monitoring, observability and health checks',
    usage: '',
    description: 'Shows what status, environment and the listings show, in one',
    args: [0, 0],
    banner: ({ nodename }) => `Reporting server status of node ${nodename} ...\n`,
    run: async (call) => {
      const texts: string[] = [];
      for (const { name, columns = [], each } of PARTS) {
        const command = find(name);
        if (command === undefined) continue;
        for (const vhost of each ? call.broker.listVhosts() : [call.vhost]) {
          texts.push(await answer(command, { ...call, args: columns, vhost }));
        }
      }
      return { kind: 'text', text: texts.join('\n') };
    },
  };
}
