/** How much a vhost and a user may have: connections, queues, channels. */
import type { UserLimits } from '../../broker/api';
import { type Command, DONE, EXIT, failed } from '../command';
import { noVhost, onParameterError, printJson, readJson } from './refusals';

/** Who is meant where nobody is named. */
const DEFAULT_USER = 'guest';

export const LIMITS: readonly Command[] = [
  {
    name: 'clear_user_limits',
    group: 'Users',
    usage: '<username> <limit_type> | all',
    description: 'Removes a limit of a user, or all',
    args: [2, 2],
    changes: true,
    banner: ({ args: [user, limit] }) =>
      limit === 'all' ? `Clearing all limits for user "${user}" ...` : `Clearing "${limit}" limit for user "${user}" ...`,
    run: ({ args, vhost, broker }) => {
      const [user, limit] = args as [string, keyof UserLimits | 'all'];
      return onParameterError(vhost, () => broker.quotas.clearUser(user, limit)) ?? DONE;
    },
  },
  {
    name: 'clear_vhost_limits',
    group: 'Virtual hosts',
    usage: '[--vhost <vhost>]',
    description: 'Removes the limits of a virtual host',
    args: [0, 0],
    changes: true,
    banner: ({ vhost }) => `Clearing vhost "${vhost}" limits ...`,
    run: ({ vhost, broker }) => onParameterError(vhost, () => broker.quotas.clearVhost(vhost)) ?? DONE,
  },
  {
    name: 'list_user_limits',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Users',
    usage: '[--user <username>] [--global]',
    description: 'Shows the limits of a user, or of all',
    args: [0, 0],
    switches: { user: { type: 'text' }, global: { type: 'flag' } },
    banner: ({ options: { own } }) =>
      own.global ? 'Listing limits for all users ...' : `Listing limits for user "${own.user ?? DEFAULT_USER}" ...`,
    run: ({ broker, options: { own } }) => {
      if (own.global) {
        const rows = broker.access
          .listUsers()
          .map(({ name }) => ({ user: name, limits: printJson(broker.quotas.user(name)) }))
          .filter(({ limits }) => limits !== NONE);
        return { kind: 'rows', columns: ['user', 'limits'], rows, whole: true };
      }
      const user = String(own.user ?? DEFAULT_USER);
      if (!broker.access.listUsers().some(({ name }) => name === user))
        return failed(EXIT.unavailable, `{:no_such_user, "${user}"}`);
      return { kind: 'message', text: printJson(broker.quotas.user(user)) };
    },
  },
  {
    name: 'list_vhost_limits',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Virtual hosts',
    usage: '[--vhost <vhost>] [--global] [--no-table-headers]',
    description: 'Shows the limits of a virtual host, or of all',
    args: [0, 0],
    switches: { global: { type: 'flag' } },
    table: true,
    banner: ({ vhost, options: { own } }) =>
      own.global ? 'Listing limits for all vhosts ...' : `Listing limits for vhost "${vhost}" ...`,
    run: ({ vhost, broker, nodename, options: { own } }) => {
      const known = broker.parameters.list().filter(({ component }) => component === 'vhost-limits');
      if (own.global) {
        const rows = known.map((parameter) => ({ vhost: parameter.vhost, limits: printJson(parameter.value) }));
        return { kind: 'rows', columns: ['vhost', 'limits'], rows, whole: true };
      }
      if (!broker.listVhosts().includes(vhost)) return noVhost(vhost);
      const limits = known.find((parameter) => parameter.vhost === vhost);
      if (limits === undefined) return { kind: 'rows', columns: [], rows: [], whole: true };
      const value = printJson(limits.value);
      return { kind: 'message', text: value, json: { node: nodename, result: 'ok', value } };
    },
  },
  {
    name: 'set_user_limits',
    group: 'Users',
    usage: '<username> <definition>',
    description: 'Sets limits of a user; those that are not named stay',
    args: [2, 2],
    changes: true,
    banner: ({ args }) => `Setting user limits to "${args[1]}" for user "${args[0]}" ...`,
    run: ({ args, vhost, broker }) => {
      const json = readJson(args[1] as string);
      if ('kind' in json) return json;
      return onParameterError(vhost, () => broker.quotas.setUser(args[0] as string, json.value)) ?? DONE;
    },
  },
  {
    name: 'set_vhost_limits',
    group: 'Virtual hosts',
    usage: '[--vhost <vhost>] <definition>',
    description: 'Sets the limits of a virtual host; those that are not named go',
    args: [1, 1],
    changes: true,
    banner: ({ args, vhost }) => `Setting vhost limits to "${args[0]}" for vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const json = readJson(args[0] as string);
      if ('kind' in json) return json;
      return onParameterError(vhost, () => broker.quotas.setVhost(vhost, json.value)) ?? DONE;
    },
  },
];

const NONE = '{}';
