/**
 * `rabbitmqctl` for brokers of this process: the words of a command line in, exit code and both output streams out, as
 * RabbitMQ 3.10.8 would give them. The steps, and which of them ends a bad line, are the real one's: find the command,
 * read its options, count and check its arguments, reach the node, print the banner, run.
 */
import { type Call, type Command, EXIT, type Result } from './command';
import { COMMANDS, findCommand, notFound } from './commands/all';
import { parse } from './grammar';
import { FORMATTERS, type Formatter, type Output, write } from './output';
import { type ControlTarget, findNode } from './target';
import { commandHelp, generalHelp, nearest, usageLine } from './usage';

/** Runs `rabbitmqctl WORDS`. Never throws for what the line says. */
export function rabbitmqctl(argv: readonly string[], target: ControlTarget): Output {
  const [name] = parse(argv).words;
  if (name === undefined) return general(argv);
  const command = findCommand(name);
  if (command === undefined) return unknownCommand(name);
  const { words, options, invalid } = parse(argv, command.switches, command.table);
  const refuse = (text: string): Output => ({ exitCode: EXIT.usage, stdout: '', stderr: refusal(command, text, argv) });
  if (invalid.length > 0) return refuse(`Invalid options for this command:\n${invalid.join('\n')}`);
  if (options.help) return { exitCode: EXIT.ok, stdout: commandHelp(command), stderr: '' };
  const formatter = formatterOf(options.formatter);
  if (formatter === null) return refuse(`Formatter ${options.formatter} is not known; it can be ${FORMATTERS.join(', ')}`);
  const args = words.slice(1);
  const [least, most] = command.args;
  if (args.length < least) return refuse('not enough arguments.');
  if (args.length > most) return refuse('too many arguments.');
  const nodename = nodenameOf(target, options.node);
  const call: Call = { target, args, options, vhost: options.vhost ?? '/', nodename };
  const wrong = command.check?.(call) ?? null;
  const result = wrong ?? run(command, call);
  return result === null ? unreachable(target, nodename) : write(command, call, result, formatter, argv);
}

/** Null: the node does not answer. */
function run(command: Command, call: Call): Result | null {
  if (command.local !== undefined) return command.local(call);
  const node = findNode(call.target, call.options.node);
  const broker = node?.broker ?? null;
  if (node === null || broker === null || command.run === undefined) return null;
  return command.run({ ...call, node, broker });
}

function formatterOf(name = 'table'): Formatter | null {
  return FORMATTERS.find((formatter) => formatter === name) ?? null;
}

function nodenameOf(target: ControlTarget, name: string | undefined): string {
  const node = findNode(target, name);
  if (node !== null) return node.nodename;
  return name === undefined || name.includes('@') ? `${name}` : `${name}@localhost`;
}

function general(argv: readonly string[]): Output {
  const help = generalHelp(COMMANDS);
  return parse(argv).options.help
    ? { exitCode: EXIT.ok, stdout: help, stderr: '' }
    : { exitCode: EXIT.usage, stdout: '', stderr: help };
}

function unknownCommand(name: string): Output {
  const stderr = nearest(name, COMMANDS) === null ? `${notFound(name)} \n${generalHelp(COMMANDS)}` : `${notFound(name)}\n`;
  return { exitCode: EXIT.usage, stdout: '', stderr };
}

function refusal(command: Command, text: string, argv: readonly string[]): string {
  return `Error (argument validation): ${text}\nArguments given:\n\t${argv.join(' ')}\n\n${usageLine(command)}`;
}

function unreachable(target: ControlTarget, nodename: string): Output {
  const nodes = target.nodes.map((node) => `  * ${node.nodename}${node.broker === null ? ' does not answer' : ' is running'}`);
  const stderr =
    `Error: unable to perform an operation on node '${nodename}'. Please see diagnostics information and suggestions below.\n\n` +
    `attempted to contact: [${nodename}]\n\nThe nodes here:\n${nodes.join('\n')}\n\n` +
    'Name one that is running with -n, or start the node.\n';
  return { exitCode: EXIT.unavailable, stdout: '', stderr };
}
