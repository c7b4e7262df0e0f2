/** Topic permissions: which routing keys a user may use on a topic exchange. */
import { type Command, DONE, EXIT, failed } from '../command';
import { noVhost, onMissingUser, onRefusal } from './refusals';

export const TOPIC_PERMISSIONS: readonly Command[] = [
  {
    name: 'clear_topic_permissions',
    group: 'Access Control',
    usage: '[--vhost <vhost>] <username> [<exchange>]',
    description: 'Takes the topic permissions in a virtual host, or on one exchange, from a user',
    args: [1, 2],
    changes: true,
    logs: ({ args: [user, exchange], vhost }) =>
      `Successfully cleared topic permissions ${exchange === undefined ? '' : `on exchange '${exchange}' `}` +
      `for '${user}' in virtual host '${vhost}'`,
    banner: ({ args: [user, exchange], vhost }) =>
      exchange === undefined
        ? `Clearing topic permissions for user "${user}" in vhost "${vhost}" ...`
        : `Clearing topic permissions on "${exchange}" for user "${user}" in vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const [user, exchange] = args as [string, string?];
      return onRefusal(vhost, user, () => broker.access.clearTopicPermissions(vhost, user, exchange)) ?? DONE;
    },
  },
  {
    name: 'list_topic_permissions',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Access Control',
    usage: '[--vhost <vhost>] [--no-table-headers] [--timeout <timeout>]',
    description: 'Lists the topic permissions of a virtual host',
    args: [0, 0],
    table: true,
    banner: ({ vhost }) => `Listing topic permissions for vhost "${vhost}" ...`,
    run: ({ vhost, broker }) => {
      if (!broker.listVhosts().includes(vhost)) return noVhost(vhost);
      const rows = broker.access.listTopicPermissions(vhost).map((permission) => ({ ...permission }));
      return { kind: 'rows', columns: ['user', 'exchange', 'write', 'read'], rows, whole: true };
    },
  },
  {
    name: 'list_user_topic_permissions',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Access Control',
    usage: '[--no-table-headers] <username> [--timeout <timeout>]',
    description: 'Lists the topic permissions of a user in all virtual hosts',
    args: [1, 1],
    table: true,
    banner: ({ args }) => `Listing topic permissions for user "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const user = args[0] as string;
      const missing = onMissingUser(
        () => broker.access.listUserTopicPermissions(user),
        () => failed(EXIT.unavailable, `{:no_such_user, "${user}"}`),
      );
      if (missing !== null) return missing;
      const rows = broker.access.listUserTopicPermissions(user).map((permission) => ({ ...permission }));
      const columns = ['vhost', 'exchange', 'write', 'read'];
      // RabbitMQ leaves the headings of this one out.
      return { kind: 'rows', columns, rows, whole: true, bare: true };
    },
  },
  {
    name: 'set_topic_permissions',
    group: 'Access Control',
    usage: '[--vhost <vhost>] <username> <exchange> <write> <read>',
    description: 'Says by two regular expressions which routing keys a user may use on a topic exchange',
    args: [4, 4],
    changes: true,
    logs: ({ args: [user, exchange, write, read], vhost }) =>
      `Successfully set topic permissions on exchange '${exchange}' for '${user}' ` +
      `in virtual host '${vhost}' to '${write}', '${read}'`,
    banner: ({ args: [user, exchange], vhost }) =>
      `Setting topic permissions on "${exchange}" for user "${user}" in vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) => {
      const [user, exchange, write, read] = args as [string, string, string, string];
      const set = (): void => broker.access.setTopicPermissions(vhost, user, { exchange, write, read });
      return onRefusal(vhost, user, set, '"') ?? DONE;
    },
  },
];
