/** What a drawing call gives: the picture, as HTML for a page and as SVG for a file. */

/** Where node looks for what it prints of a value. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export class Picture {
  /** The picture with the same as a table below it; a whole element of a page, with its own style. */
  readonly html: string;

  /** `shown`: it stands in the cell already, so printing the value of a cell's last line adds nothing to it. */
  constructor(html: string, shown: boolean) {
    this.html = html;
    Object.defineProperty(this, INSPECT, { value: () => (shown ? '' : `Picture: ${this.name}`) });
  }

  /** The picture alone, as it can be written into an `.svg` file; '' for what is only a table. */
  get svg(): string {
    return /<svg[\s\S]*<\/svg>/.exec(this.html)?.[0] ?? '';
  }

  /** What it says to those who do not see it. */
  get name(): string {
    return /aria-label="([^"]*)"/.exec(this.html)?.[1] ?? '';
  }

  /** The same as `html`. */
  toString(): string {
    return this.html;
  }
}
