/**
 * One node of a real RabbitMQ, started from the installation of this machine and driven like a node of the lab: start,
 * stop, kill, pause, restart. Used by the lab (`WARREN_ENGINE=rabbitmq`), the claims and the benchmark.
 *
 * Everything listens on 127.0.0.1. The node's data, log and configuration lie in one folder, so that a killed node can be
 * started again on what it had on disk, and it cannot mix with a RabbitMQ that the machine runs for other purposes.
 * Nodes given the same {@link RabbitmqHome} share cookie and epmd and can be joined to a cluster by `rabbitmqctl`.
 *
 * Measured on 3.10.8: start 3.5 to 4.5 s, orderly stop 1.0 s, one rabbitmqctl call 0.3 to 0.6 s.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ErlangDoor } from './erlang-door';
import { freePort } from './free-port';
import { hasEnded, killGroup, RabbitmqHome } from './rabbitmq-home';

/** The scripts of an installed RabbitMQ. */
export interface RabbitmqInstallation {
  readonly server: string;
  readonly ctl: string;
  readonly plugins: string;
  /** Such as `3.10.8`; null when the installation's folders do not tell. */
  readonly version: string | null;
}

export interface RabbitmqServerOptions {
  /** The part before `@localhost` of the node's name: letters, digits, `_` and `-`; unique within its home. */
  readonly name: string;
  /** AMQP port; default: a free one. */
  readonly port?: number;
  /**
   * Data, log and configuration; made if it is missing. Default: a folder in the home, which goes even if this process is
   * killed; one that is given here then stays.
   */
  readonly folder?: string;
  /** Lines for rabbitmq.conf, such as `vm_memory_high_watermark.relative = 0.6`. */
  readonly config?: string;
  /** Plugins to enable, such as `rabbitmq_management`. Default: none. */
  readonly plugins?: readonly string[];
  /** Shared by the nodes that are to form a cluster; whoever made it disposes it after them. Default: one of the node's own. */
  readonly home?: RabbitmqHome;
  /** Erlang is told nothing of ours: for measurements, which are to show RabbitMQ as it is installed. Default false. */
  readonly asInstalled?: boolean;
  /** Called when the running node ends though neither `stop` nor `kill` was called: by its tools, or by itself. */
  readonly fell?: () => void;
}

export interface RabbitmqCommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Command line tools of RabbitMQ that talk to a node. */
export type RabbitmqTool = 'rabbitmqctl' | 'rabbitmq-plugins' | 'rabbitmq-diagnostics' | 'rabbitmq-queues' | 'rabbitmq-upgrade';

export type RabbitmqServerState = 'starting' | 'running' | 'paused' | 'stopping' | 'stopped' | 'killed';

/** The console says this when every listener accepts, whatever the configured log level. */
const STARTED = /completed with \d+ plugins/;

/** Keeps the Erlang distribution, which listens on every interface by default, on the loopback one. */
const LOOPBACK_ONLY = '-kernel inet_dist_use_interface {127,0,0,1}';

/**
 * RabbitMQ lets idle schedulers sleep at once, and they hand each other every file that is read at the start. On a virtual
 * machine, where to wake a thread is dear, a start takes 11 s so, and 4.4 s where they look for work before they sleep.
 */
const AWAKE = '+sbwt short +sbwtdio short';

/**
 * Finds RabbitMQ in `RABBITMQ_HOME/sbin` if that is set, else behind the `rabbitmq-server` on PATH, or where Debian puts it;
 * null if there is none. Debian's command on PATH is a wrapper that changes to the user `rabbitmq`, who may not write into
 * folders of ours; the scripts that it calls lie beside the file that its link points to.
 */
