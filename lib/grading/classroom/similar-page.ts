/** Answers that are alike, side by side, for the teacher: a page without a script. */
import { escape } from '../../draw/words';
import { harmless } from '../report/messages';
import { page } from './page';
import type { Pair, Program } from './similar';

const STYLE = [
  '.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}',
  'pre{font:13px/1.4 ui-monospace,monospace;overflow-x:auto;margin:0;padding:8px;border:1px solid #8888}',
  'mark{display:block;background:#f5c24255;color:inherit}',
  'main{max-width:none}',
].join('\n');

/** `className`: the class's. */
export function similarPage(className: string, pairs: readonly Pair[]): string {
  const parts = pairs.map(({ exercise, programs, percent, lines }) => {
    const [one, other] = programs;
    const title = `${exercise}: ${one.student} and ${other.student}, ${percent} %`;
    const columns = programs.map((program, at) => column(program, lines[at] ?? new Set()));
    return `<h2>${text(title)}</h2>\n<div class="pair">\n${columns.join('\n')}\n</div>`;
  });
  const words =
    'Marked lines agree but for comments, spaces and names. That two answers agree says nothing of why: short programs with ' +
    'one task have few forms, and people who learn together write alike. Ask before you judge.';
  return page(`${className}: answers that are alike`, STYLE, [`<p>${text(words)}</p>`, ...parts]);
}

function column({ student, text: source }: Program, marked: ReadonlySet<number>): string {
  const lines = source.split('\n').map((line, at) => (marked.has(at + 1) ? `<mark>${text(line)}\n</mark>` : `${text(line)}\n`));
  return `<pre tabindex="0" role="region" aria-label="${text(student)}">${lines.join('')}</pre>`;
}

function text(words: string): string {
  return escape(harmless(words));
}
