/**
 * Values in listings, and how each output format writes them. RabbitMQ prints Erlang terms: `[{"k",1}]` in a table, pairs
 * with the wire's type name in JSON (`[["k","byte",1]]`). Measured on 3.10.8.
 */

import { flatTerm, type Term } from './erlang-print';

export type Cell =
  /** A name or text that RabbitMQ keeps as a binary. */
  | string
  | number
  | boolean
  /** A list of words, such as tags. */
  | { readonly list: readonly string[] }
  /** Arguments as plain values; the wire types are those that a JavaScript client gives them. */
  | { readonly table: Readonly<Record<string, unknown>> }
  /** A word of RabbitMQ's own, such as a state. */
  | { readonly atom: string }
  | { readonly pid: string }
  | { readonly pids: readonly string[] }
  | { readonly address: string }
  /** A number that Erlang writes with a point, whole or not. */
  | { readonly float: number }
  /** Erlang's text, in JSON as whatever it is there (default: the text). */
  | { readonly term: string; readonly json?: unknown };

export type Row = Readonly<Record<string, Cell>>;

export function cellText(cell: Cell): string {
  if (typeof cell !== 'object') return String(cell);
  if ('list' in cell) return `[${cell.list.join(', ')}]`;
  if ('table' in cell) return tableText(cell.table);
  if ('pid' in cell) return cell.pid;
  if ('pids' in cell) return `[${cell.pids.join(', ')}]`;
  if ('address' in cell) return cell.address;
  if ('float' in cell) return floatText(cell.float);
  return 'atom' in cell ? cell.atom : cell.term;
}

export function cellCsv(cell: Cell): string {
  return `"${cellText(cell).replaceAll('"', '""')}"`;
}

export function cellJson(cell: Cell): unknown {
  if (typeof cell !== 'object') return cell;
  if ('list' in cell) return cell.list;
  if ('table' in cell) return tableJson(cell.table);
  if ('pid' in cell) return pidJson(cell.pid);
  if ('pids' in cell) return cell.pids.map(pidJson);
  if ('address' in cell) return addressJson(cell.address);
  if ('float' in cell) return cell.float;
  return 'atom' in cell ? cell.atom : (cell.json ?? cell.term);
}

/** For `--formatter erlang`. */
export function cellTerm(cell: Cell): Term {
  if (typeof cell !== 'object') return cell;
  if ('list' in cell) return cell.list.map((atom) => ({ atom }));
  if ('table' in cell) return tableTerm(cell.table);
  if ('atom' in cell) return cell;
  if ('pids' in cell) return cell.pids.map((raw) => ({ raw }));
  return { raw: cellText(cell) };
}

/** For `--formatter pretty_table`: lists without brackets. */
export function cellPlain(cell: Cell): string {
  if (typeof cell !== 'object') return String(cell);
  if ('list' in cell) return cell.list.join('');
  return 'table' in cell ? tableTerm(cell.table).map(flatTerm).join('') : cellText(cell);
}

/** `<node.creation.id.serial>`: JSON shows the node as a number. */
function pidJson(pid: string): string {
  const [id, serial] = pid.replace(/[<>]/g, '').split('.').slice(-2);
  return pid === '' ? '' : `#PID<1.${id}.${serial}>`;
}

function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** The four numbers of IPv4; of IPv6, whose notation is not decimal, the text. */
function addressJson(address: string): unknown {
  return address.includes(':') ? address : address.split('.').map(Number);
}

type Table = Readonly<Record<string, unknown>>;

function tableText(table: Table): string {
  return `[${Object.entries(table)
    .map(([key, value]) => `{${quoted(key)},${valueText(value)}}`)
    .join(',')}]`;
}

function valueText(value: unknown): string {
  if (value === null) return 'undefined';
  if (typeof value === 'string') return quoted(value);
  if (Buffer.isBuffer(value)) return `<<${quoted(value.toString('latin1'))}>>`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`;
  return typeof value === 'object' ? tableText(value as Table) : String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function tableJson(table: Table): unknown {
  return Object.entries(table).map(([key, value]) => [key, wireType(value), valueJson(value)]);
}

function tableTerm(table: Table): Term[] {
  return Object.entries(table).map(([key, value]) => ({ tuple: [key, { atom: wireType(value) }, valueTerm(value)] }));
}

function valueTerm(value: unknown): Term {
  if (value === null) return { atom: 'undefined' };
  if (typeof value === 'bigint') return Number(value);
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map((item) => ({ tuple: [{ atom: wireType(item) }, valueTerm(item)] }));
  return typeof value === 'object' ? tableTerm(value as Table) : (value as Term);
}

function valueJson(value: unknown): unknown {
  if (value === null) return 'undefined';
  if (typeof value === 'bigint') return Number(value);
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  // RabbitMQ's JSON loses all but the last value of each type here.
  if (Array.isArray(value)) return Object.fromEntries(value.map((item) => [wireType(item), valueJson(item)]));
  return typeof value === 'object' ? tableJson(value as Table) : value;
}

/** Largest whole numbers of the types that a client picks for them, smallest type first. */
const WHOLE: ReadonlyArray<readonly [string, number]> = [
  ['byte', 0x80],
  ['short', 0x8000],
  ['signedint', 0x80000000],
];

/** Erlang's name of the type that a JavaScript client gives to a value. */
function wireType(value: unknown): string {
  if (value === null) return 'void';
  if (typeof value === 'string') return 'longstr';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'number') return Number.isInteger(value) ? wholeType(value) : 'double';
  if (Buffer.isBuffer(value)) return 'binary';
  return Array.isArray(value) ? 'array' : 'table';
}

function wholeType(value: number): string {
  return WHOLE.find(([, limit]) => value >= -limit && value < limit)?.[0] ?? 'long';
}
