/** An executed notebook as one HTML page without scripts: what a reader sees in JupyterLab, to look at or to publish. */
import { stripVTControlCharacters } from 'node:util';
import markdownIt from 'markdown-it';

const markdown = markdownIt({ html: true, linkify: true });

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --faint: #f5f6f8; --line: #d0d5dc; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6ea; --paper: #14171b; --faint: #1d2127; --line: #3a414b; --bad: #ff8a80 }
}
body { max-width: 960px; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper) }
body { font: 16px/1.55 system-ui, sans-serif }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; margin: 0 }
.code { background: var(--faint); border: 1px solid var(--line); border-radius: 4px; padding: .6rem .8rem; margin-top: 1rem }
.out { padding: .5rem .8rem; overflow-x: auto }
.err pre { color: var(--bad) }
table { border-collapse: collapse } td, th { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left }
blockquote { border-left: 4px solid var(--line); margin-left: 0; padding-left: 1rem }
svg, img { max-width: 100% }`;

const escape = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const pre = (/** @type {string} */ text) => `<pre>${escape(stripVTControlCharacters(text))}</pre>`;

/** How each kind of content is shown; the first that a bundle has is taken. @type {[string, (data: string) => string][]} */
const KINDS = [
  ['text/html', (data) => data],
  ['image/svg+xml', (data) => data],
  ['image/png', (data) => `<img alt="" src="data:image/png;base64,${data}">`],
  ['image/jpeg', (data) => `<img alt="" src="data:image/jpeg;base64,${data}">`],
  ['text/markdown', (data) => markdown.render(data)],
  ['text/plain', pre],
];

/**
 * @param {import('./read.mjs').Notebook} notebook
 * @param {import('./execute.mjs').CellResult[]} results
 */
export function toHtml({ file, cells }, results) {
  const outputs = settleUpdates(results);
  const body = cells.map((cell) => {
    if (cell.type === 'markdown') return markdown.render(cell.source);
    const failures = results.filter((result) => result.cell === cell.number && result.failure).map(({ failure }) => failure);
    return [
      `<div class="code">${pre(cell.source)}</div>`,
      ...(outputs.get(cell.number) ?? []).map(outputHtml),
      ...failures.map((failure) => `<div class="out err">${pre(failure ? failure.traceback.join('\n') : '')}</div>`),
    ].join('\n');
  });
  const title = /^#\s+(.+)$/m.exec(cells[0]?.source ?? '')?.[1] ?? file;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head>
<body>
${body.join('\n')}
</body></html>
`;
}

/** A display that is updated later shows its last content in its first place. */
function settleUpdates(/** @type {import('./execute.mjs').CellResult[]} */ results) {
  /** @type {Map<number, any[]>} */
  const byCell = new Map();
  const displays = new Map();
  for (const { cell, outputs } of results) {
    for (const output of outputs) {
      const known = output.output_type === 'update_display_data' ? displays.get(output.display_id) : undefined;
      if (known) {
        known.data = output.data;
        continue;
      }
      const own = { ...output };
      if (own.display_id) displays.set(own.display_id, own);
      byCell.set(cell, [...(byCell.get(cell) ?? []), own]);
    }
  }
  return byCell;
}

function outputHtml(/** @type {any} */ output) {
  if (output.output_type === 'stream')
    return `<div class="out${output.name === 'stderr' ? ' err' : ''}">${pre(output.text)}</div>`;
  const kind = KINDS.find(([type]) => output.data?.[type] !== undefined);
  return kind ? `<div class="out">${kind[1](String(output.data[kind[0]]))}</div>` : '';
}
