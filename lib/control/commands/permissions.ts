/** Permissions: what a user may configure, write and read in a virtual host. */
import { type Command, DONE, EXIT, failed } from '../command';
import { noVhost, onMissingUser, onRefusal } from './refusals';

export const PERMISSIONS: readonly Command[] = [
  {
    name: 'clear_permissions',
    group: 'Access Control',
    usage: '[--vhost <vhost>] <username>',
    description: 'Takes all permissions in a virtual host from a user',
    args: [1, 1],
    changes: true,
    logs: ({ args, vhost }) => `Successfully cleared permissions for '${args[0]}' in virtual host '${vhost}'`,
    banner: ({ args, vhost }) => `Clearing permissions for user "${args[0]}" in vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const user = args[0] as string;
      return onRefusal(vhost, user, () => broker.access.clearPermissions(vhost, user)) ?? DONE;
    },
  },
  {
    name: 'list_permissions',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Access Control',
    usage: '[--vhost <vhost>] [--no-table-headers] [--timeout <timeout>]',
    description: 'Lists who may do what in a virtual host',
    args: [0, 0],
    table: true,
    banner: ({ vhost }) => `Listing permissions for vhost "${vhost}" ...`,
    run: ({ vhost, broker }) => {
      if (!broker.listVhosts().includes(vhost)) return noVhost(vhost);
      const rows = broker.access.listPermissions(vhost).map((permission) => ({ ...permission }));
      return { kind: 'rows', columns: ['user', 'configure', 'write', 'read'], rows, whole: true };
    },
  },
  {
    name: 'list_user_permissions',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Access Control',
    usage: '[--no-table-headers] <username> [--timeout <timeout>]',
    description: 'Lists what a user may do in all virtual hosts',
    args: [1, 1],
    table: true,
    banner: ({ args }) => `Listing permissions for user "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const user = args[0] as string;
      const missing = onMissingUser(
        () => broker.access.listUserPermissions(user),
        () => failed(EXIT.unavailable, `{:no_such_user, "${user}"}`),
      );
      if (missing !== null) return missing;
      const rows = broker.access.listUserPermissions(user).map((permission) => ({ ...permission }));
      return { kind: 'rows', columns: ['vhost', 'configure', 'write', 'read'], rows, whole: true };
    },
  },
  {
    name: 'set_permissions',
    group: 'Access Control',
    usage: '[--vhost <vhost>] <username> <conf> <write> <read>',
    description: 'Says by three regular expressions what a user may do in a virtual host',
    args: [4, 4],
    changes: true,
    logs: ({ args: [user, ...patterns], vhost }) =>
      `Successfully set permissions for '${user}' in virtual host '${vhost}' to ` +
      patterns.map((pattern) => `'${pattern}'`).join(', '),
    banner: ({ args, vhost }) => `Setting permissions for user "${args[0]}" in vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const [user, configure, write, read] = args as [string, string, string, string];
      return onRefusal(vhost, user, () => broker.access.setPermissions(vhost, user, { configure, write, read })) ?? DONE;
    },
  },
];
