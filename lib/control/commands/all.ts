/** Every command there is, by tool. */
import { type Command, EXIT, failed, TOOL_NAMES, type ToolName } from '../command';
import { commandHelp, commandList, generalHelp, nearest } from '../usage';
import { CLUSTER } from './cluster';
import { CONNECTIONS } from './connections';
import { CRITICAL } from './critical';
import { DEFINITIONS } from './definitions';
import { ENVIRONMENT } from './environment';
import { FEATURE_FLAGS } from './flags';
import { HEALTH } from './health';
import { LIFECYCLE } from './lifecycle';
import { LIMITS } from './limits';
import { LISTENERS } from './listeners';
import { LISTING_COMMANDS } from './listings';
import { MACHINE } from './machine';
import { MEMORY } from './memory';
import { MIRRORS } from './mirrors';
import { NODES } from './nodes';
import { PARAMETERS } from './parameters';
import { PEEK } from './peek';
import { PERMISSIONS } from './permissions';
import { PLUGIN_COMMANDS } from './plugins';
import { POLICIES } from './policies';
import { QUEUES } from './queues';
import { QUORUM } from './quorum';
import { REBALANCE } from './rebalance';
import { IDLE, REFUSED_COMMANDS } from './refused';
import { reportCommand } from './report';
import { SCHEMA } from './schema';
import { SETTINGS } from './settings';
import { TOPIC_PERMISSIONS } from './topic-permissions';
import { USERS } from './users';
import { VHOSTS } from './vhosts';
import { WAIT } from './wait';

/** The version of RabbitMQ whose tools these ones answer like. */
const LIKE_VERSION = '3.10.8';

const HELP: readonly Command[] = [
  {
    name: 'autocomplete',
    tools: TOOL_NAMES,
    group: 'Help',
    usage: '[prefix] [--timeout <timeout>]',
    description: 'Lists the commands whose names begin so',
    args: [0, 1],
    local: ({ tool, args: [prefix = ''] }) => {
      const names = commandsOf(tool).map(({ name }) => name);
      const found = names.filter((name) => name.startsWith(prefix)).sort();
      return { kind: 'text', text: found.map((name) => `${name}\n`).join('') };
    },
  },
  {
    name: 'help',
    tools: TOOL_NAMES,
    group: 'Help',
    usage: '(<command> | [--list-commands])',
    description: 'Shows how commands are used',
    args: [0, 1],
    switches: { 'list-commands': { type: 'flag' } },
    local: ({ tool, args, options }) => {
      const [name] = args;
      const commands = commandsOf(tool);
      if (options.own['list-commands']) return { kind: 'text', text: `\n${commandList(commands)}\n` };
      if (name === undefined) return { kind: 'text', text: generalHelp(commands, tool) };
      const command = findCommand(tool, name);
      return command === undefined
        ? failed(EXIT.usage, notFound(tool, name))
        : { kind: 'text', text: commandHelp(command, tool) };
    },
  },
  {
    name: 'version',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmq-plugins'],
    group: 'Help',
    usage: '',
    description: 'Shows the version of the tools',
    args: [0, 0],
    local: () => ({ kind: 'message', text: LIKE_VERSION }),
  },
];

const COMMANDS: readonly Command[] = [
  ...HELP,
  ...LIFECYCLE,
  ...CLUSTER,
  ...MIRRORS,
  ...QUORUM,
  PEEK,
  REBALANCE,
  ...NODES,
  ...HEALTH,
  ...CRITICAL,
  ...LISTENERS,
  ...MEMORY,
  ...MACHINE,
  ...SCHEMA,
  ...WAIT,
  ...USERS,
  ...PERMISSIONS,
  ...TOPIC_PERMISSIONS,
  ...VHOSTS,
  ...LIMITS,
  ...LISTING_COMMANDS,
  ...PARAMETERS,
  ...POLICIES,
  ...SETTINGS,
  ...ENVIRONMENT,
  ...DEFINITIONS,
  ...FEATURE_FLAGS,
  ...CONNECTIONS,
  ...QUEUES,
  ...PLUGIN_COMMANDS,
  ...IDLE,
  ...REFUSED_COMMANDS,
  reportCommand((name) => findCommand('rabbitmqctl', name)),
];

const BY_TOOL = new Map<ToolName, ReadonlyMap<string, Command>>(
  TOOL_NAMES.map((tool) => {
    const own = COMMANDS.filter(({ tools = ['rabbitmqctl'] }) => tools.includes(tool));
    return [tool, new Map(own.map((command) => [command.name, command]))];
  }),
);

export function commandsOf(tool: ToolName): readonly Command[] {
  return [...(BY_TOOL.get(tool)?.values() ?? [])];
}

export function findCommand(tool: ToolName, name: string): Command | undefined {
  return BY_TOOL.get(tool)?.get(name);
}

/** What is said of a command that does not exist. */
export function notFound(tool: ToolName, name: string): string {
  const meant = nearest(name, commandsOf(tool));
  return meant === null ? `\nCommand '${name}' not found.` : `\nCommand '${name}' not found. \nDid you mean '${meant}'? \n`;
}
