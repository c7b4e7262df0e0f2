/** Virtual hosts: separate worlds of exchanges and queues on one node. */
import type { VhostMetadata } from '../../broker/api';
import { columnsOf, unknownColumns } from '../columns';
import { type Command, DONE, EXIT, failed } from '../command';
import { noVhost } from './refusals';

const VHOST_COLUMNS = ['cluster_state', 'default_queue_type', 'description', 'name', 'tags', 'tracing'];
const QUEUE_TYPES: readonly VhostMetadata['defaultQueueType'][] = ['classic', 'quorum', 'stream'];

export const VHOSTS: readonly Command[] = [
  {
    name: 'list_vhosts',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
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
      rows: broker.listVhosts().map((name) => {
        const { description = '', tags = null, defaultQueueType = null } = broker.vhostMetadata(name) ?? {};
        return {
          name,
          tracing: broker.isTracing(name),
          description,
          tags: tags === null ? '' : { list: tags },
          default_queue_type: { atom: defaultQueueType ?? 'undefined' },
          cluster_state: { term: `[{${node.nodename}, running}]` },
        };
      }),
    }),
  },
  {
    name: 'add_vhost',
    group: 'Virtual hosts',
    usage: '<vhost> [--description <description> --tags "<tag1>,<tag2>,<...>" --default-queue-type <quorum|classic|stream>]',
    description: 'Makes a virtual host; does nothing if it exists',
    args: [1, 1],
    changes: true,
    logs: ({ args, options: { own } }) =>
      `Adding vhost '${args[0]}' (description: '${own.description ?? ''}', tags: [${own.tags ?? ''}])`,
    switches: { description: { type: 'text' }, tags: { type: 'text' }, 'default-queue-type': { type: 'text' } },
    banner: ({ args }) => `Adding vhost "${args[0]}" ...`,
    run: ({ args, broker, options: { own } }) => {
      const wanted = own['default-queue-type'];
      const type = QUEUE_TYPES.find((known) => known === wanted);
      if (wanted !== undefined && type === undefined) return failed(EXIT.unavailable, 'invalid_queue_type');
      broker.addVhost(args[0] as string, {
        ...(own.description === undefined ? {} : { description: String(own.description) }),
        ...(own.tags === undefined
          ? {}
          : {
              tags: String(own.tags)
                .split(',')
                .map((tag) => tag.trim()),
            }),
        ...(type === undefined ? {} : { defaultQueueType: type }),
      });
      return DONE;
    },
  },
  {
    name: 'delete_vhost',
    group: 'Virtual hosts',
    usage: '<vhost>',
    description: 'Removes a virtual host with all that is in it',
    args: [1, 1],
    changes: true,
    logs: ({ args }) => `Deleting vhost '${args[0]}'`,
    banner: ({ args }) => `Deleting vhost "${args[0]}" ...`,
    run: ({ args, broker }) => {
      const name = args[0] as string;
      if (!broker.listVhosts().includes(name)) return noVhost(name);
      broker.deleteVhost(name);
      return DONE;
    },
  },
  {
    name: 'restart_vhost',
    group: 'Virtual hosts',
    usage: '[--vhost <vhost>] [--timeout <timeout>]',
    description: 'Starts a virtual host that has failed; here none fails alone',
    args: [0, 0],
    banner: ({ vhost, nodename }) => `Trying to restart vhost '${vhost}' on node '${nodename}' ...`,
    run: ({ vhost, broker, nodename }) => {
      if (broker.listVhosts().includes(vhost))
        return { kind: 'message', text: `Vhost '${vhost}' is already running on node '${nodename}'` };
      const text = `Failed to start vhost '${vhost}' on node '${nodename}'Reason: {:no_such_vhost, "${vhost}"}`;
      return failed(EXIT.software, text);
    },
  },
  {
    name: 'set_vhost_tags',
    group: 'Virtual hosts',
    usage: '<vhost> <tag> [...]',
    description: 'Replaces the tags of a virtual host',
    args: [1, Number.POSITIVE_INFINITY],
    changes: true,
    logs: ({ args: [name, ...tags] }) => `Successfully set tags for virtual host '${name}' to [${tags.join(',')}]`,
    banner: ({ args: [name, ...tags] }) => `Setting tags for virtual host "${name}" to [${tags.join(', ')}] ...`,
    run: ({ args: [name = '', ...tags], broker }) => {
      if (!broker.listVhosts().includes(name)) return failed(EXIT.data, `Virtual host "${name}" does not exist`);
      broker.changeVhostMetadata(name, { tags });
      return DONE;
    },
  },
  ...(
    [
      ['trace_on', 'Starting', 'enabled', 'Copies every message of a virtual host to amq.rabbitmq.trace'],
      ['trace_off', 'Stopping', 'disabled', 'Copies no message of a virtual host to amq.rabbitmq.trace any more'],
    ] as const
  ).map(
    ([name, doing, done, description]): Command => ({
      name,
      group: 'Virtual hosts',
      usage: '[--vhost <vhost>]',
      description,
      args: [0, 0],
      banner: ({ vhost }) => `${doing} tracing for vhost "${vhost}" ...`,
      run: ({ vhost, broker, nodename }) => {
        broker.setTracing(vhost, name === 'trace_on');
        const value = `Trace ${done} for vhost ${vhost}`;
        return { kind: 'message', text: value, json: { node: nodename, result: 'ok', value } };
      },
    }),
  ),
];
