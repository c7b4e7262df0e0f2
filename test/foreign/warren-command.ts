/** The `warren` command as somebody's shell runs it: compiled, in a process of its own. */
import * as path from 'node:path';
import { type Outcome, run, RunningProgram } from './processes';

export const ROOT = path.resolve(__dirname, '../..');

/** Of the line that says where the broker listens. */
const LISTENS = /^Warren \S+ listens on amqp:\/\/127\.0\.0\.1:(\d+)$/;

const WARREN = path.join(ROOT, 'lib', 'bin', 'warren.cjs');

/** Runs a command that ends by itself. */
export function warren(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [WARREN, ...args]);
}

/** A broker that a command runs. It must be told to end, by `stop()` or `kill()`. */
export class BrokerCommand {
  private constructor(
    readonly program: RunningProgram,
    readonly port: number,
  ) {}

  /** `warren broker` on a free port. Rejects with what it said if it ends instead of listening. */
  static start(...args: string[]): Promise<BrokerCommand> {
    return BrokerCommand.from(new RunningProgram(process.execPath, [WARREN, 'broker', '--port', '0', ...args]));
  }

  /** A program that runs `warren broker`, as soon as that listens. */
  static async from(program: RunningProgram): Promise<BrokerCommand> {
    const line = await program.line();
    const port = LISTENS.exec(line ?? '')?.[1];
    if (port !== undefined) return new BrokerCommand(program, Number(port));
    program.signal('SIGKILL');
    const { exitCode, stdout, stderr } = await program.ended;
    throw new Error(`warren broker did not say where it listens (exit code ${exitCode}):\n${stdout}${stderr}`);
  }

  url(user = 'guest', password = 'guest'): string {
    return `amqp://${user}:${password}@127.0.0.1:${this.port}/%2F`;
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome> {
    this.program.signal(signal);
    return this.program.ended;
  }

  /** For the end of a test: does nothing if it has ended. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }
}
