/**
 * Fingerprints of a program by winnowing (Schleimer, Wilkerson, Aiken: Winnowing: Local Algorithms for Document Fingerprinting,
 * SIGMOD 2003). A program is a row of tokens; each run of RUN tokens has a hash, and of each WINDOW hashes in a row the smallest
 * one is kept. Two programs that have RUN + WINDOW - 1 tokens in a row in common have a fingerprint in common, wherever
 * those stand; what is shorter than RUN tokens is never seen. Comments, spaces, and how a program calls its own things do not
 * count.
 */

const RUN = 12;
const WINDOW = 8;

/** So many tokens in a row that two programs share are always found. */
export const ALWAYS_FOUND: number = RUN + WINDOW - 1;

export interface Fingerprint {
  readonly hash: number;
  /** Lines that the run lies on, from 1. */
  readonly from: number;
  readonly to: number;
}

interface Token {
  readonly text: string;
  readonly line: number;
}

/** What a program is made of, from one place to the next: spaces, a remark, a text in quotes, a number, a name, or one sign. */
const PARTS = {
  space: String.raw`\s+`,
  quoted: String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|${'`'}(?:\\.|[^${'`'}\\])*${'`'}`,
  number: String.raw`\d[\w.]*`,
  name: String.raw`[\p{L}_$][\p{L}\p{N}_$]*`,
};
const SLASHES = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const HASH = String.raw`#[^\n]*`;

function patternWith(remark: string): RegExp {
  const groups = Object.entries({ remark, ...PARTS }).map(([name, part]) => `(?<${name}>${part})`);
  return new RegExp(`${groups.join('|')}|.`, 'gsu');
}

/** By what a file's name ends with, how remarks look. */
const PATTERNS: Readonly<Record<string, RegExp>> = { ts: patternWith(SLASHES), js: patternWith(SLASHES), py: patternWith(HASH) };

/** Words of JavaScript, TypeScript and Python that say what a program does; other names of its own are all the same. */
const WORDS: ReadonlySet<string> = new Set(
  (
    'and as async await break case catch class const continue def del elif else except export extends finally for from ' +
    'function if ' +
    'import in instanceof is lambda let new not null of or pass raise return self switch this throw true try typeof ' +
    'undefined var ' +
    'void while with yield True False None Map Set Promise Buffer Number String JSON Math Date'
  ).split(' '),
);

/** The fingerprints of a program's text. `end`: of its name, such as `ts`; what is not known is read as TypeScript. */
export function fingerprintsOf(text: string, end: string): Fingerprint[] {
  const tokens = tokensOf(text, PATTERNS[end] ?? patternWith(SLASHES));
  const hashes: Fingerprint[] = [];
  for (let at = 0; at + RUN <= tokens.length; at++) {
    const run = tokens.slice(at, at + RUN);
    const lines = { from: run[0]?.line ?? 1, to: run.at(-1)?.line ?? 1 };
    hashes.push({ hash: hashOf(run.map((token) => token.text).join(' ')), ...lines });
  }
  return winnowed(hashes);
}

/** Of each window the smallest hash, of equal ones the last; one that was kept for the window before is not kept twice. */
function winnowed(hashes: readonly Fingerprint[]): Fingerprint[] {
  const kept: Fingerprint[] = [];
  let last = -1;
  for (let at = 0; at + WINDOW <= Math.max(hashes.length, WINDOW); at++) {
    let least = at;
    for (let next = at + 1; next < Math.min(at + WINDOW, hashes.length); next++)
      if ((hashes[next] as Fingerprint).hash <= (hashes[least] as Fingerprint).hash) least = next;
    const found = hashes[least];
    if (found !== undefined && least !== last) kept.push(found);
    last = least;
  }
  return kept;
}

function tokensOf(text: string, pattern: RegExp): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const { 0: found, groups } of text.matchAll(pattern)) {
    const { remark, space, quoted, number, name } = groups ?? {};
    const sameFor = quoted !== undefined ? 'text' : number !== undefined ? 'number' : null;
    const isOwn = name !== undefined && !WORDS.has(name) && tokens.at(-1)?.text !== '.';
    if (remark === undefined && space === undefined) tokens.push({ text: sameFor ?? (isOwn ? 'name' : found), line });
    line += found.split('\n').length - 1;
  }
  // A comma or a semicolon more or less is somebody's taste.
  return tokens.filter((token) => token.text !== ';' && token.text !== ',');
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
