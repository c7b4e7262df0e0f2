/** A command of this package in a process of its own, from source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');

export class Run {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(command: 'warren' | 'rabbitmqctl', args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const words = ['-r', path.join(ROOT, 'tools/typescript.cjs'), path.join(ROOT, `lib/cli/${command}.ts`), ...args];
    this.child = spawn(process.execPath, words, { env: { ...process.env, ...environment } });
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
