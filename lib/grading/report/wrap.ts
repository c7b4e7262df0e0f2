/** Lines of a report that are as long as a page is wide. */

/** However wide the terminal is: longer lines are hard to read. */
const COLUMNS_MOST = 100;
const COLUMNS_LEAST = 40;

/**
 * Breaks lines that are longer than the terminal is wide, between words; what goes on is indented as its line is. A word that is
 * longer than a line stays whole, so that it can be copied.
 */
export function wrapped(text: string, columns: number = columnsOf(process.stdout)): string {
  return text
    .split('\n')
    .flatMap((line) => brokenUp(line, columns))
    .join('\n');
}

function columnsOf({ columns = COLUMNS_MOST }: { readonly columns?: number }): number {
  return Math.max(COLUMNS_LEAST, Math.min(COLUMNS_MOST, columns));
}

function brokenUp(line: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  const [indent = ''] = /^\s*/.exec(line) ?? [];
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === '' ? `${indent}${word}` : `${current} ${word}`;
    if (current !== '' && longer.length > columns) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}
