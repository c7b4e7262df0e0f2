/** Makes an answer ready to be played: compiled inside a sandbox, or copied, in a folder of the grader's own. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { TYPESCRIPT_FOLDER } from '../sandbox/places';
import { ProgramProcess } from '../sandbox/program-process';
import type { InsidePaths, Limits, SandboxKind } from '../sandbox/sandbox';
import { AnswerError, copyAnswerFolder, type Answer } from './answer';

/** An answer that can be played. */
export type Playable =
  | {
      readonly kind: 'program';
      /** Folder that programs may read. */
      readonly folder: string;
      readonly command: (inside: InsidePaths) => readonly string[];
      readonly sandbox: SandboxKind;
      /** More folders that programs may read. */
      readonly readable: readonly string[];
    }
  | { readonly kind: 'lines'; readonly lines: readonly string[] };

/** A compiler needs more than most answers. */
const COMPILING: Limits = { cpuMs: 10_000, wallMs: 20_000, memoryMiB: 1024, processes: 30, outputBytes: 4 << 20 };

/** `folder` is empty, and stays as long as the answer is played. Throws AnswerError, for the author to read. */
export async function prepare(
  answer: Exclude<Answer, { kind: 'prediction' | 'notebook' }>,
  folder: string,
  sandbox: SandboxKind,
  readable: readonly string[],
): Promise<Playable> {
  if (answer.kind === 'lines') return answer;
  fs.chmodSync(folder, 0o755);
  const program = { kind: 'program', folder, sandbox, readable } as const;
  if (answer.kind === 'folder') {
    copyAnswerFolder(answer.folder, folder);
    // Nobody knows when another language has loaded; it counts as soon as it is started.
    return {
      ...program,
      command: (inside) => ['/bin/sh', '-c', 'echo loaded >&3; exec /bin/sh "$0"', `${inside.answer}/run.sh`],
    };
  }
  const text = answer.kind === 'module' ? answer.text : `export default (${answer.text});\n`;
  fs.writeFileSync(path.join(folder, 'answer.ts'), text, { mode: 0o644 });
  const { js, problems, unknown } = await compiled(folder, sandbox);
  const [problem] = problems;
  if (problem !== undefined) throw new AnswerError(`Line ${problem.line}, column ${problem.column}: ${problem.text}`);
  const [name] = unknown;
  if (name !== undefined) throw new AnswerError(unknownText(name.name, name.line, answer.kind));
  fs.writeFileSync(path.join(folder, 'answer.cjs'), js, { mode: 0o644 });
  return { ...program, command: (inside) => [inside.node, `${inside.runner}/program.cjs`, `${inside.answer}/answer.cjs`] };
}

interface Compiled {
  readonly js: string;
  readonly problems: readonly { readonly line: number; readonly column: number; readonly text: string }[];
  readonly unknown: readonly { readonly line: number; readonly name: string }[];
}

async function compiled(folder: string, sandbox: SandboxKind): Promise<Compiled> {
  const socket = '/dev/null';
  const inside = sandbox.inside({ socket, answer: folder });
  const command = [inside.node, `${inside.runner}/compile.cjs`, `${inside.answer}/answer.ts`];
  const spec = {
    command,
    env: { NODE_PATH: path.dirname(TYPESCRIPT_FOLDER) },
    url: '',
    socket,
    answer: folder,
    readable: [TYPESCRIPT_FOLDER],
  };
  const compiler = new ProgramProcess('compiler', sandbox, spec, COMPILING);
  const late = setTimeout(() => void compiler.kill(), COMPILING.wallMs);
  await compiler.ended;
  clearTimeout(late);
  if (compiler.excess !== null) throw new AnswerError(`The answer is too much for the compiler (${compiler.excess.limit}).`);
  try {
    return JSON.parse(compiler.fate.output) as Compiled;
  } catch {
    throw new AnswerError(`The answer could not be compiled: ${compiler.fate.output.slice(0, 500)}`);
  }
}

/** tslab turns `import amqp from 'amqplib'` of another cell into `amqplib_1.default`. */
function unknownText(name: string, line: number, kind: 'module' | 'function'): string {
  const imported = /^(\w+?)_\d+$/.exec(name);
  const where = kind === 'function' ? 'in another cell' : 'nowhere in this file';
  const what = imported === null ? `'${name}' is declared ${where}` : `'${imported[1]}' was imported in another cell`;
  const mend =
    imported?.[1] === 'amqplib'
      ? 'Take amqp from the function’s parameter: async ({ amqp, url }) => ...'
      : 'Declare it inside the function.';
  return `Line ${line}: ${what}, and an answer runs alone. ${kind === 'function' ? mend : 'Declare or import it.'}`;
}
