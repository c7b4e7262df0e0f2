/** Runtime parameters of vhosts, and global ones. */
import { type Command, DONE } from '../command';
import { noVhost, onParameterError, printJson, readJson } from './refusals';

export const PARAMETERS: readonly Command[] = [
  {
    name: 'clear_global_parameter',
    group: 'Parameters',
    usage: '<name>',
    description: 'Removes a global parameter',
    args: [1, 1],
    changes: true,
    banner: ({ args }) => `Clearing global runtime parameter "${args[0]}" ...`,
    run: ({ args, vhost, broker }) => onParameterError(vhost, () => broker.parameters.clearGlobal(args[0] as string)) ?? DONE,
  },
  {
    name: 'clear_parameter',
    group: 'Parameters',
    usage: '[--vhost <vhost>] <component_name> <name>',
    description: 'Removes a parameter of a virtual host',
    args: [2, 2],
    changes: true,
    banner: ({ args: [component, name], vhost }) =>
      `Clearing runtime parameter "${name}" for component "${component}" on vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const [component, name] = args as [string, string];
      return onParameterError(vhost, () => broker.parameters.clear(vhost, component, name)) ?? DONE;
    },
  },
  {
    name: 'list_global_parameters',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Parameters',
    usage: '[--no-table-headers] [--timeout <timeout>]',
    description: 'Lists the global parameters',
    args: [0, 0],
    table: true,
    banner: () => 'Listing global runtime parameters ...',
    run: ({ broker }) => ({
      kind: 'rows',
      columns: ['name', 'value'],
      rows: broker.parameters.listGlobal().map(({ name, value }) => ({ name, value: printJson(value) })),
      whole: true,
    }),
  },
  {
    name: 'list_parameters',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Parameters',
    usage: '[--vhost <vhost>] [--no-table-headers] [--timeout <timeout>]',
    description: 'Lists the parameters of a virtual host',
    args: [0, 0],
    table: true,
    banner: ({ vhost }) => `Listing runtime parameters for vhost "${vhost}" ...`,
    run: ({ vhost, broker }) => {
      if (!broker.listVhosts().includes(vhost)) return noVhost(vhost);
      const rows = broker.parameters
        .list(vhost)
        .map(({ component, name, value }) => ({ component, name, value: printJson(value) }));
      return { kind: 'rows', columns: ['component', 'name', 'value'], rows, whole: true };
    },
  },
  {
    name: 'set_global_parameter',
    group: 'Parameters',
    usage: '<name> <value>',
    description: 'Sets a global parameter to a value in JSON',
    args: [2, 2],
    changes: true,
    banner: ({ args }) => `Setting global runtime parameter "${args[0]}" to "${args[1]}" ...`,
    run: ({ args, vhost, broker }) => {
      const json = readJson(args[1] as string);
      if ('kind' in json) return json;
      return onParameterError(vhost, () => broker.parameters.setGlobal(args[0] as string, json.value)) ?? DONE;
    },
  },
  {
    name: 'set_parameter',
    group: 'Parameters',
    usage: '[--vhost <vhost>] <component_name> <name> <value>',
    description: 'Sets a parameter of a virtual host to a value in JSON',
    args: [3, 3],
    changes: true,
    banner: ({ args: [component, name, value], vhost }) =>
      `Setting runtime parameter "${name}" for component "${component}" to "${value}" in vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const [component, name, text] = args as [string, string, string];
      const json = readJson(text);
      if ('kind' in json) return json;
      return onParameterError(vhost, () => broker.parameters.set(vhost, component, name, json.value)) ?? DONE;
    },
  },
  {
    name: 'set_cluster_name',
    group: 'Configuration and Environment',
    usage: '<name>',
    description: 'Gives the cluster a name; clients see it in the server properties',
    args: [1, 1],
    changes: true,
    banner: ({ args }) => `Setting cluster name to ${args[0]} ...`,
    run: ({ args, broker }) => {
      broker.parameters.setGlobal('cluster_name', args[0] as string);
      return DONE;
    },
  },
];
