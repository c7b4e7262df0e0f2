/**
 * The `warren` command: a table of subcommands. Exit codes: those of `EXIT`; each but 0 with one sentence that says what to do.
 */
import { VERSION } from '../broker/handshake';
import { AUTHOR_COMMAND } from './author-command';
import { BROKER_COMMAND } from './broker-command';
import { CLASS_COMMAND } from './class-command';
import { EXERCISES_COMMAND } from './exercises-command';
import { GRADE_COMMAND } from './grade-command';
import { HINT_COMMAND } from './hint-command';
import { NODE_COMMAND } from './node-command';
import { PROGRESS_COMMAND } from './progress-command';
import { REPAIR_COMMAND } from './repair-command';
import { REPLAY_COMMAND } from './replay-command';
import { RESET_COMMAND } from './reset-command';
import { SOLUTION_COMMAND } from './solution-command';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';
import { WATCH_COMMAND } from './watch-command';

const HELP_COMMAND: Subcommand = {
  name: 'help',
  usage: '[<command>]',
  description: 'shows how commands are used',
  run: async ([name]) => {
    console.log(name === undefined ? generalHelp() : commandHelp(find(name)));
    return EXIT.ok;
  },
};

const SUBCOMMANDS: readonly Subcommand[] = [
  BROKER_COMMAND,
  NODE_COMMAND,
  EXERCISES_COMMAND,
  RESET_COMMAND,
  WATCH_COMMAND,
  GRADE_COMMAND,
  HINT_COMMAND,
  SOLUTION_COMMAND,
  PROGRESS_COMMAND,
  REPLAY_COMMAND,
  CLASS_COMMAND,
  AUTHOR_COMMAND,
  REPAIR_COMMAND,
  HELP_COMMAND,
];

function find(name: string): Subcommand {
  const found = SUBCOMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  throw usageError(`'${name}' is no command of warren; there are ${SUBCOMMANDS.map((command) => command.name).join(', ')}.`);
}

function generalHelp(): string {
  const lines = SUBCOMMANDS.map(({ name, description }) => `  ${name.padEnd(10)} ${description}`);
  const more = 'warren help <command> shows the options of a command; warren --version the version.';
  return ['Usage: warren <command> [options]', '', ...lines, '', more].join('\n');
}

function commandHelp({ name, usage, description, details = [] }: Subcommand): string {
  const lines = details.map((line) => `  ${line}`);
  return [
    `Usage: warren ${name} ${usage}`,
    '',
    `warren ${name} ${description}.`,
    ...(lines.length > 0 ? ['', ...lines] : []),
  ].join('\n');
}

/** Runs `warren WORDS` and resolves with its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await run(words);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    console.error(`warren: ${error.message}`);
    return error.exitCode;
  }
}

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    console.log(`Warren ${VERSION}`);
    return EXIT.ok;
  }
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(generalHelp());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = find(name);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(commandHelp(command));
    return EXIT.ok;
  }
  return command.run(args);
}
