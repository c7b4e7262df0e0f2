/** What the tool says about itself: usage lines, help, and what it answers to a command that does not exist. */
import { GROUPS, type Command, type ToolName } from './command';

/** RabbitMQ's tools print headings in bold, also into a pipe. */
export function bold(text: string): string {
  return `\x1b[1m${text}\x1b[0m`;
}

export function usageLine(command: Command, tool: ToolName): string {
  const words = command.usage === '' ? command.name : `${command.name} ${command.usage}`;
  return `${bold('Usage')}\n\n${tool} [--node <node>] [--longnames] [--quiet] ${words}\n`;
}

export function commandHelp(command: Command, tool: ToolName): string {
  return `\n${usageLine(command, tool)}\n${command.description}.\n\n${GENERAL_OPTIONS}`;
}

const GENERAL_OPTIONS = `
${bold('General Options')}

short     | long               | meaning
----------|--------------------|----------------------------------------------
-n <node> | --node <node>      | the node to talk to
-p <vhost>| --vhost <vhost>    | the virtual host, where the command has one
-t <n>    | --timeout <n>      | seconds that the command may take
-q        | --quiet            | results only
-s        | --silent           | results only, and no table headings
-?        | --help             | this text
          | --formatter <name> | table, pretty_table, json, csv or erlang
`;

/** The commands there are, by group, one a line. */
export function commandList(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 1;
  return GROUPS.map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, description }) => `   ${name.padEnd(width)} ${description}`);
    return lines.length === 0 ? '' : `${bold(group)}:\n\n${lines.join('\n')}\n\n`;
  }).join('');
}

export function generalHelp(commands: readonly Command[], tool: ToolName): string {
  const usage = `${tool} [--node <node>] [--timeout <timeout>] [--longnames] [--quiet] <command> [<command options>]`;
  const hint = `Use '${tool} help <command>' to learn more about a specific command\n`;
  return `\n${bold('Usage')}\n\n${usage}\n\nAvailable commands:\n\n${commandList(commands)}${hint}`;
}

/** Names at least so alike (Jaro similarity) are offered as what was meant. */
const ALIKE = 0.8;

/** The command that was probably meant, or null. */
export function nearest(name: string, commands: readonly Command[]): string | null {
  let best: { name: string; likeness: number } = { name: '', likeness: 0 };
  for (const command of commands) {
    const likeness = jaro(name, command.name);
    if (likeness > best.likeness) best = { name: command.name, likeness };
  }
  return best.likeness > ALIKE ? best.name : null;
}

/** Jaro similarity, 0 to 1: shared letters that stand near each other, less those in another order. */
function jaro(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const usedOfB = new Set<number>();
  const matchedOfA: string[] = [];
  for (let i = 0; i < a.length; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j++) {
      if (usedOfB.has(j) || a[i] !== b[j]) continue;
      usedOfB.add(j);
      matchedOfA.push(a[i] as string);
      break;
    }
  }
  const shared = matchedOfA.length;
  if (shared === 0) return 0;
  const matchedOfB = [...usedOfB].sort((x, y) => x - y).map((j) => b[j]);
  const outOfOrder = matchedOfA.filter((letter, index) => letter !== matchedOfB[index]).length / 2;
  return (shared / a.length + shared / b.length + (shared - outOfOrder) / shared) / 3;
}
