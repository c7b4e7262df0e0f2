/** Rows in a drawn frame, as `--formatter pretty_table` prints them: VT100 line-drawing characters, headings in bold. */
import { bold } from './usage';

/** Switches the terminal to its line-drawing characters and back. */
function drawn(text: string): string {
  return `\x1b(0${text}\x1b(B`;
}

export function prettyTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => (row[i] ?? '').length)));
  const rule = (left: string, cross: string, right: string): string =>
    drawn(`${left}${widths.map((width) => 'q'.repeat(width + 2)).join(cross)}${right}`);
  const line = (cells: readonly string[], form: (text: string) => string): string =>
    `${drawn('x')}${widths.map((width, i) => ` ${padded(cells[i] ?? '', width, form)} ${drawn('x')}`).join('')}`;
  const body = [line(columns, bold), ...rows.map((row) => line(row, (text) => text))];
  return `${[rule('l', 'w', 'k'), body.join(`\n${rule('t', 'n', 'u')}\n`), rule('m', 'v', 'j')].join('\n')}\n`;
}

/** The text in so many columns, perhaps in bold. */
function padded(text: string, width: number, form: (text: string) => string): string {
  return form(text) + ' '.repeat(Math.max(0, width - text.length));
}
