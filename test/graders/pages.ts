/**
 * The examples of a page of docs/, typed one after the other in a copy of the course: what a page tells its reader to type works.
 *
 * A block ```sh holds commands, one a line; `\` at the end of a line goes on with the next. They share what they export.
 * A comment behind a command says what is to be expected: `# exit code 1` (else it must be 0), or `# until Ctrl-C`: it goes on
 * beside the other commands of its block, the next of which is typed when it has said something, and gets its Ctrl-C after
 * them. A block ```text right behind shows what is printed: its lines come in this order, with others between them; `...` in a
 * line stands for anything.
 */
import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export interface Command {
  readonly line: string;
  readonly exitCode: number;
  /** It ends only when it is told to. */
  readonly goesOn: boolean;
}

/** What a page says in one place. */
export interface Example {
  readonly commands: readonly Command[];
  /** Lines that are printed, among others. */
  readonly shown: readonly string[];
  /** Line of the page on which it begins, from 1. */
  readonly at: number;
}

const ROOT = path.join(__dirname, '..', '..');
/** What belongs to a course that is given away; packages are found where they are installed. */
const PARTS = ['attacks', 'docs', 'exercises', 'lib', 'solutions', 'tools', 'package.json', 'package-lock.json', 'tsconfig.json'];
/** After the Ctrl-C of whoever types it. */
const INTERRUPTED = [0, 130];
const BLOCK = /^```sh\n([\s\S]*?)^```\n(?:\n*```text\n([\s\S]*?)^```\n)?/gm;

/** All examples of a page, in their order. */
export function examplesOf(page: string): Example[] {
  return [...page.matchAll(BLOCK)].map(({ 1: typed = '', 2: shown = '', index }) => ({
    commands: typed
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => /^[^#\s]/.test(line))
      .map(commandOf),
    shown: linesOf(shown),
    at: page.slice(0, index).split('\n').length,
  }));
}

function commandOf(line: string): Command {
  const [, exitCode = '0'] = /# exit code (\d+)/.exec(line) ?? [];
  return { line, exitCode: Number(exitCode), goesOn: line.includes('# until Ctrl-C') };
}

/** A copy of the course in which commands are typed; its own `npx` finds the copy's commands without asking anybody. */
export class PageCourse {
  readonly folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-page-'));
  /** Holds what the commands have exported. */
  private readonly exported = path.join(this.folder, '.exported');
  private readonly env: NodeJS.ProcessEnv;

  constructor() {
    for (const part of PARTS) fs.cpSync(path.join(ROOT, part), path.join(this.folder, part), { recursive: true });
    const packages = path.join(this.folder, 'node_modules');
    fs.mkdirSync(packages);
    for (const name of fs.readdirSync(path.join(ROOT, 'node_modules')))
      if (name !== 'warren') fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(packages, name));
    fs.symlinkSync('../lib', path.join(packages, 'warren'));
    const tools = path.join(this.folder, '.tools');
    fs.mkdirSync(tools);
    const npx = `#!/bin/sh\nname=$1\nshift\nexec '${process.execPath}' '${this.folder}/lib/bin/'"$name.cjs" "$@"\n`;
    fs.writeFileSync(path.join(tools, 'npx'), npx, { mode: 0o755 });
    fs.writeFileSync(this.exported, '');
    this.env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Types the commands of an example. Throws AssertionError if one does not do what the page says. */
  async type({ commands, shown }: Example): Promise<void> {
    const going: Typed[] = [];
    const done: Typed[] = [];
    try {
      for (const command of commands) {
        const typed = new Typed(command.line, this.folder, this.env, this.exported);
        done.push(typed);
        if (command.goesOn) {
          going.push(typed);
          await typed.prints(['...']);
        } else assert.equal(await typed.ended, command.exitCode, `${command.line}\n${typed.printed}`);
      }
      for (const typed of going) await typed.prints(going.length === commands.length ? shown : ['...']);
    } finally {
      for (const typed of going) typed.interrupt();
    }
    for (const typed of going) assert.ok(INTERRUPTED.includes((await typed.ended) ?? -1), `Ctrl-C: ${typed.printed}`);
    const printed = done.map((each) => each.printed).join('\n');
    assert.equal(firstMissing(shown, printed), null, `is shown on the page, and is not printed:\n${printed}`);
  }
}

/** A command that was typed. */
class Typed {
  /** What it printed so far, both streams. */
  printed = '';
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(line: string, cwd: string, env: NodeJS.ProcessEnv, exported: string) {
    // The shell outlives a Ctrl-C, to tell how the command ended. Its process group gets it, as in a terminal.
    const script = `trap : INT\n. '${exported}'\n${line}\ncode=$?\nexport -p > '${exported}'\nexit $code\n`;
    this.child = spawn('sh', ['-c', script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (bytes: Buffer): void => {
      this.printed += bytes.toString();
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
    this.ended = new Promise((resolve, reject) => this.child.once('error', reject).once('close', resolve));
  }

  /** Resolves when these lines were printed, or it has ended. */
  async prints(lines: readonly string[]): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const look = (): void => {
        if (firstMissing(lines, this.printed) === null) resolve();
      };
      look();
      this.child.stdout?.on('data', look);
      this.child.stderr?.on('data', look);
    });
    await Promise.race([heard, this.ended]);
  }

  interrupt(): void {
    if (this.child.exitCode === null && this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT');
  }
}

/** The first of these lines that is not among what was printed, behind the lines before it; null if there is none. */
function firstMissing(lines: readonly string[], printed: string): string | null {
  const all = linesOf(printed);
  let from = 0;
  for (const line of lines) {
    const pattern = new RegExp(`^${line.split('...').map(literally).join('.*')}$`);
    const found = all.findIndex((each, index) => index >= from && pattern.test(each));
    if (found === -1) return line;
    from = found + 1;
  }
  return null;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
