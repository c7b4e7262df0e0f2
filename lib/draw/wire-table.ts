/** A captured conversation, frame by frame, as an HTML card: what went over the wire, with the bytes on demand. */
import { SHEET_RULES, TABLE_RULES } from './sheet';
import { clock, commas, count, escape, visible } from './words';

export interface WireRow {
  /** Lab time in milliseconds. */
  readonly at: number;
  readonly direction: 'client→broker' | 'broker→client';
  readonly channel: number;
  /** Method (`basic.publish`) or kind of frame (`header`, `body`, `heartbeat`, `protocol header`). */
  readonly name: string;
  /** The fields in words. */
  readonly detail: string;
  /** Size of the whole frame. */
  readonly bytes: number;
  /** The frame as hexadecimal digits; spaces do not matter. */
  readonly hex?: string;
}

const MOST_FRAMES = 200;
/** Bytes of a frame that its dump shows, and characters all dumps together may take. */
const MOST_DUMPED = 256;
const DUMP_BUDGET = 24_000;

const RULES = [
  '{box-sizing:border-box;border:1px solid var(--wn-r);border-radius:10px;overflow:hidden;padding:0 0 10px;' +
    'font:13px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}',
  ' .ttl{padding:12px 16px;font-size:15px;font-weight:600;border-bottom:1px solid var(--wn-r)}',
  ' .sc{padding:4px 16px 0}',
  ' table{width:100%}',
  // Also of what is inside, which the rules of tables let wrap: a name would break at its hyphen.
  ' .way{white-space:nowrap}',
  ' .way code{white-space:nowrap}',
  // Field tables are long words without a blank.
  ' .fld{overflow-wrap:anywhere}',
  ' .s2{color:var(--wn-j)}',
  ' .ft{padding:8px 16px 0;font-size:12px;color:var(--wn-j)}',
  ' summary{cursor:pointer;color:var(--wn-j)}',
  ' pre{margin:4px 0;padding:6px 8px;overflow-x:auto;font-size:11px;line-height:1.45;background:none;color:var(--wn-i);' +
    'border:1px solid var(--wn-r);border-radius:4px}',
]
  .map((rule) => `section.wn1.wn1c${rule}`)
  .join('\n');

/** Sixteen bytes a line: offset, digits, and what is printable. */
export function hexDump(hex: string, most = MOST_DUMPED): string {
  const digits = hex.replace(/[^0-9a-f]/gi, '').toLowerCase();
  const bytes = digits.match(/../g) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const row = bytes.slice(at, Math.min(at + 16, most));
    const printable = row
      .map((byte) => Number.parseInt(byte, 16))
      .map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.'));
    const left = row.slice(0, 8).join(' ').padEnd(23);
    const right = row.slice(8).join(' ').padEnd(23);
    lines.push(`${at.toString(16).padStart(4, '0')}  ${left}  ${right}  ${printable.join('')}`);
  }
  if (bytes.length > most) lines.push(`and ${count(bytes.length - most, 'more byte')}`);
  return lines.join('\n');
}

/**
 * Draws decoded frames as a table: time, direction, channel, method or kind of frame, fields, size. Of more than 200 frames
 * the rest is counted by name.
 */
export function wireTable(rows: readonly WireRow[], title = 'What went over the wire'): string {
  const shown = rows.slice(0, MOST_FRAMES);
  let budget = DUMP_BUDGET;
  const body = shown.map((row) => {
    const dump = row.hex === undefined || budget <= 0 ? '' : hexDump(row.hex);
    budget -= dump.length;
    return tableRow(row, dump);
  });
  const hidden = rows.slice(MOST_FRAMES);
  if (hidden.length > 0)
    body.push(`<tr><td colspan="6" class="s2">and ${count(hidden.length, 'more frame')}: ${escape(tally(hidden))}</td></tr>`);
  const heads = ['time', 'way', 'channel', 'frame', 'fields', 'bytes'];
  const head = heads.map((name) => `<th${name === 'bytes' || name === 'channel' ? ' class="n"' : ''}>${name}</th>`).join('');
  return [
    `<section class="wn1 wn1c" aria-label="${escape(visible(title))}: ${sums(rows)}">`,
    `<style>\n${SHEET_RULES}\n${TABLE_RULES}\n${RULES}\n</style>`,
    `<div class="ttl">${escape(visible(title))}</div>`,
    `<div class="sc"><table><thead><tr>${head}</tr></thead><tbody>`,
    ...body,
    '</tbody></table></div>',
    `<div class="ft">${sums(rows)}</div></section>`,
  ].join('\n');
}

function tableRow(row: WireRow, dump: string): string {
  const way = row.direction === 'client→broker' ? 'client → broker' : 'client ← broker';
  const bytes = dump === '' ? '' : `<details><summary>as bytes</summary><pre>${escapeLines(dump)}</pre></details>`;
  const cells = [
    `<td><code>${clock(row.at)}</code></td>`,
    `<td class="way">${way}</td>`,
    `<td class="n">${commas(row.channel)}</td>`,
    `<td class="way"><code>${escape(visible(row.name))}</code></td>`,
    `<td class="fld">${escape(visible(row.detail))}${bytes}</td>`,
    `<td class="n">${commas(row.bytes)}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function escapeLines(text: string): string {
  return text.split('\n').map(escape).join('\n');
}

function tally(rows: readonly WireRow[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.name, (counts.get(row.name) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.map(([name, number]) => `${commas(number)} ${visible(name)}`).join(', ');
}

function sums(rows: readonly WireRow[]): string {
  const bytes = (direction: WireRow['direction']): number =>
    rows.reduce((all, row) => (row.direction === direction ? all + row.bytes : all), 0);
  const [there, back] = [bytes('client→broker'), bytes('broker→client')];
  return `${count(rows.length, 'frame')}: ${count(there, 'byte')} to the broker, ${count(back, 'byte')} to the client`;
}
