/** The frame of a page that goes out of a class: nothing is fetched, and nothing runs, whatever stands in it. */
import { escape } from '../../draw/words';
import { harmless } from '../report/messages';

const STYLE = [
  ':root{color-scheme:light dark}',
  'body{font:16px/1.5 system-ui,sans-serif;margin:24px auto;padding:0 16px}',
  'main{max-width:960px;margin:0 auto}',
].join('\n');

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** `parts`: HTML, below the title as a heading. */
export function page(title: string, style: string, parts: readonly string[]): string {
  const shown = escape(harmless(title));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escape(POLICY)}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${shown}</title>`,
    `<style>\n${STYLE}\n${style}\n</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${shown}</h1>`,
    ...parts,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
