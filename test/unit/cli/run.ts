/** A command of this package in a process of its own: compiled if `lib/dist` is up to date (quicker), else from source. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');

let upToDate: boolean | null = null;

function program(command: string): string[] {
  upToDate ??= isUpToDate();
  if (upToDate) return [path.join(ROOT, `lib/dist/cli/${command}.js`)];
  return ['-r', path.join(ROOT, 'tools/typescript.cjs'), path.join(ROOT, `lib/cli/${command}.ts`)];
}

function isUpToDate(): boolean {
  const question = "import('./tools/setup/library.mjs').then(({ libraryNeeded }) => console.log(libraryNeeded()))";
  return execFileSync(process.execPath, ['-e', question], { cwd: ROOT, encoding: 'utf8' }).trim() === 'null';
}

export class Run {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  /** `fileBlocks`: no file of the process may grow beyond so many blocks of 512 octets (a shell may count 1024). */
  constructor(
    command: 'warren' | 'rabbitmqctl',
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    fileBlocks: number | null = null,
  ) {
    const words = [process.execPath, ...program(command), ...args];
    const limit = fileBlocks === null ? [] : ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$@"`, 'sh'];
    const [file = '', ...rest] = [...limit, ...words];
    this.child = spawn(file, rest, { env: { ...process.env, ...environment } });
    this.child.stdout?.on('data', (text) => (this.stdout += text));
    this.child.stderr?.on('data', (text) => (this.stderr += text));
    this.exit = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** The port that a broker says it listens on. Rejects if it ends instead. */
  async port(): Promise<number> {
    for (;;) {
      const [, port] = /listens on amqp:\/\/127\.0\.0\.1:(\d+)\n/.exec(this.stdout) ?? [];
      if (port !== undefined) return Number(port);
      const more = once(this.child.stdout as NodeJS.ReadableStream, 'data').then(() => true);
      const ended = this.exit.then(() => false);
      if (!(await Promise.race([more, ended]))) throw new Error(`it ended: ${this.stderr}`);
    }
  }
}
