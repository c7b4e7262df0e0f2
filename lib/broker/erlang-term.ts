/**
 * Field values as terms of Erlang, the language of RabbitMQ: how its error texts print them and how it compares them. Clients
 * see both. What is not here is the pretty-printer's breaking of long lists into lines.
 */
import { readText, textBytes, type DecimalValue, type Field, type FieldTable } from '../amqp/field-table';
import type { Json, JsonObject } from './api';

/** The value as `io:format("~p")` prints it: text is a binary, `<<"text">>`; a table is a list of `{key,type,value}`. */
export function printedTerm({ kind, value }: Field): string {
  switch (kind) {
    case 'longstr':
    case 'binary':
      return printedBinary(octets(value as string | Buffer));
    case 'float':
    case 'double':
      return printedFloat(value as number);
    case 'decimal':
      return `{${(value as DecimalValue).scale},${(value as DecimalValue).unscaled}}`;
    case 'void':
      return 'undefined';
    case 'array':
      return `[${(value as readonly Field[]).map((item) => `{${item.kind},${printedTerm(item)}}`).join(',')}]`;
    case 'table':
      return `[${[...(value as FieldTable)].map(([key, item]) => printedEntry(key, item)).join(',')}]`;
    default:
      return String(value);
  }
}

function printedEntry(key: string, item: Field): string {
  return `{${printedBinary(textBytes(key))},${item.kind},${printedTerm(item)}}`;
}

/** The value as `~s` prints it where it is text, else as `~p`. */
export function shownTerm(field: Field): string {
  if (field.kind === 'longstr') return field.value as string;
  if (field.kind === 'binary') return readText(field.value as Buffer, 0, (field.value as Buffer).length);
  return printedTerm(field);
}

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
};

/** As text if every octet is a printable character of Latin-1, else octet by octet. */
export function printedBinary(bytes: Buffer): string {
  if (bytes.length === 0) return '<<>>';
  if (!bytes.every(isPrintable)) return `<<${[...bytes].join(',')}>>`;
  const escaped = Buffer.concat([...bytes].map((byte) => Buffer.from(ESCAPES[byte] ?? [byte])));
  return `<<"${readText(escaped, 0, escaped.length)}">>`;
}

function isPrintable(character: number): boolean {
  return character in ESCAPES || (character >= 32 && character < 127) || (character >= 160 && character < 256);
}

/** The shortest digits that give the number back, with a point; with an exponent where that is shorter, or from 2^53 on. */
function printedFloat(value: number): string {
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const scientific = `${withPoint(digits)}e${Number(exponent)}`;
  if (Math.abs(value) >= 2 ** 53) return scientific;
  const plain = withPoint(decimalDigits(value));
  const signed = Object.is(value, -0) ? `-${plain}` : plain;
  return signed.length <= scientific.length || value === 0 ? signed : scientific;
}

function withPoint(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}

/** JavaScript turns to exponents below 1e-6; so small a number is shorter with one anyway. */
function decimalDigits(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20) : text;
}

/**
 * Erlang's `==`. Numbers are equal by value, an integer and a float too; so are a text and a binary of the same octets. Within
 * tables and arrays the types count as well, for there they are part of the term.
 */
export function equalTerms(a: Field, b: Field): boolean {
  const { value: left } = a;
  const { value: right } = b;
  if (isText(a) && isText(b)) return octets(left as string | Buffer).equals(octets(right as string | Buffer));
  if (isText(a) || isText(b)) return false;
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number of the same value are equal here
  if (isNumber(left) && isNumber(right)) return left == right;
  if (isList(a) && isList(b)) return equalLists(items(a), items(b));
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const [one, other] = [left as DecimalValue, right as DecimalValue];
    return one.scale === other.scale && one.unscaled === other.unscaled;
  }
  return left === right;
}

type Item = readonly [key: string | null, item: Field];

function equalLists(a: readonly Item[], b: readonly Item[]): boolean {
  return (
    a.length === b.length &&
    a.every(([key, item], i) => {
      const [otherKey, other] = b[i] as Item;
      return key === otherKey && item.kind === other.kind && equalTerms(item, other);
    })
  );
}

/** Both are lists to Erlang, so that an empty array and an empty table are the same. */
function items({ kind, value }: Field): readonly Item[] {
  return kind === 'table' ? [...(value as FieldTable)] : (value as readonly Field[]).map((item) => [null, item] as const);
}

function isText({ kind }: Field): boolean {
  return kind === 'longstr' || kind === 'binary';
}

function isList({ kind }: Field): boolean {
  return kind === 'array' || kind === 'table';
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function octets(text: string | Buffer): Buffer {
  return typeof text === 'string' ? textBytes(text) : text;
}

/** A value of JSON as `~p` prints what Erlang's decoder made of it: text is a binary, an object a map with its keys in order. */
export function printedJson(value: Json): string {
  if (typeof value === 'string') return printedBinary(textBytes(value));
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : printedFloat(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return printedJsonList(value as readonly Json[]);
  const entries = sortedEntries(value as JsonObject).map(
    ([key, item]) => `${printedBinary(textBytes(key))} => ${printedJson(item)}`,
  );
  return `#{${entries.join(',')}}`;
}

/** Small whole numbers alone are a string to Erlang. */
function printedJsonList(items: readonly Json[]): string {
  const text = items.length > 0 && items.every((item) => typeof item === 'number' && isPrintable(item));
  if (!text) return `[${items.map(printedJson).join(',')}]`;
  return `"${items.map((item) => ESCAPES[item as number] ?? String.fromCharCode(item as number)).join('')}"`;
}

/** An object as the list of pairs that RabbitMQ makes of it where it stands outermost. */
export function printedPairs(value: JsonObject): string {
  return `[${sortedEntries(value)
    .map(([key, item]) => `{${printedBinary(textBytes(key))},${printedJson(item)}}`)
    .join(',')}]`;
}

/** In the order of Erlang's maps, which is that of the keys' octets. */
export function sortedEntries(value: JsonObject): [string, Json][] {
  return Object.entries(value).sort(([a], [b]) => Buffer.compare(textBytes(a), textBytes(b)));
}
