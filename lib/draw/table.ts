/** The same as a table: the text alternative beside every picture, with everything the picture knows, folded items too. */
import { TABLE_RULES } from './sheet';
import { count, escape } from './words';

export interface Table {
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
  /** Further rows that were not even written. */
  readonly more?: number;
}

/** A million queues are not a table any more; what is left out is counted in its last row. */
export const MOST_ROWS = 2000;

/** The table in a `<details>` that is closed at first. Cells are escaped. */
export function detailsTable(table: Table): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const shown = table.rows.slice(0, MOST_ROWS);
  const hidden = table.rows.length - shown.length + (table.more ?? 0);
  const rest = hidden === 0 ? '' : `<tr><td colspan="${table.head.length}">and ${count(hidden, 'more row')}</td></tr>`;
  const body = shown.map((cells) => row(cells, 'td')).join('\n');
  return (
    `<details><summary>The same as a table</summary><section class="wn1 wn1c"><style>\n${TABLE_RULES}\n</style>` +
    `<div class="sc"><table><thead>${row(table.head, 'th')}</thead><tbody>\n${body}${rest}</tbody></table></div>` +
    '</section></details>'
  );
}
