/** `lab.sh`: one command line, run by the engine's tools, shown in the cell as in a terminal, noted in the trace. */
import { inspect } from 'node:util';
import type { TraceSink } from '../trace/sink';
import type { CommandResult } from './api';
import { inNotebook, say } from './cell';
import { type CommandOutput, type Engine, TOOLS } from './engine';
import { withoutSecrets } from './secrets';
import { commandLine, commandNotFound } from './shell';

/** Exit code of a line that cannot be read, as of a shell's syntax error. */
const UNREADABLE = 2;

class Outcome implements CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    readonly line: string,
    output: CommandOutput,
    /** The line as the trace may have it. */
    readonly traced = line,
  ) {
    this.exitCode = output.exitCode;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
  }

  /** The kernel prints the value of a cell's last line; what there is to see was shown when the command ran. */
  [inspect.custom](_depth: number, options: object): unknown {
    const { line, exitCode, stdout, stderr } = this;
    return inNotebook() ? '' : inspect({ line, exitCode, stdout, stderr }, options);
  }
}

export async function runLine(
  engine: Engine,
  trace: TraceSink,
  strings: readonly string[],
  values: readonly unknown[],
): Promise<CommandResult> {
  const typed = engine.clock.now();
  const result = await outcomeOf(engine, strings, values);
  trace.emit('', { type: 'command', line: result.traced, exitCode: result.exitCode, typed });
  if (inNotebook()) say(terminalText(result));
  return result;
}

async function outcomeOf(engine: Engine, strings: readonly string[], values: readonly unknown[]): Promise<Outcome> {
  let line: ReturnType<typeof commandLine>;
  try {
    line = commandLine(strings, values);
  } catch (error) {
    return new Outcome(strings.join('...').trim(), { exitCode: UNREADABLE, stdout: '', stderr: `${(error as Error).message}\n` });
  }
  const [tool = '', ...args] = line.words;
  const output = TOOLS.includes(tool) ? await engine.run(tool, args) : commandNotFound(tool);
  return new Outcome(line.text, output, withoutSecrets(line.text, line.words));
}

function terminalText({ line, exitCode, stdout, stderr }: CommandResult): string {
  const output = `${stdout}${stderr}`.trimEnd();
  return [`$ ${line}`, ...(output === '' ? [] : [output]), ...(exitCode === 0 ? [] : [`[exit ${exitCode}]`])].join('\n');
}
