/**
 * Writes the result of a command in the form that `--formatter` names, into the two output streams: `table` (the default),
 * `pretty_table`, `json`, `csv`, `erlang`.
 */
import { cellCsv, cellJson, cellPlain, cellTerm, cellText, type Row } from './cells';
import { type Call, type Command, EXIT, type Failure, type Result } from './command';
import { printTerm, type Term } from './erlang-print';
import { prettyTable } from './pretty-table';
import { usageLine } from './usage';

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Rows = Extract<Result, { kind: 'rows' }>;
type Message = Extract<Result, { kind: 'message' }>;

interface Form {
  /** Forms for programs have no banner. */
  readonly banner: boolean;
  readonly message: (message: Message) => Output;
  readonly rows: (rows: Rows, call: Call) => string;
  readonly done: (call: Call) => string;
  readonly text: (text: string, json: unknown) => string;
}

const asIs = (text: string): string => text;
const nothing = (): string => '';

const FORMS = {
  table: {
    banner: true,
    message: ({ text }) => ok(`${text}\n`),
    rows: (rows, call) => table(rows, call, '\t', cellText),
    done: nothing,
    text: asIs,
  },
  json: {
    banner: false,
    message: ({ text, json = { message: text } }) => ok(`${JSON.stringify(json)}\n`),
    rows: json,
    done: ({ nodename }) => `${JSON.stringify({ node: nodename, result: 'ok' })}\n`,
    text: (text, json) => (json === undefined ? text : `${JSON.stringify(json)}\n`),
  },
  csv: {
    banner: false,
    message: notEnumerable,
    rows: (rows, call) => table(rows, call, ',', cellCsv),
    done: nothing,
    text: asIs,
  },
  pretty_table: {
    banner: true,
    message: ({ text }) => ok(prettyTable(['Output'], [[text]])),
    rows: pretty,
    done: nothing,
    text: asIs,
  },
  erlang: {
    banner: true,
    message: ({ text }) => ok(`${printTerm(text)}\n`),
    rows: (rows) => `${printTerm(termOf(rows))}\n`,
    done: nothing,
    text: asIs,
  },
} as const satisfies Readonly<Record<string, Form>>;

export type Formatter = keyof typeof FORMS;
export const FORMATTERS = Object.keys(FORMS) as readonly Formatter[];

export function write(command: Command, call: Call, result: Result, formatter: Formatter, argv: readonly string[]): Output {
  const form: Form = FORMS[formatter];
  const stdout = bannerOf(command, call, form) + questionOf(command, call);
  switch (result.kind) {
    case 'failed':
      return result.json !== undefined && formatter === 'json'
        ? jsonFailure(result.json, call)
        : failure(command, result, stdout + (result.said ?? ''), call, argv);
    case 'done':
      return ok(stdout + form.done(call));
    case 'message': {
      if (result.aside && isQuiet(call)) return ok(stdout);
      const output = form.message(result);
      return { ...output, stdout: stdout + output.stdout };
    }
    case 'text':
      return { ...ok(stdout + form.text(result.text, result.json)), stderr: result.warning ?? '' };
    case 'rows':
      return ok(stdout + form.rows(result, call));
  }
}

function bannerOf(command: Command, call: Call, form: Form): string {
  const banner = form.banner && !isQuiet(call) ? (command.banner?.(call) ?? null) : null;
  return banner === null ? '' : `${banner}\n`;
}

function isQuiet({ options: { quiet, silent } }: Call): boolean {
  return quiet === true || silent === true;
}

/** In every format. */
function questionOf(command: Command, call: Call): string {
  return command.reads?.(call) === 'line' && !isQuiet(call) ? 'Password: \n' : '';
}

function ok(stdout: string): Output {
  return { exitCode: 0, stdout, stderr: '' };
}

/** The real tool wants rows here and falls over a line. */
function notEnumerable({ text }: Message): Output {
  const stderr = `%Protocol.UndefinedError{protocol: Enumerable, value: ${JSON.stringify(text)}, description: ""}\n\n`;
  return { exitCode: EXIT.software, stdout: '', stderr };
}

function jsonFailure(json: NonNullable<Failure['json']>, { nodename }: Call): Output {
  const told = typeof json === 'string' ? { message: json, node: nodename, result: 'error' } : json;
  return { exitCode: EXIT.unavailable, stdout: '', stderr: `${JSON.stringify(told)}\n` };
}

function failure(
  command: Command,
  { exitCode, text, form }: Failure,
  stdout: string,
  call: Call,
  argv: readonly string[],
): Output {
  if (form === 'bare') return { exitCode, stdout, stderr: `${text}\n` };
  if (form === undefined) return { exitCode, stdout, stderr: `Error:\n${text}\n` };
  const heading = form === 'argument' ? 'Error (argument validation): ' : 'Error: ';
  const given = `Arguments given:\n\t${argv.join(' ')}\n\n`;
  return { exitCode, stdout: '', stderr: `${heading}${text}\n${given}${usageLine(command, call.tool)}` };
}

function table({ columns, rows, whole, bare }: Rows, { options }: Call, separator: string, write: typeof cellText): string {
  if (rows.length === 0) return whole !== true ? '' : separator === ',' ? '\r\n\r\n\n' : '\n';
  const lines = rows.map((row) => columns.map((column) => write(row[column] ?? '')).join(separator));
  if (!options.silent && !options.noTableHeaders && bare !== true)
    lines.unshift(columns.map((column) => write(column)).join(separator));
  return `${lines.join('\n')}\n`;
}

function termOf({ columns, rows }: Rows): Term {
  return rows.map((row) => columns.map((column) => ({ tuple: [{ atom: column }, cellTerm(row[column] ?? { atom: '' })] })));
}

function pretty({ columns, rows, whole }: Rows): string {
  if (rows.length === 0) return whole === true ? prettyTable(['Output'], [['[]']]) : '';
  return prettyTable(
    columns,
    rows.map((row) => columns.map((column) => cellPlain(row[column] ?? ''))),
  );
}

/** One row a line, commas first. */
function json({ columns, rows, whole }: Rows): string {
  if (rows.length === 0 && whole === true) return '[]\n';
  const lines = rows.map((row) =>
    JSON.stringify(Object.fromEntries(columns.map((column) => [column, cellJson((row as Row)[column] ?? '')]))),
  );
  return `[\n${lines.map((line, index) => (index === 0 ? line : `,${line}`)).join('\n')}${lines.length > 0 ? '\n' : ''}]\n`;
}
