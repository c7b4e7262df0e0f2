/** Writes the result of a command as `--formatter table` (the default), `json` or `csv` would, into the two output streams. */
import { cellCsv, cellJson, cellText, type Row } from './cells';
import { type Call, type Command, EXIT, type Failure, type Result } from './command';
import { usageLine } from './usage';

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const FORMATTERS = ['table', 'json', 'csv'] as const;
export type Formatter = (typeof FORMATTERS)[number];

/** The banner belongs to the form that people read. */
export function bannerOf(command: Command, call: Call, formatter: Formatter): string {
  const { quiet, silent } = call.options;
  if (formatter !== 'table' || quiet || silent || command.banner === undefined) return '';
  return `${command.banner(call)}\n`;
}

function questionOf({ options }: Call, { asked }: Failure): string {
  return asked === undefined || options.quiet || options.silent ? '' : `${asked}\n`;
}

export function write(command: Command, call: Call, result: Result, formatter: Formatter, argv: readonly string[]): Output {
  const stdout = bannerOf(command, call, formatter);
  switch (result.kind) {
    case 'failed':
      return result.json !== undefined && formatter === 'json'
        ? jsonFailure(result.json, call)
        : failure(command, result, stdout + questionOf(call, result), argv);
    case 'done':
      return ok(stdout + (formatter === 'json' ? `${JSON.stringify({ node: call.nodename, result: 'ok' })}\n` : ''));
    case 'message':
      if (result.aside && (call.options.quiet || call.options.silent)) return ok(stdout);
      return ok(
        stdout + (formatter === 'json' ? `${JSON.stringify(result.json ?? { message: result.text })}\n` : `${result.text}\n`),
      );
    case 'text':
      return ok(stdout + result.text);
    case 'rows':
      return ok(stdout + rows(result, formatter, call));
  }
}

function ok(stdout: string): Output {
  return { exitCode: 0, stdout, stderr: '' };
}

function jsonFailure(message: string, { nodename }: Call): Output {
  const stderr = `${JSON.stringify({ message, node: nodename, result: 'error' })}\n`;
  return { exitCode: EXIT.unavailable, stdout: '', stderr };
}

function failure(command: Command, { exitCode, text, form }: Failure, stdout: string, argv: readonly string[]): Output {
  if (form === 'bare') return { exitCode, stdout, stderr: `${text}\n` };
  if (form === undefined) return { exitCode, stdout, stderr: `Error:\n${text}\n` };
  const given = `Arguments given:\n\t${argv.join(' ')}\n\n`;
  return { exitCode, stdout: '', stderr: `Error (argument validation): ${text}\n${given}${usageLine(command)}` };
}

function rows(result: Extract<Result, { kind: 'rows' }>, formatter: Formatter, { options }: Call): string {
  const { columns, rows, whole } = result;
  if (formatter === 'json') return json(columns, rows, whole === true);
  if (rows.length === 0) return whole === true ? (formatter === 'csv' ? '\r\n\r\n\n' : '\n') : '';
  const cell = formatter === 'csv' ? cellCsv : cellText;
  const separator = formatter === 'csv' ? ',' : '\t';
  const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? '')).join(separator));
  if (!options.silent && !options.noTableHeaders) {
    lines.unshift(columns.map((column) => (formatter === 'csv' ? cellCsv(column) : column)).join(separator));
  }
  return `${lines.join('\n')}\n`;
}

/** One row a line, commas first. */
function json(columns: readonly string[], rows: readonly Row[], whole: boolean): string {
  if (rows.length === 0 && whole) return '[]\n';
  const lines = rows.map((row) =>
    JSON.stringify(Object.fromEntries(columns.map((column) => [column, cellJson(row[column] ?? '')]))),
  );
  return `[\n${lines.map((line, index) => (index === 0 ? line : `,${line}`)).join('\n')}${lines.length > 0 ? '\n' : ''}]\n`;
}
