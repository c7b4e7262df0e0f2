/** Closing connections from the broker's side; clients see connection.close 320. */
import { type Command, DONE, EXIT, failed } from '../command';
import { PID_FORM, pidOf } from '../pids';

export const CONNECTIONS: readonly Command[] = [
  {
    name: 'close_all_connections',
    group: 'Operations',
    usage: '[--vhost <vhost> --limit <limit>] [-n <node> --global] [--per-connection-delay <delay>] <explanation>',
    description: 'Closes the connections to a virtual host, or all connections of the node',
    args: [1, 1],
    switches: { global: { type: 'flag' }, limit: { type: 'number' }, 'per-connection-delay': { type: 'number' } },
    banner: ({ args, vhost, nodename, options: { own } }) =>
      own.global
        ? `Closing all connections to node ${nodename} (across all vhosts), reason: ${args[0]}...`
        : `Closing all connections in vhost ${vhost}, reason: ${args[0]}...`,
    run: ({ args, vhost, broker, target, options: { own } }) => {
      const vhosts = own.global ? broker.listVhosts() : broker.listVhosts().filter((name) => name === vhost);
      const open = vhosts.flatMap((name) =>
        broker.snapshot(name, target.now()).connections.filter(({ state }) => state !== 'closing'),
      );
      const names = open.map(({ connection }) => connection);
      const doomed = new Set(names.slice(0, own.limit === undefined || own.limit === 0 ? undefined : Number(own.limit)));
      const closed = broker.closeConnections((connection) => doomed.has(connection), args[0] as string);
      return { kind: 'message', text: `Closed ${closed} connections` };
    },
  },
  {
    name: 'close_all_user_connections',
    group: 'Operations',
    usage: '<username> <explanation>',
    description: 'Closes the connections of a user',
    args: [2, 2],
    banner: ({ args: [user, reason] }) => `Closing connections of user ${user}, reason: ${reason}...`,
    run: ({ args: [user, reason], broker, target }) => {
      const open = broker.listVhosts().flatMap((vhost) => broker.snapshot(vhost, target.now()).connections);
      const doomed = new Set(open.filter((connection) => connection.user === user).map(({ connection }) => connection));
      broker.closeConnections((connection) => doomed.has(connection), reason as string);
      return DONE;
    },
  },
  {
    name: 'close_connection',
    group: 'Operations',
    usage: '<connection pid> <explanation>',
    description: 'Closes the connection with this pid (see list_connections pid)',
    args: [2, 2],
    banner: ({ args }) => `Closing connection ${args[0]}, reason: ${args[1]}...`,
    run: ({ args, broker, node }) => {
      const [pid, reason] = args as [string, string];
      if (!PID_FORM.test(pid)) return failed(EXIT.unavailable, `Error:\n{:invalid_pid_syntax, "${pid}"}`);
      broker.closeConnections((connection) => pidOf(broker, node.nodename, 'connection', connection) === pid, reason);
      return DONE;
    },
  },
];
