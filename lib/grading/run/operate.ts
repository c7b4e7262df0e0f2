/**
 * Runs an operator's command lines one after another on the run's lab, as they would be typed. Only commands that work
 * on the cluster
 * itself are run: none that reads or writes files of this machine, or evaluates code.
 */
import type { LabApi } from '../../lab/api';
import type { Command } from '../history';
import { holdsInTime } from './lab-time';
import { copied, type Shelf } from './shelf';

/** What may stand behind each tool; options before it are passed by. */
const COMMANDS: Readonly<Record<string, ReadonlySet<string>>> = {
  rabbitmqctl: words(`
    add_user add_vhost authenticate_user await_online_nodes await_startup cancel_sync_queue change_cluster_node_type
    change_password
    clear_operator_policy clear_parameter clear_permissions clear_policy clear_topic_permissions clear_user_limits
    clear_vhost_limits
    close_all_connections close_connection cluster_status delete_queue delete_user delete_vhost force_boot force_reset
    forget_cluster_node join_cluster list_bindings list_channels list_ciphers list_connections list_consumers list_exchanges
    list_operator_policies list_parameters list_permissions list_policies list_queues list_topic_permissions
    list_unresponsive_queues
    list_user_permissions list_user_topic_permissions list_users list_vhosts node_health_check ping purge_queue
    rename_cluster_node
    report reset set_operator_policy set_parameter set_permissions set_policy set_topic_permissions set_user_limits set_user_tags
    set_vhost_limits start_app status stop stop_app sync_queue update_cluster_nodes`),
  'rabbitmq-queues': words(`
    add_member check_if_node_is_mirror_sync_critical check_if_node_is_quorum_critical delete_member grow peek quorum_status
    rebalance
    shrink`),
  'rabbitmq-diagnostics': words('alarms check_running check_local_alarms cluster_status listeners ping status'),
};
/** Options with a value behind them that may stand before a command. */
const WITH_VALUE = words('-n --node -t --timeout -p --vhost');
/** Refused wherever they stand, should a line be read in another way than here. */
const NEVER = words('eval eval_file exec remote_shell export_definitions import_definitions encode decode');
const LINES_MAX = 100;
/** How a node that is down is started, and of which node. */
const START = /^RABBITMQ_NODENAME=([\w-]+)(?:@[\w.-]+)? rabbitmq-server -detached$/;
/** Of one line, milliseconds. A real broker's tools and nodes take seconds for what ours do at once. */
const LIMIT_MS = { warren: 15_000, rabbitmq: 60_000, url: 60_000 };
const LOOK_AGAIN_MS = 20;
/** As of a command that timeout(1) has ended. */
const TIMED_OUT = 124;
const REFUSED = 126;
/** As rabbitmqctl ends when the node does not answer. */
const UNAVAILABLE = 69;
/** Of a line that waits for others. */
const WAITS = /\sawait_(?:startup|online_nodes)\b/;
/** Of a line that waits for a node: which one. */
const AWAITED = /\s(?:-n|--node)[\s=]([\w-]+)(?:@\S+)? await_startup$/;

export interface Operation {
  readonly lab: LabApi;
  readonly lines: readonly string[];
  /** `$NAME` in a line stands for these. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders that may be copied to a node. */
  readonly shelf: Shelf;
  /** Told of each line before it runs. */
  readonly begins: (line: string) => void;
}

/** Resolves when the last line is over; a line that fails does not keep the next ones from running, as in a terminal. */
export async function operate({ lab, lines, env, shelf, begins }: Operation): Promise<Command[]> {
  const commands: Command[] = [];
  const starts: Starts = new Map();
  for (const line of lines.slice(0, LINES_MAX)) {
    const typed = filled(line, env);
    begins(typed);
    commands.push({ line: typed, ...(await outcome(lab, typed, starts, shelf)) });
  }
  return commands;
}

type Outcome = Omit<Command, 'line'>;
/** Of each node that was started here the last time. */
type Starts = Map<string, Start>;

interface Start {
  over: boolean;
  /** Resolves with how it came to nothing, never if it did not. */
  readonly vain: Promise<Outcome>;
}

