/** The text of a regular expression, read from left to right. A character is an octet of its UTF-8, as in PCRE without UTF. */

export class RegexpError extends Error {
  override readonly name = 'RegexpError';
  constructor(
    /** In PCRE's words. */
    readonly reason: string,
    /** Octets from the beginning. */
    readonly offset: number,
    readonly source: string,
  ) {
    super(`${reason} at ${offset}`);
  }
}

export class Source {
  offset = 0;
  /** Each character is one octet. */
  private readonly octets: string;

  constructor(private readonly text: string) {
    this.octets = Buffer.from(text, 'utf8').toString('latin1');
  }

  get length(): number {
    return this.octets.length;
  }

  get atEnd(): boolean {
    return this.offset >= this.octets.length;
  }

  /** The next character; '' at the end. */
  peek(): string {
    return this.octets.charAt(this.offset);
  }

  next(): string {
    return this.octets.charAt(this.offset++);
  }

  byteAt(offset: number): number {
    return this.octets.charCodeAt(offset);
  }

  /** Takes `what` if it comes next. */
  take(what: string): boolean {
    if (!this.octets.startsWith(what, this.offset)) return false;
    this.offset += what.length;
    return true;
  }

  /** `pattern` begins with `^`. */
  looksAt(pattern: RegExp): RegExpMatchArray | null {
    return pattern.exec(this.octets.slice(this.offset));
  }

  takeMatch(pattern: RegExp): RegExpMatchArray | null {
    const match = this.looksAt(pattern);
    if (match !== null) this.offset += match[0].length;
    return match;
  }

  error(reason: string, offset = this.offset): RegexpError {
    return new RegexpError(reason, offset, this.text);
  }
}
