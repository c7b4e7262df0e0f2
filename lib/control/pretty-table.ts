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
  const line = (cells: readonly string[]): string =>
    `${drawn('x')}${widths.map((width, i) => ` ${padded(cells[i] ?? '', width)} ${drawn('x')}`).join('')}`;
  const body = [columns.map(bold), ...rows].map(line);
  return `${[rule('l', 'w', 'k'), body.join(`\n${rule('t', 'n', 'u')}\n`), rule('m', 'v', 'j')].join('\n')}\n`;
}

/** Escape sequences take no room. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - text.replaceAll(bold(''), '').replace(/\x1b\[\d+m/g, '').length));
}
