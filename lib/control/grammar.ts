/**
 * The grammar of the command line: options may stand anywhere, with their value in the next word or behind `=`; the first
 * word that is no option names the command. Values are checked for their type only; the command knows what they mean.
 */

/** `number` is a whole number. */
export interface SwitchSpec {
  readonly type: 'flag' | 'text' | 'number';
  readonly short?: string;
}

export interface Options {
  readonly node?: string;
  readonly vhost?: string;
  readonly quiet?: true;
  readonly silent?: true;
  readonly help?: true;
  readonly formatter?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly noTableHeaders?: true;
  /** Checks the line and does nothing. */
  readonly dryRun?: true;
  /** Of the command's own switches, by their long name. */
  readonly own: Readonly<Record<string, string | number | true>>;
}

const GENERAL: Readonly<Record<string, SwitchSpec>> = {
  node: { type: 'text', short: 'n' },
  vhost: { type: 'text', short: 'p' },
  quiet: { type: 'flag', short: 'q' },
  silent: { type: 'flag', short: 's' },
  longnames: { type: 'flag', short: 'l' },
  timeout: { type: 'number', short: 't' },
  formatter: { type: 'text' },
  help: { type: 'flag', short: '?' },
  'dry-run': { type: 'flag' },
  'print-stacktrace': { type: 'flag' },
};

const TABLE_ONLY: Readonly<Record<string, SwitchSpec>> = { 'no-table-headers': { type: 'flag' } };

export interface Parsed {
  /** Words that are no options; the first names the command. */
  readonly words: readonly string[];
  readonly options: Options;
  /** Unknown options and values of the wrong type, as `--timeout : abc`. */
  readonly invalid: readonly string[];
}

/** Reads the words after `rabbitmqctl`, for a command with these switches. */
export function parse(argv: readonly string[], own: Readonly<Record<string, SwitchSpec>> = {}, table = false): Parsed {
  const specs = { ...GENERAL, ...(table ? TABLE_ONLY : {}), ...own };
  const values: Record<string, string | number | true> = {};
  const words: string[] = [];
  const invalid: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (!/^-./.test(word) || NEGATIVE.test(word)) {
      words.push(word);
      continue;
    }
    const [dashed, inline] = splitOnce(word);
    const names = namesOf(dashed, specs);
    if (names === null) {
      invalid.push(...unknown(dashed));
      continue;
    }
    for (const name of names) {
      const spec = specs[name] as SwitchSpec;
      if (spec.type === 'flag') {
        values[name] = true;
        continue;
      }
      const next = inline ?? argv[++i];
      if (next === undefined || (spec.type === 'number' && !/^-?\d+$/.test(next))) invalid.push(`${dashed} : ${next ?? ''}`);
      else values[name] = spec.type === 'number' ? Number(next) : next;
    }
  }
  return { words, options: optionsOf(values), invalid };
}

/** A number is a word. */
const NEGATIVE = /^-\d+(\.\d+)?$/;

function splitOnce(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** `--quiet`, `-q`, or several flags in one word as `-qs`. Null: no such option. */
function namesOf(dashed: string, specs: Readonly<Record<string, SwitchSpec>>): string[] | null {
  if (dashed.startsWith('--')) return Object.hasOwn(specs, dashed.slice(2)) ? [dashed.slice(2)] : null;
  const letters = [...dashed.slice(1)];
  const names = letters.map((letter) => Object.keys(specs).find((name) => specs[name]?.short === letter));
  const known = names.filter((name) => name !== undefined);
  if (known.length !== names.length) return null;
  return known.length === 1 || known.every((name) => specs[name]?.type === 'flag') ? known : null;
}

/** A word of several short options is told letter by letter. */
function unknown(dashed: string): string[] {
  if (dashed.startsWith('--') || dashed.length === 2) return [`${dashed} : `];
  return [...dashed.slice(1)].filter((letter) => /[a-z]/i.test(letter)).map((letter) => `-${letter} : `);
}

function optionsOf(values: Readonly<Record<string, string | number | true>>): Options {
  const {
    node,
    vhost,
    quiet,
    silent,
    help,
    formatter,
    timeout,
    longnames: _longnames,
    'print-stacktrace': _stacktrace,
    'no-table-headers': bare,
    'dry-run': dry,
    ...own
  } = values;
  return {
    ...(node === undefined ? {} : { node: String(node) }),
    ...(vhost === undefined ? {} : { vhost: String(vhost) }),
    ...(quiet === true ? { quiet } : {}),
    ...(silent === true ? { silent } : {}),
    ...(help === true ? { help } : {}),
    ...(formatter === undefined ? {} : { formatter: String(formatter) }),
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
    ...(bare === true ? { noTableHeaders: bare } : {}),
    ...(dry === true ? { dryRun: dry } : {}),
    own,
  };
}
