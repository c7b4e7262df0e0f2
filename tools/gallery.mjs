#!/usr/bin/env node
/**
 * `node tools/gallery.mjs [page.html] [words ...]`: renders every sample picture, on a light and on a dark page, into one
 * HTML file to look at (default: gallery.html in the system's temporary folder). Words choose the pictures whose names
 * contain one of them. `--pictures` also writes docs/pictures.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
require('./typescript.cjs');
const draw = require('../lib/draw/index.ts');
const { BROKERS } = require('../test/unit/draw/brokers.ts');
const { TRACES } = require('../test/unit/draw/traces.ts');
const { QUANTITIES } = require('../test/unit/draw/quantities.ts');
const { TIMELINES } = require('../test/unit/draw/timelines.ts');
const { CONVERSATIONS } = require('../test/unit/draw/conversations.ts');

const args = process.argv.slice(2);
const page = args.find((arg) => arg.endsWith('.html')) ?? join(tmpdir(), 'gallery.html');
const words = args.filter((arg) => !arg.endsWith('.html') && !arg.startsWith('--'));

const THEMES = {
  light: ['#fff', 'rgba(0,0,0,.87)', 'rgba(0,0,0,.54)', '#e0e0e0', 'true'],
  dark: ['#111', '#fff', 'rgba(255,255,255,.7)', '#616161', 'false'],
};
/** What Jupyter says about tables, so that a card is seen as it will look there. */
const JUPYTER = `.page table{margin-left:auto;margin-right:auto;border-collapse:collapse;font-size:12px}
.page td,.page th{text-align:right;vertical-align:middle;padding:.5em;max-width:none}
.page tbody tr:nth-child(odd){background:rgba(128,128,128,.2)}`;

function pictures() {
  const list = [];
  for (const [name, make] of Object.entries(BROKERS)) {
    const broker = make();
    list.push([`topology ${name}`, draw.drawTopology(broker.snapshot, broker)]);
  }
  for (const [name, make] of Object.entries(TRACES)) {
    const { events, ...options } = make();
    list.push([`sequence ${name}`, draw.drawSequence(events, options)]);
  }
  for (const [name, make] of Object.entries(QUANTITIES)) {
    const { title, series, marks } = make();
    list.push([`plot ${name}`, draw.drawPlot(title, series, marks)]);
  }
  for (const [name, make] of Object.entries(TIMELINES)) {
    const { lanes, marks, title } = make();
    list.push([`timeline ${name}`, draw.drawTimeline(lanes, marks, { title })]);
  }
  for (const [name, make] of Object.entries(CONVERSATIONS)) list.push([`wire ${name}`, draw.wireTable(make())]);
  return list.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
}

function themed(name, list) {
  const [ground, ink, second, line, light] = THEMES[name];
  const text = `--jp-content-font-color1:${ink};--jp-content-font-color2:${second}`;
  const colours = `--jp-layout-color0:${ground};${text};--jp-border-color2:${line}`;
  const body = list.map(([title, html]) => `<h2>${title}</h2>${html}`).join('\n');
  return `<div class="page" data-jp-theme-light="${light}" style="${colours}">${body}</div>`;
}

const list = pictures();
writeFileSync(
  page,
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pictures</title><style>
body{margin:0;font:14px system-ui,sans-serif}
.page{padding:16px;background:var(--jp-layout-color0);color:var(--jp-content-font-color1)}
h2{font-size:13px;font-weight:400;margin:28px 0 6px}${JUPYTER}</style></head><body data-jp-theme-light="true">
${Object.keys(THEMES)
  .map((name) => themed(name, list))
  .join('\n')}
</body></html>\n`,
);
process.stdout.write(`${list.length} pictures, light and dark: ${page}\n`);

if (args.includes('--pictures')) {
  const folder = new URL('../docs/pictures/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const chosen = {
    'topology orders': 'topology.svg',
    'topology thirty-queues': 'topology-folded.svg',
    'sequence redelivery': 'sequence.svg',
    'plot depth-and-rates': 'plot.svg',
  };
  for (const [name, html] of pictures()) {
    if (chosen[name] === undefined) continue;
    writeFileSync(new URL(chosen[name], folder), `${/<svg[\s\S]*<\/svg>/.exec(html)?.[0]}\n`);
  }
}
