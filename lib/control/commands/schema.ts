/** The tables of definitions, under the names that they have in RabbitMQ's Mnesia. */
import { columnsOf, unknownColumns } from '../columns';
import type { Command } from '../command';

const TABLES = [
  'rabbit_vhost',
  'rabbit_user',
  'rabbit_user_permission',
  'rabbit_topic_permission',
  'rabbit_runtime_parameters',
  'rabbit_durable_queue',
  'rabbit_queue',
  'rabbit_durable_exchange',
  'rabbit_exchange',
  'rabbit_durable_route',
  'rabbit_route',
];
const COLUMNS = ['name', 'cookie', 'active_replicas', 'user_properties'];

export const SCHEMA: readonly Command[] = [
  {
    name: 'schema_info',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Monitoring, observability and health checks',
    usage: '[--no-table-headers] [<column> ...] [--timeout <timeout>]',
    description: 'Lists the tables in which definitions are kept',
    args: [0, Number.POSITIVE_INFINITY],
    table: true,
    check: unknownColumns(COLUMNS),
    banner: ({ nodename }) => `Asking node ${nodename} to report its schema...`,
    run: ({ args, nodename }) => ({
      kind: 'rows',
      columns: columnsOf(args, COLUMNS),
      // One node has them all, so nothing tells copies of a table apart.
      rows: TABLES.map((name) => ({
        name: { atom: name },
        active_replicas: { list: [nodename] },
        user_properties: { table: {} },
      })),
    }),
  },
];