async function outcome(lab: LabApi, line: string, starts: Starts, shelf: Shelf): Promise<Outcome> {
  const [, node] = START.exec(line) ?? [];
  if (node !== undefined) return started(lab, node, starts);
  const isUp = (name: string): boolean => starts.get(name)?.over === false || lab.node(name).state === 'running';
  const copy = await copied(lab, line, shelf, isUp);
  if (copy !== null) return copy;
  const refusal = refusalOf(line);
  if (refusal !== null) return { exitCode: REFUSED, output: refusal };
  let timer: NodeJS.Timeout | undefined;
  const limitMs = LIMIT_MS[lab.engine];
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ exitCode: TIMED_OUT, output: `not over after ${limitMs / 1000} s` }), limitMs);
  });
  const text = Object.assign([line], { raw: [line] });
  let over = false;
  const run = lab.sh(text).then(({ exitCode, stdout, stderr }) => ({ exitCode, output: stdout + stderr }));
  // Who waits for a node that gives up hears of it.
  const down = starts.get(AWAITED.exec(line)?.[1] ?? '')?.vain;
  const vain = lab.engine === 'warren' && WAITS.test(line) ? waitedInVain(lab, () => over) : undefined;
  const result = await Promise.race([run, late, down, vain].filter((each) => each !== undefined));
  over = true;
  clearTimeout(timer);
  return result;
}

/** Nothing else is typed while a line waits: so time can be wound until what it waits for is there, or nothing comes any more. */
function waitedInVain(lab: LabApi, over: () => boolean): Promise<Outcome> {
  const later = (): Promise<boolean> =>
    // The line itself looks now and then, by the wall clock.
    new Promise((resolve) => setTimeout(() => resolve(over()), LOOK_AGAIN_MS));
  return holdsInTime(lab, later).then((held) =>
    held ? new Promise<never>(() => undefined) : { exitCode: TIMED_OUT, output: 'It waits, and nothing comes of it.' },
  );
}

/**
 * Resolves when the node answers the tools, as it does by the time somebody has typed the next line, or its start is
 * over. It does
 * not wait until the node runs, which may need others: `rabbitmqctl await_startup` does.
 */
async function started(lab: LabApi, name: string, starts: Starts): Promise<Outcome> {
  const node = lab.nodes.find((each) => each.name === name);
  if (node === undefined) return { exitCode: 1, output: `There is no node ${name}.` };
  if (node.state === 'running' || starts.get(name)?.over === false)
    return { exitCode: 1, output: `node with name "${name}" already running on "localhost"` };
  const running = node.start();
  const vain: Outcome = { exitCode: UNAVAILABLE, output: `Error: the node ${name}@localhost went down while it was starting` };
  const start: Start = { over: false, vain: new Promise((resolve) => running.catch(() => resolve(vain))) };
  starts.set(name, start);
  const ended = (): void => {
    start.over = true;
  };
  running.then(ended, ended);
  const deadline = performance.now() + LIMIT_MS[lab.engine];
  while (!start.over && performance.now() < deadline) {
    const { exitCode } = await lab.sh`rabbitmqctl -n ${name} ping`;
    if (exitCode === 0) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  // A node that needs nobody runs by then, so that a forgotten wait has the same end on any machine.
  if (lab.engine === 'warren') await lab.settled();
  return { exitCode: 0, output: '' };
}

function refusalOf(line: string): string | null {
  const [tool = '', ...rest] = line.split(/\s+/);
  const commands = Object.hasOwn(COMMANDS, tool) ? COMMANDS[tool] : undefined;
  const tools = `${Object.keys(COMMANDS).join(', ')}, and RABBITMQ_NODENAME=<node> rabbitmq-server -detached`;
  if (commands === undefined) return `${tool}: not a command here; there are ${tools}.`;
  const command = commandOf(rest);
  const allowed = commands.has(command) && !rest.some((word) => NEVER.has(word));
  return allowed ? null : `${tool} ${command}: not a command of exercises.`;
}

/** The first word that is no option and no option's value. */
function commandOf(rest: readonly string[]): string {
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string;
    if (!word.startsWith('-')) return word;
    if (WITH_VALUE.has(word)) i++;
  }
  return '';
}

function filled(line: string, env: Readonly<Record<string, string>>): string {
  // A brace that closes belongs to a name only if one has opened it: in {"max-length":$MOST} it is JSON's.
  return line.replace(/\$(?:\{([A-Z_]+)\}|([A-Z_]+))/g, (text, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return Object.hasOwn(env, name) ? (env[name] as string) : text;
  });
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
