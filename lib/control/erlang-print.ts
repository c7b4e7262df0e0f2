/**
 * Erlang terms as `io:format("~p")` prints them within 80 columns: what fits stays on one line; else each element of a list or
 * tuple stands on a line of its own, but for simple ones, which fill lines; the elements behind the name of a tagged tuple stand
 * in its column, or 4 further than the tuple where that would not fit.
 */

export type Term =
  | { readonly atom: string }
  /** Erlang's text as it stands. */
  | { readonly raw: string }
  | { readonly tuple: readonly Term[] }
  | number
  | boolean
  /** A binary. */
  | string
  | readonly Term[];

const WIDTH = 80;
/** How far elements behind a tag stand from their tuple: as far as the tag is long, 4, 1. */
const TAG_INDENTS = [Number.POSITIVE_INFINITY, 4, 1];

export function printTerm(term: Term): string {
  let text = '';
  for (const tagIndent of TAG_INDENTS) {
    text = laidOut(term, 0, 0, tagIndent);
    if (text.split('\n').every((line) => line.length <= WIDTH)) break;
  }
  return text;
}

/** On one line. */
export function flatTerm(term: Term): string {
  if (typeof term === 'string') return binary(term);
  if (typeof term === 'boolean') return String(term);
  if (typeof term === 'number') return String(term);
  if (isList(term)) return `[${term.map(flatTerm).join(',')}]`;
  if ('atom' in term) return atom(term.atom);
  return 'raw' in term ? term.raw : `{${term.tuple.map(flatTerm).join(',')}}`;
}

/** `column`: where it begins; `behind`: characters that follow it on its last line. */
function laidOut(term: Term, column: number, behind: number, tagIndent: number): string {
  const flat = flatTerm(term);
  if (column + flat.length + behind <= WIDTH || isSimple(term)) return flat;
  if (isList(term)) return `[${elements(term, column + 1, behind + 1, tagIndent)}]`;
  const { tuple } = term as { readonly tuple: readonly Term[] };
  const [tag, ...rest] = tuple;
  if (typeof tag !== 'object' || !('atom' in tag) || rest.length === 0)
    return `{${elements(tuple, column + 1, behind + 1, tagIndent)}}`;
  const name = atom(tag.atom);
  const inline = name.length + 2 <= tagIndent;
  const inner = column + (inline ? name.length + 2 : tagIndent);
  return `{${name},${inline ? '' : newLine(inner)}${elements(rest, inner, behind + 1, tagIndent)}}`;
}

function elements(terms: readonly Term[], column: number, behind: number, tagIndent: number): string {
  let text = '';
  let at = column;
  terms.forEach((term, i) => {
    const last = i === terms.length - 1;
    const printed = laidOut(term, column, last ? behind : 1, tagIndent);
    const previous = terms[i - 1];
    const fills = previous !== undefined && isSimple(previous) && isSimple(term);
    if (i > 0) {
      const stays = fills && at + 1 + printed.length + (last ? behind : 1) <= WIDTH;
      text += stays ? ',' : `,${newLine(column)}`;
      at = stays ? at + 1 : column;
    }
    text += printed;
    at += printed.length;
  });
  return text;
}

function newLine(column: number): string {
  return `\n${' '.repeat(column)}`;
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

function isSimple(term: Term): boolean {
  return isList(term) ? term.length === 0 : typeof term !== 'object' || !('tuple' in term);
}

function atom(name: string): string {
  return /^[a-z][\w@]*$/.test(name) ? name : `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function binary(text: string): string {
  return text === '' ? '<<>>' : `<<"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}">>`;
}
