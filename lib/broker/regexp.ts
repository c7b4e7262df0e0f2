/** Regular expressions of permissions and policies. */
export class RegexpError extends Error {
  override readonly name = 'RegexpError';
  constructor(
    readonly reason: string,
    /** Octets from the beginning. */
    readonly offset: number,
    readonly source: string,
  ) {
    super(`${reason} at ${offset}`);
  }
}

export interface Regexp {
  test(text: string): boolean;
}

export function compileRegexp(source: string): Regexp {
  try {
    return new RegExp(source);
  } catch {
    throw new RegexpError('invalid pattern', source.length, source);
  }
}
