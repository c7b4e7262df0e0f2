/** `wait`: from outside, until the process of a node has its number written down, answers and serves clients. */
import { type Call, type Command, EXIT, failed, type Failure, type Result } from '../command';
import type { Watch } from '../target';

/** Milliseconds. */
const LIMIT = 10_000;
const LOOK = 100;

const USAGE = (words: string): Failure => failed(EXIT.usage, `"${words}"`, { form: 'argument' });

function check({ args, options: { own } }: Call): Failure | null {
  if (args.length === 0 && own.pid === undefined) return USAGE('No pid or pidfile specified');
  return args.length > 0 && own.pid !== undefined ? USAGE('Cannot specify both pid and pidfile') : null;
}

class Waiting {
  readonly lines: string[] = [];
  private left: number;

  constructor(
    private readonly call: Call,
    private readonly watch: Watch,
    private readonly limit: number,
  ) {
    this.left = limit;
  }

  async run(): Promise<Result> {
    const { args, options, nodename } = this.call;
    const pid = options.own.pid === undefined ? await this.readPid(args[0] as string) : Number(options.own.pid);
    if (pid === null) return this.timedOut();
    this.lines.push(`Waiting for erlang distribution on node '${nodename}' while OS process '${pid}' is running`);
    for (;;) {
      if (!this.watch.isAlive(pid)) return this.ended('process_not_running');
      if (this.watch.answers(nodename)) break;
      if (!(await this.pause())) return this.timedOut();
    }
    this.lines.push(`Waiting for applications 'rabbit_and_plugins' to start on node '${nodename}'`);
    if (!(await this.watch.whenStarted(nodename, this.left))) {
      return this.watch.isAlive(pid) ? this.timedOut() : this.ended('process_not_running');
    }
    this.lines.push(`Applications 'rabbit_and_plugins' are running on node '${nodename}'`);
    return { kind: 'text', text: this.asides() };
  }

  /** Null if there is none in time. */
  private async readPid(file: string): Promise<number | null> {
    this.lines.push(`Waiting for pid file '${file}' to appear`);
    for (;;) {
      const text = this.call.target.files?.read(file)?.trim() ?? '';
      if (/^\d+$/.test(text)) {
        this.lines.push(`pid is ${text}`);
        return Number(text);
      }
      if (!(await this.pause())) return null;
    }
  }

  /** False once the time is over. */
  private async pause(): Promise<boolean> {
    if (this.left <= 0) return false;
    await this.watch.pause(Math.min(LOOK, this.left));
    this.left -= LOOK;
    return true;
  }

  private timedOut(): Failure {
    const text = `Error: operation wait on node ${this.call.nodename} timed out. Timeout value used: ${this.limit}`;
    return { ...failed(EXIT.timeout, text, { form: 'bare' }), said: this.asides() };
  }

  private ended(reason: string): Failure {
    return { ...failed(EXIT.unavailable, reason), said: this.asides() };
  }

  private asides(): string {
    const { quiet, silent } = this.call.options;
    return quiet || silent ? '' : this.lines.map((line) => `${line}\n`).join('');
  }
}

export const WAIT: readonly Command[] = [
  {
    name: 'wait',
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Nodes',
    usage: '[<pidfile>] [--pid|-P <pid>] [--timeout <timeout>]',
    description: 'Waits until a node has started whose process is known, or has its number in a file',
    args: [0, 1],
    switches: { pid: { type: 'number', short: 'P' } },
    check,
    local: (call) => {
      const { target, options } = call;
      if (target.watch === undefined)
        return failed(EXIT.unavailable, 'nodes of a lab have no pid file; await_startup waits for one');
      return new Waiting(call, target.watch, options.timeout === undefined ? LIMIT : options.timeout * 1000).run();
    },
  },
];
