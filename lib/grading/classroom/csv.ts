/** CSV as RFC 4180 has it, and harmless in a spreadsheet. */

/** What a spreadsheet would take for a formula (OWASP, CSV injection); a tab or a line end in front leads there as well. */
const FORMULA = /^\s*[=+\-@]|^[\t\r\n]/;

type Cell = string | number | null;

/** Each field quoted; a text that would be a formula gets an apostrophe in front, a number stays one. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = (cell ?? '').replaceAll('\0', '');
  return `"${(FORMULA.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
}

/** The rows of a CSV text, without empty ones; separated by commas, or by semicolons if its first line has more of those. */
export function parseCsv(text: string): string[][] {
  const source = text.replace(/^\ufeff/, '');
  const [head = ''] = source.split('\n', 1);
  const separator = head.split(';').length > head.split(',').length ? ';' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(value.trim());
    if (row.some((cell) => cell !== '')) rows.push(row);
    row = [];
    value = '';
  };
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (quoted && char === '"' && source[i + 1] === '"') {
      value += '"';
      i += 1;
    } else if (char === '"' && (quoted || value.trim() === '')) {
      quoted = !quoted;
      if (quoted) value = '';
    } else if (!quoted && char === separator) {
      row.push(value.trim());
      value = '';
    } else if (!quoted && char === '\n') endRow();
    else value += char;
  }
  endRow();
  return rows;
}
