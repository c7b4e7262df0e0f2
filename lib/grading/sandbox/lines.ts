/** Cuts what comes from a sandbox into lines, and holds no more of it than is allowed: whoever sends it may be hostile. */
export class Lines {
  /** All that came, in octets. */
  octets = 0;
  private held: Buffer[] = [];

  /** Beyond `allowed` octets nothing is read any more. */
  constructor(
    private readonly allowed: number,
    private readonly onLine: (line: string) => void,
  ) {}

  take(chunk: Buffer): void {
    this.octets += chunk.length;
    if (this.octets > this.allowed) {
      this.held = [];
      return;
    }
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.held, rest.subarray(0, end)]).toString();
      this.held = [];
      rest = rest.subarray(end + 1);
      this.onLine(line);
    }
    if (rest.length > 0) this.held.push(rest);
  }
}
