/**
 * Command lines as they are typed in a terminal, for `lab.sh`: words, quotes and backslashes as in sh. There is no shell
 * behind it: pipes, redirections, variables and several commands in one line are refused with a reason.
 */
import { TOOLS } from './engine';

/** A line that cannot be run as it stands. */
export class ShellError extends Error {
  override readonly name = 'ShellError';
}

export interface CommandLine {
  /** The line with all values in their places, as one would type it. */
  readonly text: string;
  readonly words: readonly string[];
}

/** The line of a template: values become part of a word as they are, whatever characters they have. */
export function commandLine(strings: readonly string[], values: readonly unknown[]): CommandLine {
  // A value stands in the text as one private-use character, so that nothing in it is taken for syntax.
  if (values.length > PLACES) throw new ShellError('A command line has more values than it can have words.');
  const marked = strings.map((part, i) => (i < values.length ? part + String.fromCharCode(FIRST_PLACE + i) : part)).join('');
  const fill = (text: string, quote: (value: string) => string): string =>
    text.replace(PLACE, (mark) => quote(String(values[mark.charCodeAt(0) - FIRST_PLACE])));
  return {
    text: fill(marked.trim(), quoted),
    words: splitWords(marked).map((word) => fill(word, (value) => value)),
  };
}

const FIRST_PLACE = 0xe000;
const PLACES = 0x1000;
const PLACE = /[\ue000-\uefff]/g;

function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** Throws ShellError on what would need a shell. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string;
    if (/\s/.test(c)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (c === "'" || c === '"') {
      const { text, end } = quotedPart(line, i);
      word = (word ?? '') + text;
      i = end;
    } else if (c === '\\') {
      i++;
      // A backslash at the end of a line joins it with the next one.
      if (line[i] !== '\n') word = (word ?? '') + (line[i] ?? '');
    } else if (c === '#' && word === null) {
      break;
    } else if ('|&;<>`'.includes(c) || (c === '$' && /[A-Za-z_({]/.test(line[i + 1] ?? ''))) {
      throw new ShellError(`lab.sh runs one command and knows no '${c}'; put it into quotes if it is meant as it stands.`);
    } else {
      word = (word ?? '') + c;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

/** The quoted part that begins at `from`, and where it ends. */
function quotedPart(line: string, from: number): { text: string; end: number } {
  const mark = line[from] as string;
  let text = '';
  for (let i = from + 1; i < line.length; i++) {
    const c = line[i] as string;
    if (c === mark) return { text, end: i };
    if (c === '\\' && mark === '"' && '"\\$`'.includes(line[i + 1] ?? ' ')) text += line[++i];
    else text += c;
  }
  throw new ShellError(`The quote ${mark} is opened and not closed.`);
}

/** Commands whose words may be names of nodes. */
const NODE_COMMANDS: ReadonlySet<string> = new Set([
  'join_cluster',
  'forget_cluster_node',
  'rename_cluster_node',
  'update_cluster_nodes',
]);

/** Writes the lab's node names as RabbitMQ knows them: `-n rabbit1` as `-n rabbit1@localhost`. */
export function withNodeNames(args: readonly string[], nodes: ReadonlyMap<string, string>): string[] {
  const namesNodes = args.some((word) => NODE_COMMANDS.has(word));
  return args.map((word, i) => {
    const option = /^--node=/.exec(word)?.[0] ?? '';
    const name = nodes.get(word.slice(option.length));
    const named = option !== '' || namesNodes || args[i - 1] === '-n' || args[i - 1] === '--node';
    return named && name !== undefined ? option + name : word;
  });
}

/** What a terminal says of a command that does not exist; also how `lab.sh` answers. */
export function commandNotFound(name: string): { exitCode: number; stdout: string; stderr: string } {
  return { exitCode: 127, stdout: '', stderr: `${name}: command not found. lab.sh runs ${TOOLS.join(', ')}.\n` };
}