export function findRabbitmqServer(environment: NodeJS.ProcessEnv = process.env): RabbitmqInstallation | null {
  const { RABBITMQ_HOME } = environment;
  const folders = RABBITMQ_HOME ? [path.join(RABBITMQ_HOME, 'sbin')] : [...foldersOnPath(environment), '/usr/lib/rabbitmq/bin'];
  const scripts = ['rabbitmq-server', 'rabbitmqctl', 'rabbitmq-plugins', 'rabbitmq-env'];
  const found = folders.find((folder) => scripts.every((script) => fs.existsSync(path.join(folder, script))));
  if (found === undefined) return null;
  const [server, ctl, plugins] = scripts.map((script) => path.join(found, script)) as [string, string, string];
  return { server, ctl, plugins, version: versionOf(server) };
}

function foldersOnPath({ PATH = '' }: NodeJS.ProcessEnv): string[] {
  const commands = PATH.split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, 'rabbitmq-server'));
  return commands.filter((command) => fs.existsSync(command)).map((command) => path.dirname(fs.realpathSync(command)));
}

/** The server application lies in `plugins/rabbit-VERSION` (or its archive) beside the folder of the real scripts. */
function versionOf(server: string): string | null {
  const plugins = path.join(path.dirname(fs.realpathSync(server)), '..', 'plugins');
  if (!fs.existsSync(plugins)) return null;
  for (const entry of fs.readdirSync(plugins)) {
    const version = /^rabbit-(\d+\.\d+\.\d+[^/]*?)(\.ez)?$/.exec(entry);
    if (version !== null) return version[1] as string;
  }
  return null;
}

/**
 * Why a start failed: what the console says of it, then the first error of the log, for what follows fell over because of it.
 * Without either, the end of the log must do.
 */
function causeIn(log: string): string {
  const lines = log.trimEnd().split('\n');
  const from = (mark: RegExp, among = lines): string[] => {
    const first = among.findIndex((line) => mark.test(line));
    return first === -1 ? [] : among.slice(first, first + 20);
  };
  // Lines of the log, which begin with a date, lie between those of the console.
  const console = lines.filter((line) => !/^\d{4}-\d\d-\d\d /.test(line));
  const told = [...from(/^BOOT FAILED/, console), ...from(/\[error\]/)];
  return (told.length > 0 ? told : lines.slice(-20)).join('\n');
}

export class RabbitmqServer {
  readonly port: number;
  /** `name@localhost`. */
  readonly nodename: string;
  readonly folder: string;
  readonly installation: RabbitmqInstallation;
  readonly home: RabbitmqHome;
  /** What outlives a run of the node: definitions, messages, what it knows of its cluster. The same under whatever name. */
  readonly dataFolder: string;
  /** Console and log of every run so far, in one file. */
  readonly logFile: string;
  readonly #distributionPort: number;
  readonly #ownsHome: boolean;
  readonly #ownsFolder: boolean;
  readonly #fell: () => void;
  readonly #erlang: string;
  /** The script that waits for the Erlang VM; its process group holds both. Null before the first start. */
  #script: ChildProcess | null = null;
  #state: RabbitmqServerState = 'stopped';
  #door: Promise<ErlangDoor> | null = null;

