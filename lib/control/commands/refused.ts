/** Commands of RabbitMQ that have no meaning here: they are known, and say why they do nothing. */
import { type Command, EXIT, failed } from '../command';

const RABBITMQCTL = ['rabbitmqctl'] as const;
const DIAGNOSTICS = ['rabbitmq-diagnostics'] as const;
const BOTH = ['rabbitmqctl', 'rabbitmq-diagnostics'] as const;
const MONITORING = 'Monitoring, observability and health checks';
const CONFIGURATION = 'Configuration and Environment';

const NO_ERLANG = 'this broker is no Erlang program: there is no Erlang here to evaluate, to encode for or to ask';
const NO_SHELL = 'this broker is no Erlang program: there is no shell and no observer to attach';
const NO_STREAM = 'this tool answers once and cannot stream; log_tail shows the end of the log, a lab every event in its trace';
const NO_PROCESSES = 'this broker is one process without lightweight threads in it; ping tells whether it answers';
const NO_COOKIE = 'tools find this node by a secret in WARREN_RUNTIME_DIR; there is no Erlang cookie';
const NO_ATTEMPTS = 'this broker does not count authentication attempts; failed ones are in its log';

interface Refusal {
  readonly name: string;
  readonly tools: Command['tools'];
  readonly group: Command['group'];
  readonly usage: string;
  /** How many words it takes; default: none. */
  readonly words?: number;
  readonly switches?: Command['switches'];
  readonly reason: string;
}

const CIPHER = { cipher: { type: 'text' }, hash: { type: 'text' }, iterations: { type: 'number' } } as const;
const CODED = 'value passphrase [--cipher <cipher>] [--hash <hash>] [--iterations <iterations>]';
const DURATION = { duration: { type: 'number', short: 'd' }, pattern: { type: 'text' } } as const;

const REFUSED: readonly Refusal[] = [
  ...['decode', 'encode'].map(
    (name): Refusal => ({
      name,
      tools: RABBITMQCTL,
      group: CONFIGURATION,
      usage: CODED,
      words: 2,
      switches: CIPHER,
      reason: NO_ERLANG,
    }),
  ),
  { name: 'eval', tools: RABBITMQCTL, group: 'Operations', usage: '<expression>', words: 1, reason: NO_ERLANG },
  { name: 'eval_file', tools: RABBITMQCTL, group: 'Operations', usage: '<file path>', words: 1, reason: NO_ERLANG },
  {
    name: 'exec',
    tools: RABBITMQCTL,
    group: 'Operations',
    usage: '<expression> [--offline]',
    words: 1,
    switches: { offline: { type: 'flag' } },
    reason: NO_ERLANG,
  },
  {
    name: 'erlang_version',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--details] [--offline] [--timeout <timeout>]',
    switches: { details: { type: 'flag' }, offline: { type: 'flag' } },
    reason: 'this broker is no Erlang program; status tells on which Node.js it runs',
  },
  { name: 'resolver_info', tools: DIAGNOSTICS, group: CONFIGURATION, usage: '', reason: NO_ERLANG },
  { name: 'erlang_cookie_hash', tools: DIAGNOSTICS, group: CONFIGURATION, usage: '', reason: NO_COOKIE },
  { name: 'erlang_cookie_sources', tools: DIAGNOSTICS, group: CONFIGURATION, usage: '', reason: NO_COOKIE },
  {
    name: 'observer',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--interval <seconds>]',
    switches: { interval: { type: 'number' } },
    reason: NO_SHELL,
  },
  { name: 'remote_shell', tools: DIAGNOSTICS, group: MONITORING, usage: '', reason: NO_SHELL },
  {
    name: 'consume_event_stream',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--duration|-d <seconds>] [--pattern <pattern>] [--timeout <timeout>]',
    switches: DURATION,
    reason: NO_STREAM,
  },
  {
    name: 'log_tail_stream',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--duration|-d <seconds>] [--timeout <timeout>]',
    switches: DURATION,
    reason: NO_STREAM,
  },
  { name: 'maybe_stuck', tools: DIAGNOSTICS, group: MONITORING, usage: '[--timeout <timeout>]', reason: NO_PROCESSES },
  {
    name: 'runtime_thread_stats',
    tools: DIAGNOSTICS,
    group: MONITORING,
    usage: '[--sample-interval <interval>]',
    switches: { 'sample-interval': { type: 'number' } },
    reason: NO_PROCESSES,
  },
  {
    name: 'list_node_auth_attempt_stats',
    tools: BOTH,
    group: MONITORING,
    usage: '[--by-source]',
    switches: { 'by-source': { type: 'flag' } },
    reason: NO_ATTEMPTS,
  },
  ...['disable_auth_attempt_source_tracking', 'enable_auth_attempt_source_tracking', 'reset_node_auth_attempt_metrics'].map(
    (name): Refusal => ({ name, tools: DIAGNOSTICS, group: CONFIGURATION, usage: '', reason: NO_ATTEMPTS }),
  ),
];

export const REFUSED_COMMANDS: readonly Command[] = REFUSED.map(({ words = 0, reason, ...rest }) => ({
  ...rest,
  description: `Refused: ${reason}`,
  args: [words, words],
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
