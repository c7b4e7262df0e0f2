/** Commands of RabbitMQ that have no meaning here: they are known, and say why they do nothing. */
import { type Command, EXIT, failed } from '../command';

const NO_ERLANG = 'this broker is no Erlang program';
const NO_LISTENERS = 'listeners of this broker cannot be suspended; stop_app stops them with all else';

/** Name, group, usage, least and most arguments, reason. */
const REFUSED: ReadonlyArray<readonly [string, Command['group'], string, number, string]> = [
  [
    'decode',
    'Configuration and Environment',
    'value passphrase [--cipher <cipher>] [--hash <hash>] [--iterations <iterations>]',
    2,
    NO_ERLANG,
  ],
  [
    'encode',
    'Configuration and Environment',
    'value passphrase [--cipher <cipher>] [--hash <hash>] [--iterations <iterations>]',
    2,
    NO_ERLANG,
  ],
  ['eval', 'Operations', '<expression>', 1, NO_ERLANG],
  ['eval_file', 'Operations', '<file path>', 1, NO_ERLANG],
  ['exec', 'Operations', '<expression> [--offline]', 1, NO_ERLANG],
  ['resume_listeners', 'Operations', '', 0, NO_LISTENERS],
  ['suspend_listeners', 'Operations', '', 0, NO_LISTENERS],
];

export const REFUSED_COMMANDS: readonly Command[] = REFUSED.map(([name, group, usage, words, reason]) => ({
  name,
  group,
  usage,
  description: `Refused: ${reason}`,
  args: [words, words],
  switches: {
    cipher: { type: 'text' },
    hash: { type: 'text' },
    iterations: { type: 'number' },
    offline: { type: 'flag' },
  },
  needs: 'any',
  act: () => failed(EXIT.unavailable, reason),
}));

/** Commands that succeed without doing anything, since there is nothing to do. */
export const IDLE: readonly Command[] = [
  {
    name: 'force_gc',
    group: 'Operations',
    usage: '[--timeout <timeout>]',
    description: 'Asks for garbage to be collected; the engine of this broker does that by itself',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Will ask all processes on node ${nodename} to schedule a full sweep GC`,
    act: () => ({ kind: 'done' }),
  },
  {
    name: 'hipe_compile',
    group: 'Deprecated',
    usage: '<directory>',
    description: 'Does nothing; it is here because RabbitMQ has it',
    args: [1, 1],
    needs: 'any',
    local: () => ({ kind: 'message', text: 'This command is a no-op. HiPE is no longer supported by modern Erlang versions' }),
  },
  {
    name: 'list_unresponsive_queues',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Monitoring, observability and health checks',
    usage: '[--local] [--queue-timeout <milliseconds>] [<column> ...] [--no-table-headers] [--timeout <timeout>]',
    description: 'Lists queues that do not answer; here a queue answers when its node does',
    args: [0, Number.POSITIVE_INFINITY],
    switches: { local: { type: 'flag' }, 'queue-timeout': { type: 'number' } },
    table: true,
    banner: ({ vhost }) => `Listing unresponsive queues for vhost ${vhost} ...`,
    run: () => ({ kind: 'rows', columns: ['name'], rows: [] }),
  },
];