  private constructor(
    installation: RabbitmqInstallation,
    home: RabbitmqHome,
    options: RabbitmqServerOptions,
    ports: readonly [amqp: number, distribution: number],
  ) {
    this.installation = installation;
    this.home = home;
    this.#ownsHome = options.home === undefined;
    this.#erlang = options.asInstalled ? LOOPBACK_ONLY : `${LOOPBACK_ONLY} ${AWAKE}`;
    this.#fell = options.fell ?? (() => undefined);
    this.nodename = `${options.name}@localhost`;
    [this.port, this.#distributionPort] = ports;
    this.folder = path.resolve(options.folder ?? path.join(home.folder, options.name));
    this.#ownsFolder = !fs.existsSync(this.folder);
    fs.mkdirSync(this.folder, { recursive: true });
    this.dataFolder = path.join(this.folder, 'data');
    fs.mkdirSync(this.dataFolder, { recursive: true });
    this.logFile = path.join(this.folder, 'server.log');
    fs.writeFileSync(this.#file('rabbitmq.conf'), `${options.config ?? ''}\n`);
    fs.writeFileSync(this.#file('enabled_plugins'), `[${(options.plugins ?? []).join(',')}].\n`);
  }

  /**
   * Resolves when the node accepts clients. Rejects when no RabbitMQ is installed, when the name is no node name, and
   * when the node ends before it is up; the error then carries what its log says about it.
   */
  static async start(options: RabbitmqServerOptions): Promise<RabbitmqServer> {
    const installation = findRabbitmqServer();
    if (installation === null) {
      throw new Error(
        'No RabbitMQ server was found. Install it (Debian: apt-get install rabbitmq-server), or set RABBITMQ_HOME to the ' +
          'folder that has sbin/rabbitmq-server in it.',
      );
    }
    if (!/^[A-Za-z0-9_-]+$/.test(options.name)) {
      throw new Error(`'${options.name}' cannot be a node name; use letters, digits, '_' and '-', as in 'rabbit1'.`);
    }
    const home = options.home ?? (await RabbitmqHome.create());
    const server = new RabbitmqServer(installation, home, options, [options.port ?? (await freePort()), await freePort()]);
    try {
      await server.restart();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  get state(): RabbitmqServerState {
    return this.#state;
  }

  /** Of the Erlang VM, which is the process to measure or to signal. Throws unless the node is running or paused. */
  get pid(): number {
    if (this.#state !== 'running' && this.#state !== 'paused') {
      throw new Error(`${this.nodename} is ${this.#state}, it has no pid now.`);
    }
    return Number(fs.readFileSync(this.#file('pid'), 'utf8'));
  }

  /** Runs rabbitmqctl with these arguments on this node; `-n` in them names another one. `input` is for its prompts. */
  ctl(args: readonly string[], input?: string): Promise<RabbitmqCommandResult> {
    return this.run('rabbitmqctl', args, input);
  }

  /** Runs any of RabbitMQ's tools. A failing command resolves with its exit code; rejects only if it cannot be run at all. */
  async run(tool: RabbitmqTool, args: readonly string[], input?: string): Promise<RabbitmqCommandResult> {
    const command = path.join(path.dirname(this.installation.ctl), tool);
    const child = spawn(command, args, { detached: true, env: this.#environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    // A command that waits for its node would go on waiting after this process has died.
    this.home.watch(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    // A command that does not read its input may be gone before the input is written; its exit code says what matters.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode: exitCode ?? 1, ...output };
  }

  /**
   * What an Erlang expression is worth on the running node, as Erlang writes it. The first time takes as long as a command, the
   * others a millisecond. Rejects on a failing expression, and on a node that does not answer.
   */
  async evaluate(expression: string): Promise<string> {
    this.#door ??= ErlangDoor.open(async (opening) => {
      const { exitCode, stdout, stderr } = await this.ctl(['eval', opening]);
      if (exitCode !== 0) throw new Error(`${this.nodename} did not take an expression: ${stderr.trim() || stdout.trim()}`);
      return stdout.trim();
    });
    const door = this.#door;
    // A door that could not be opened, or leads nowhere any more, is no door: the next call opens another.
    const forget = (): void => {
      if (this.#door === door) this.#door = null;
    };
    door.then((open) => open.ended.then(forget), forget);
    return (await door).evaluate(expression);
  }

  /** Orderly: clients see connection.close 320, queues are written to disk. Does nothing on a node that does not run. */
  async stop(): Promise<void> {
    const script = this.#script;
    if (script === null || hasEnded(script)) return;
    if (this.#state === 'paused') {
      throw new Error(`${this.nodename} is paused and cannot stop in an orderly way; resume() or kill() it.`);
    }
    const ended = once(script, 'exit');
    script.ref();
    this.#state = 'stopping';
    // The script passes SIGTERM on to the VM and waits for it; `rabbitmqctl stop` does the same 0.4 s later.
    script.kill('SIGTERM');
    await ended;
  }

  /** Resolves when a node that was told to stop by its tools has ended. */
  async ended(): Promise<void> {
    const script = this.#script;
    if (script === null || hasEnded(script)) return;
    script.ref();
    await once(script, 'exit');
  }

  /** kill -9 of the Erlang VM. Does nothing on a node that does not run. */
  async kill(): Promise<void> {
    const script = this.#script;
    if (script === null || hasEnded(script)) return;
    if (this.#state === 'starting' || this.#state === 'stopping') {
      await killGroup(script);
    } else {
      // The script waits for the VM: once it has ended too, ports and files are free for a restart.
      const ended = once(script, 'exit');
      script.ref();
      const { pid } = this;
      this.#state = 'stopping';
      process.kill(pid, 'SIGKILL');
      await ended;
    }
    this.#state = 'killed';
  }

  /** SIGSTOP: connections stay open and nothing answers, as with a machine that hangs. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
    this.#state = 'paused';
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
    this.#state = 'running';
  }

  /**
   * Starts a stopped or killed node again on its folder and ports. Resolves when it accepts clients; that takes minutes if
   * it waits for other nodes of its cluster. Rejects if it runs already, or ends instead of starting.
   */
  async restart(): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'killed') {
      throw new Error(`${this.nodename} runs already; stop() or kill() it first.`);
    }
    this.#state = 'starting';
    fs.rmSync(this.#file('pid'), { force: true });
    const logged = fs.existsSync(this.logFile) ? fs.statSync(this.logFile).size : 0;
    const script = await this.home.spawn({
      command: this.installation.server,
      args: [],
      env: this.#environment(),
      log: this.logFile,
    });
    this.#script = script;
    // The script's exit code is 0 either way, but only an orderly stop (also by `rabbitmqctl stop`) takes the pid file away.
    script.once('exit', () => {
      const before = this.#state;
      this.#state = fs.existsSync(this.#file('pid')) ? 'killed' : 'stopped';
      if (before === 'running' || before === 'paused') this.#fell();
    });
    // The log is looked at on a timer: `rabbitmqctl await_startup` would take half a second of CPU from the start itself.
    for (;;) {
      const ended = hasEnded(script);
      const log = fs.readFileSync(this.logFile).subarray(logged).toString('utf8');
      if (STARTED.test(log)) break;
      if (ended) {
        throw new Error(`${this.nodename} ended while it was starting (port ${this.port}). From its log:\n${causeIn(log)}`);
      }
      await delay(50);
    }
    this.#state = 'running';
  }

  /** Its messages and definitions are gone, as with a lost disk. The node must not run. */
  loseData(): void {
    fs.rmSync(this.dataFolder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    fs.mkdirSync(this.dataFolder);
  }

  /** Ends the node at once and removes its folder, unless that was there before it. Can be called twice. */
  async dispose(): Promise<void> {
    await this.kill();
    if (this.#ownsFolder) fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    if (this.#ownsHome) await this.home.dispose();
  }

  #file(name: string): string {
    return path.join(this.folder, name);
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...this.home.environment(),
      RABBITMQ_NODENAME: this.nodename,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(this.port),
      RABBITMQ_DIST_PORT: String(this.#distributionPort),
      RABBITMQ_MNESIA_BASE: this.dataFolder,
      // By default a folder is named after its node; then a node that is renamed, or gets another's disk, would not find it.
      RABBITMQ_MNESIA_DIR: path.join(this.dataFolder, 'db'),
      RABBITMQ_LOG_BASE: this.#file('log'),
      RABBITMQ_LOGS: '-',
      ERL_CRASH_DUMP: this.#file('erl_crash.dump'),
      RABBITMQ_PID_FILE: this.#file('pid'),
      RABBITMQ_CONFIG_FILE: this.#file('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: this.#file('enabled_plugins'),
      // Left unset, these two would be read from /etc/rabbitmq.
      RABBITMQ_ADVANCED_CONFIG_FILE: this.#file('advanced.config'),
      RABBITMQ_CONF_ENV_FILE: this.#file('rabbitmq-env.conf'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: this.#erlang,
      RABBITMQ_CTL_ERL_ARGS: LOOPBACK_ONLY,
    };
  }
}
