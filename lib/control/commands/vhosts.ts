/** Virtual hosts: separate worlds of exchanges and queues on one node. */
import { columnsOf, unknownColumns } from '../columns';
import { type Command, DONE, EXIT, failed } from '../command';

const VHOST_COLUMNS = ['cluster_state', 'default_queue_type', 'description', 'name', 'tags', 'tracing'];

export const VHOSTS: readonly Command[] = [
  {
    name: 'list_vhosts',
    group: 'Access Control',
    usage: '[--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists virtual hosts',
    args: [0, Number.POSITIVE_INFINITY],
    table: true,
    check: unknownColumns(VHOST_COLUMNS),
    banner: () => 'Listing vhosts ...',
    run: ({ args, broker, node }) => ({
      kind: 'rows',
      columns: columnsOf(args, ['name']),
      rows: broker.listVhosts().map((name) => ({
        name,
        tracing: false,
        description: name === '/' ? 'Default virtual host' : '',
        tags: name === '/' ? { list: [] } : '',
        default_queue_type: 'undefined',
        cluster_state: { term: `[{${node.nodename}, running}]` },
      })),
    }),
  },
  {
    name: 'add_vhost',
    group: 'Virtual hosts',
    usage: '<vhost> [--description <description> --tags "<tag1>,<tag2>,<...>" --default-queue-type <quorum|classic|stream>]',
    description: 'Makes a virtual host; does nothing if it exists',
    args: [1, 1],
    switches: { description: { type: 'text' }, tags: { type: 'text' }, 'default-queue-type': { type: 'text' } },
    banner: ({ args }) => `Adding vhost "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const name = args[0] as string;
      if (!broker.listVhosts().includes(name)) broker.addVhost(name);
      return DONE;
    },
  },
  {
    name: 'delete_vhost',
    group: 'Virtual hosts',
    usage: '<vhost>',
    description: 'Removes a virtual host with all that is in it',
    args: [1, 1],
    banner: ({ args }) => `Deleting vhost "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const name = args[0] as string;
      if (!broker.listVhosts().includes(name))
        return failed(EXIT.data, `Virtual host '${name}' does not exist`, { form: 'bare' });
      broker.deleteVhost(name);
      return DONE;
    },
  },
];
