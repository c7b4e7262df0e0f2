/**
 * RabbitMQ's tools for brokers of this process: the words of a command line in, exit code and both output streams out, as
 * those of RabbitMQ 3.10.8 would give them. The steps, and which of them ends a bad line, are the real one's: find the
 * command, read its options, count and check its arguments, reach the node, see whether it runs, print the banner, run.
 */
import {
  type Call,
  type Command,
  EXIT,
  type Failure,
  failed,
  type Need,
  type Result,
  TOOL_NAMES,
  type ToolName,
} from './command';
import { commandsOf, findCommand, notFound } from './commands/all';
import { type Parsed, parse } from './grammar';
import { FORMATTERS, type Output, write } from './output';
import { type ControlNode, type ControlTarget, findNode } from './target';
import { unreachableText } from './unreachable';
import { commandHelp, generalHelp, nearest } from './usage';

/** What a command line reads of the tool's standard input. */
export function inputWanted(tool: ToolName, argv: readonly string[]): 'line' | 'all' | null {
  const [name = ''] = parse(argv).words;
  const command = findCommand(tool, name);
  if (command?.reads === undefined) return null;
  const { words, options, invalid } = parseFor(command, argv);
  return options.help || invalid.length > 0 ? null : command.reads({ args: words.slice(1) });
}

/** Runs `TOOL WORDS`. Never rejects for what the line says. */
export async function runTool(tool: string, argv: readonly string[], target: ControlTarget): Promise<Output> {
  const known = TOOL_NAMES.find((name) => name === tool);
  if (known !== undefined) return runKnown(known, argv, target);
  const stderr = `${tool} has nothing to say to this broker yet; on a real RabbitMQ (WARREN_ENGINE=rabbitmq) it does.\n`;
  return { exitCode: EXIT.unavailable, stdout: '', stderr };
}

async function runKnown(tool: ToolName, argv: readonly string[], target: ControlTarget): Promise<Output> {
  const [name] = parse(argv).words;
  if (name === undefined) return general(tool, argv);
  const command = findCommand(tool, name);
  if (command === undefined) return unknownCommand(tool, name);
  const { words, options, invalid } = parseFor(command, argv);
  const nodename = nodenameOf(target, options.node);
  const call: Call = { tool, target, args: words.slice(1), options, vhost: options.vhost ?? '/', nodename };
  const formatter = FORMATTERS.find((known) => known === options.formatter);
  const form = formatter ?? command.formatter ?? 'table';
  const answer = (result: Result): Output => write(command, call, result, form, argv);
  if (invalid.length > 0) return answer(refused(`Invalid options for this command:\n${invalid.join('\n')}`));
  if (options.help) return { exitCode: EXIT.ok, stdout: commandHelp(command, tool), stderr: '' };
  if (formatter === undefined && options.formatter !== undefined)
    return answer(refused(`Formatter ${options.formatter} is not known; it can be ${FORMATTERS.join(', ')}`));
  const [least, most] = command.args;
  if (call.args.length < least) return answer(refused('not enough arguments.'));
  if (call.args.length > most) return answer(refused('too many arguments.'));
  const wrong = command.check?.(call) ?? null;
  if (wrong !== null) return write({ ...command, banner: () => null }, call, wrong, form, argv);
  const result = options.dryRun ? DRY_RUN : await run(command, call);
  if (result !== null) return answer(result);
  // What can be asked of any node announces itself before it finds that there is none.
  const { banner = () => null, ...silent } = command;
  const announced = needOf(command, call) === 'any' ? { ...silent, banner } : silent;
  const text = unreachableText(target, nodename).trimEnd();
  return write(announced, call, failed(EXIT.unavailable, text, { form: 'bare' }), form, argv);
}

/** Other formatters than the default one know nothing of headings. */
function parseFor({ switches, table }: Command, argv: readonly string[]): Parsed {
  const parsed = parse(argv, switches, table);
  const { formatter = 'table' } = parsed.options;
  return formatter === 'table' ? parsed : parse(argv, switches);
}

const DRY_RUN: Result = { kind: 'text', text: '' };

function refused(text: string): Failure {
  return failed(EXIT.usage, text, { form: 'argument' });
}

/** Null: the node does not answer. */
async function run(command: Command, call: Call): Promise<Result | null> {
  if (command.local !== undefined) return await command.local(call);
  const node = findNode(call.target, call.options.node);
  if (node === null) return null;
  const need = needOf(command, call);
  if (!answers(node) && !(hasEnded(node) && (need === 'ended' || need === 'not running'))) return null;
  const unfit = environmentError(need, node);
  if (unfit !== null) return unfit;
  const result = await runOn(command, call, node);
  if (command.changes) await node.cluster?.settled();
  if (result.kind !== 'failed' && command.logs !== undefined) node.log?.write('info', command.logs(call));
  return result;
}

function needOf({ needs = 'running' }: Command, call: Call): Need {
  return typeof needs === 'function' ? needs(call) : needs;
}

function answers({ broker, appStopped }: ControlNode): boolean {
  return broker !== null || appStopped === true;
}

/** Without its folder nothing can be done to it. */
function hasEnded(node: ControlNode): boolean {
  return node.cluster !== undefined && !answers(node) && node.booting !== true && node.processRuns !== true;
}

function runOn(command: Command, call: Call, node: ControlNode): Result | Promise<Result> {
  if (command.act !== undefined) return command.act({ ...call, node });
  const { broker } = node;
  if (broker === null || command.run === undefined)
    throw new Error(`${command.name} says no way to run with a stopped application`);
  return command.run({ ...call, node, broker });
}

/** What is said where the node is not as it must be. */
const UNFIT: Readonly<Record<Need, string>> = {
  any: '',
  running: "this command requires the 'rabbit' app to be running on the target node. Start it with 'rabbitmqctl start_app'.",
  stopped: "this command requires the 'rabbit' app to be stopped on the target node. Stop it with 'rabbitmqctl stop_app'.",
  'not running': "this command requires the 'rabbit' app to be stopped on the target node. Stop it with 'rabbitmqctl stop_app'.",
  ended: 'this command requires the target node to be stopped.',
};

function environmentError(need: Need, node: ControlNode): Failure | null {
  const fit = need === 'any' || (need === 'ended' ? !answers(node) : (need === 'running') === (node.broker !== null));
  return fit ? null : failed(EXIT.usage, UNFIT[need], { form: 'environment' });
}

function nodenameOf(target: ControlTarget, name: string | undefined): string {
  const node = findNode(target, name);
  if (node !== null) return node.nodename;
  return name === undefined || name.includes('@') ? `${name}` : `${name}@localhost`;
}

function general(tool: ToolName, argv: readonly string[]): Output {
  const help = generalHelp(commandsOf(tool), tool);
  return parse(argv).options.help
    ? { exitCode: EXIT.ok, stdout: help, stderr: '' }
    : { exitCode: EXIT.usage, stdout: '', stderr: help };
}

function unknownCommand(tool: ToolName, name: string): Output {
  const commands = commandsOf(tool);
  const text = notFound(tool, name);
  const stderr = nearest(name, commands) === null ? `${text} \n${generalHelp(commands, tool)}` : `${text}\n`;
  return { exitCode: EXIT.usage, stdout: '', stderr };
}
