/**
 * Folders of `lib/` import only in the direction that ARCHITECTURE.md draws. The drawing is the data: a fenced block
 *
 *     ```imports
 *     broker: amqp storage world trace
 *     amqp: -
 *     ```
 *
 * in which each line names a folder and the folders that its files may import. Files that lie in `lib/` itself join the
 * rooms together and may import all of them.
 */
import path from 'node:path';
import { positionOf, walk } from '../syntax.mjs';
import { moduleOf } from './engine.mjs';

/**
 * @param {string | undefined} architecture text of ARCHITECTURE.md
 * @returns {{ table: Map<string, Set<string>>, faults: string[] }}
 */
export function readTable(architecture) {
  /** @type {Map<string, Set<string>>} */
  const table = new Map();
  const block = /^```imports\n([\s\S]*?)^```/m.exec(architecture ?? '');
  if (!block)
    return {
      table,
      faults: ['ARCHITECTURE.md has no block that begins with ```imports and says which folder of lib/ may import which'],
    };
  /** @type {string[]} */
  const faults = [];
  for (const line of block[1].split('\n').filter((text) => text.trim() !== '')) {
    const match = /^([\w-]+):\s*(-|[\w-]+(?:\s+[\w-]+)*)\s*$/.exec(line);
    if (!match) faults.push(`ARCHITECTURE.md: "${line}" is not of the form "folder: folders" or "folder: -"`);
    else table.set(match[1], new Set(match[2] === '-' ? [] : match[2].split(/\s+/)));
  }
  for (const [folder, below] of table) {
    for (const other of below)
      if (!table.has(other)) faults.push(`ARCHITECTURE.md: "${folder}" may import "${other}", which has no line of its own`);
  }
  const circle = findCircle(table);
  if (circle) faults.push(`ARCHITECTURE.md: the imports go in a circle: ${circle.join(' -> ')}`);
  return { table, faults };
}

/** @param {Map<string, Set<string>>} table @returns {string[] | null} */
function findCircle(table) {
  const done = new Set();
  const visit = (/** @type {string} */ folder, /** @type {string[]} */ above) => {
    if (above.includes(folder)) return [...above.slice(above.indexOf(folder)), folder];
    if (done.has(folder)) return null;
    for (const below of table.get(folder) ?? []) {
      const circle = visit(below, [...above, folder]);
      if (circle) return circle;
    }
    done.add(folder);
    return null;
  };
  for (const folder of table.keys()) {
    const circle = visit(folder, []);
    if (circle) return circle;
  }
  return null;
}

const folderOf = (/** @type {string} */ name) => /^lib\/([^/]+)\/./.exec(name)?.[1] ?? null;

/**
 * @param {string} name of a file in `lib/`
 * @param {import('typescript').SourceFile} file
 * @param {Map<string, Set<string>>} table
 * @returns {Generator<{ line: number, column: number, text: string }>}
 */
export function* folderFaults(name, file, table) {
  const folder = folderOf(name);
  if (folder === null) return;
  const allowed = table.get(folder);
  if (!allowed) {
    yield { line: 1, column: 1, text: `lies in lib/${folder}, for which ARCHITECTURE.md has no line` };
    return;
  }
  /** @type {import('typescript').Node[]} */
  const nodes = [];
  walk(file, (node) => nodes.push(node));
  for (const node of nodes) {
    const from = moduleOf(node);
    if (from === 'warren' || from?.startsWith('warren/')) {
      yield { ...positionOf(node), text: 'imports the package it belongs to; import the file' };
      continue;
    }
    if (!from?.startsWith('.')) continue;
    const target = path.posix.join(path.posix.dirname(name), from);
    // `../amqp` names the folder itself, `../index` a file beside the folders.
    const other = folderOf(table.has(path.posix.basename(target)) ? `${target}/index` : target);
    if (!target.startsWith('lib/') && target !== 'lib')
      yield { ...positionOf(node), text: `imports ${from}, which lies outside lib/` };
    else if (other === null)
      yield { ...positionOf(node), text: `imports ${from}, which joins the folders together and so lies above lib/${folder}` };
    else if (other !== folder && !allowed.has(other)) {
      const may = allowed.size ? `only ${[...allowed].join(', ')}` : 'nothing';
      yield { ...positionOf(node), text: `imports lib/${other}, but lib/${folder} may import ${may} (ARCHITECTURE.md)` };
    }
  }
}
