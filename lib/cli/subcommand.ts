/** What a subcommand of `warren` is, and how one says that it was called wrongly or could not do its work. */

export interface Subcommand {
  readonly name: string;
  /** Behind the name in the usage line. */
  readonly usage: string;
  /** One line without a full stop. */
  readonly description: string;
  /** Lines about the options. */
  readonly details?: readonly string[];
  /** Resolves with the exit code when the work is done. Throws CliError. */
  run(args: readonly string[]): Promise<number>;
}

/** sysexits.h; `failed` is a disk that failed under a node. */
export const EXIT = { ok: 0, failed: 1, usage: 64, damaged: 65, noInput: 66, unavailable: 69, configuration: 78 } as const;

/** One sentence for the person who typed the command. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}
