/** Options of a subcommand: `--name value` or `--name=value`, each at most once. */
import { usageError } from './subcommand';

/** The values of the known options by name. Throws CliError on anything else in `args`. */
export function readOptions<Name extends string>(args: readonly string[], known: readonly Name[]): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (let i = 0; i < args.length; i++) {
    const [, written = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[i] as string) ?? [];
    const name = known.find((option) => option === written);
    if (name === undefined) {
      throw usageError(
        `'${args[i]}' is not understood here; known options are ${known.map((option) => `--${option}`).join(', ')}.`,
      );
    }
    if (values[name] !== undefined) throw usageError(`--${name} is given twice.`);
    const value = inline ?? args[++i];
    if (value === undefined) throw usageError(`--${name} needs a value behind it.`);
    values[name] = value;
  }
  return values;
}

/** A whole number in a range. Throws CliError. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw usageError(`--${option} is '${text}'; it must be a whole number from ${least} to ${most}.`);
}
