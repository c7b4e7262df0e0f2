/** Feature flags: what RabbitMQ 3.10 can switch on once, and this broker always has. */
import { columnsOf, unknownColumns } from '../columns';
import { type Command, DONE, EXIT, failed } from '../command';

export const FLAGS = [
  'classic_mirrored_queue_version',
  'implicit_default_bindings',
  'maintenance_mode_status',
  'quorum_queue',
  'stream_queue',
  'user_limits',
  'virtual_host_metadata',
];

export const FEATURE_FLAGS: readonly Command[] = [
  {
    name: 'enable_feature_flag',
    group: 'Feature flags',
    usage: '<all | feature_flag>',
    description: 'Switches a feature on for good',
    args: [1, 1],
    check: ({ args }) =>
      args[0] === '' ? failed(EXIT.data, 'Bad argument: feature_flag cannot be an empty string.', { form: 'argument' }) : null,
    banner: ({ args }) => (args[0] === 'all' ? 'Enabling all feature flags ...' : `Enabling feature flag "${args[0]}" ...`),
    run: ({ args, nodename }) =>
      args[0] === 'all' || FLAGS.includes(args[0] as string)
        ? DONE
        : failed(EXIT.usage, `This feature flag is not supported by node ${nodename}`),
  },
  {
    name: 'list_feature_flags',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Feature flags',
    usage: '[<column> ...] [--timeout <timeout>]',
    description: 'Lists features that can be switched on',
    args: [0, Number.POSITIVE_INFINITY],
    table: true,
    check: unknownColumns(['desc', 'doc_url', 'name', 'provided_by', 'stability', 'state']),
    banner: () => 'Listing feature flags ...',
    run: ({ args }) => ({
      kind: 'rows',
      columns: columnsOf(args, ['name', 'state']),
      rows: FLAGS.map((name) => ({
        name,
        state: { atom: 'enabled' },
        stability: { atom: 'stable' },
        provided_by: { atom: 'rabbit' },
      })),
    }),
  },
];
