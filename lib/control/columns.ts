/** Columns of a listing: words, or several in one word with commas between them. */
import { type Call, EXIT, type Failure, failed } from './command';

/** The columns asked for, each once, else the default ones. */
export function columnsOf(args: readonly string[], defaults: readonly string[]): readonly string[] {
  return args.length === 0 ? defaults : [...new Set(args.flatMap((arg) => arg.split(',')))];
}

/** A check that refuses columns which the listing does not have. */
export function unknownColumns(known: readonly string[]): (call: Call) => Failure | null {
  return ({ args }) => {
    const unknown = columnsOf(args, [])
      .filter((column) => !known.includes(column))
      .sort();
    return unknown.length === 0
      ? null
      : failed(EXIT.usage, `Info key(s) ${unknown.join(',')} are not supported`, { form: 'argument' });
  };
}
