/** Every command there is. */
import { type Command, EXIT, failed } from '../command';
import { commandHelp, commandList, generalHelp, nearest } from '../usage';
import { CONNECTIONS } from './connections';
import { LISTING_COMMANDS } from './listings';
import { NODES } from './nodes';
import { PERMISSIONS } from './permissions';
import { QUEUES } from './queues';
import { USERS } from './users';
import { VHOSTS } from './vhosts';

/** The version of RabbitMQ whose rabbitmqctl this one answers like. */
const LIKE_VERSION = '3.10.8';

const HELP: readonly Command[] = [
  {
    name: 'help',
    group: 'Help',
    usage: '(<command> | [--list-commands])',
    description: 'Shows how commands are used',
    args: [0, 1],
    switches: { 'list-commands': { type: 'flag' } },
    local: ({ args, options }) => {
      const [name] = args;
      if (options.own['list-commands']) return { kind: 'text', text: `\n${commandList(COMMANDS)}\n` };
      if (name === undefined) return { kind: 'text', text: generalHelp(COMMANDS) };
      const command = findCommand(name);
      return command === undefined ? failed(EXIT.usage, notFound(name)) : { kind: 'text', text: commandHelp(command) };
    },
  },
  {
    name: 'version',
    group: 'Help',
    usage: '',
    description: 'Shows the version of the tools',
    args: [0, 0],
    local: () => ({ kind: 'message', text: LIKE_VERSION }),
  },
];

export const COMMANDS: readonly Command[] = [
  ...HELP,
  ...NODES,
  ...USERS,
  ...PERMISSIONS,
  ...VHOSTS,
  ...LISTING_COMMANDS,
  ...CONNECTIONS,
  ...QUEUES,
];

const BY_NAME = new Map(COMMANDS.map((command) => [command.name, command]));

export function findCommand(name: string): Command | undefined {
  return BY_NAME.get(name);
}

/** What is said of a command that does not exist. */
export function notFound(name: string): string {
  const meant = nearest(name, COMMANDS);
  return meant === null ? `\nCommand '${name}' not found.` : `\nCommand '${name}' not found. \nDid you mean '${meant}'? \n`;
}
