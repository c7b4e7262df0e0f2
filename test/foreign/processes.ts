/** Programs of others, run to their end or spoken to line by line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface Outcome {
  /** Null if the program was killed, or could not be started at all; `stderr` then says why. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Long enough for a busy machine; only a program that hangs is run for this long. */
const PATIENCE_MS = 30_000;

/** The file that this command would run, or null. */
export function onPath(command: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, command);
    if (folder !== '' && fs.existsSync(file)) return file;
  }
  return null;
}

/** Runs the program with this input; kills it if it hangs. Never rejects. */
export async function run(command: string, args: readonly string[], input: string | Buffer = ''): Promise<Outcome> {
  const program = new RunningProgram(command, args);
  const patience = setTimeout(() => program.signal('SIGKILL'), PATIENCE_MS);
  program.write(input);
  program.endInput();
  const outcome = await program.ended;
  clearTimeout(patience);
  return outcome;
}

export class RunningProgram {
  readonly ended: Promise<Outcome>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = '';
  #stderr = '';
  #taken = 0;
  #wake: (() => void)[] = [];
  #over = false;

  /** In a process group of its own if `detached`. Somebody must see to its end. */
  constructor(command: string, args: readonly string[], options: { detached?: boolean; cwd?: string } = {}) {
    const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wakeAll();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.on('error', (error) => (this.#stderr += error.message));
    // A program that does not read its input may be gone before the input is written; its exit code says what matters.
    child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => {
      child.once('close', (exitCode) => {
        this.#over = true;
        this.#wakeAll();
        // Node says -2 and the like of a program that it could not start.
        const ran = exitCode !== null && exitCode >= 0;
        resolve({ exitCode: ran ? exitCode : null, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Throws if it could not be started. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(this.#stderr);
    return this.#child.pid;
  }

  write(input: string | Buffer): void {
    this.#child.stdin.write(input);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The next line of stdout, or null if there is none before its end. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#stdout.indexOf('\n', this.#taken);
      if (end >= 0) {
        const line = this.#stdout.slice(this.#taken, end);
        this.#taken = end + 1;
        return line;
      }
      if (this.#over) return null;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
