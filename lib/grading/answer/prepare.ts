/** Makes an answer ready to be played: compiled inside a sandbox, or copied, in a folder of the grader's own. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  CONTROL,
  type InsidePaths,
  type Isolation,
  type Limits,
  type Order,
  type Room,
  type SandboxKind,
} from '../sandbox/sandbox';
import { AnswerError, copyAnswerFolder, type Answer } from './answer';
import { Compiler } from './compiler';

/** An answer that can be played. */
export type Playable =
  | {
      readonly kind: 'program';
      readonly isolation: Isolation;
      /** A sandbox in which the answer lies. */
      open(limits: Limits): Room;
      /** What makes it run there. */
      order(inside: InsidePaths): Pick<Order, 'command' | 'module' | 'args'>;
    }
  | { readonly kind: 'lines'; readonly lines: readonly string[] };

/** `folder` is empty, and stays as long as the answer is played; `compiler` is used up. Throws AnswerError, for its author. */
export async function prepare(
  answer: Exclude<Answer, { kind: 'prediction' | 'notebook' }>,
  folder: string,
  sandbox: SandboxKind,
  readable: readonly string[],
  compiler: Compiler = new Compiler(sandbox),
): Promise<Playable> {
  if (answer.kind === 'lines') return answer;
  fs.chmodSync(folder, 0o755);
  const program = { kind: 'program', isolation: sandbox.isolation } as const;
  if (answer.kind === 'folder') {
    copyAnswerFolder(answer.folder, folder);
    return {
      ...program,
      open: (limits) => sandbox.open({ answer: folder, readable, ahead: [] }, limits),
      // Nobody knows when another language has loaded; it counts as soon as it is started.
      order: (inside) => ({
        command: ['/bin/sh', '-c', `echo loaded >&${CONTROL}; exec /bin/sh "$0"`, `${inside.answer}/run.sh`],
      }),
    };
  }
  const text = answer.kind === 'module' ? answer.text : `export default (${answer.text});\n`;
  const { js, problems, unknown } = await compiler.compile(text);
  const [problem] = problems;
  if (problem !== undefined) throw new AnswerError(`Line ${problem.line}, column ${problem.column}: ${problem.text}`);
  const [name] = unknown;
  if (name !== undefined) throw new AnswerError(unknownText(name.name, name.line, answer.kind));
  fs.writeFileSync(path.join(folder, 'answer.cjs'), js, { mode: 0o644 });
  return {
    ...program,
    open: (limits) => sandbox.open({ answer: folder, readable, ahead: ['amqplib'] }, limits),
    order: (inside) => ({ module: `${inside.runner}/program.cjs`, args: [`${inside.answer}/answer.cjs`] }),
  };
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
