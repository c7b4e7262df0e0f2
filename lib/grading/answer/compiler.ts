/** Compiles the text of an answer inside a sandbox, which may stand ready before there is one. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { TYPESCRIPT_FOLDER } from '../sandbox/places';
import { ProgramProcess } from '../sandbox/program-process';
import type { Limits, Room, SandboxKind } from '../sandbox/sandbox';
import { AnswerError } from './answer';

/** A compiler needs more than most answers. */
const COMPILING: Limits = { cpuMs: 10_000, wallMs: 20_000, memoryMiB: 1024, processes: 30, outputBytes: 4 << 20 };

export interface Compiled {
  readonly js: string;
  readonly problems: readonly { readonly line: number; readonly column: number; readonly text: string }[];
  readonly unknown: readonly { readonly line: number; readonly name: string }[];
}

interface Opened {
  readonly room: Room;
  readonly folder: string;
}

export class Compiler {
  private opened: Opened | null = null;

  constructor(private readonly sandbox: SandboxKind) {}

  /** Loads TypeScript, which takes most of the time. Not needed, but what is done before somebody waits costs nobody anything. */
  open(): Opened {
    if (this.opened === null) {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-compile-'));
      fs.chmodSync(folder, 0o755);
      const spec = { answer: folder, readable: [TYPESCRIPT_FOLDER], ahead: [TYPESCRIPT_FOLDER] };
      this.opened = { room: this.sandbox.open(spec, COMPILING), folder };
    }
    return this.opened;
  }

  /** Once. Throws AnswerError if no compiler could make anything of it. */
  async compile(text: string): Promise<Compiled> {
    const { room, folder } = this.open();
    fs.writeFileSync(path.join(folder, 'answer.ts'), text, { mode: 0o644 });
    const { inside } = room;
    const order = {
      module: `${inside.runner}/compile.cjs`,
      args: [TYPESCRIPT_FOLDER, `${inside.answer}/answer.ts`],
      env: {},
      url: '',
    };
    const compiler = new ProgramProcess('compiler', room, order, COMPILING);
    const late = setTimeout(() => void compiler.kill(), COMPILING.wallMs);
    await compiler.ended;
    clearTimeout(late);
    fs.rmSync(folder, { recursive: true, force: true });
    const { excess, fate } = compiler;
    if (excess !== null) throw new AnswerError(`The answer is too much for the compiler (${excess.limit}).`);
    try {
      return JSON.parse(fate.output) as Compiled;
    } catch {
      throw new AnswerError(`The answer could not be compiled: ${fate.output.slice(0, 500)}`);
    }
  }
}
