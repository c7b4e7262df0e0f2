/** Notebook files: read, checked for shape, and freed of what a run leaves in them. */
import crypto from 'node:crypto';
import fs from 'node:fs';

/**
 * @typedef {{ cell_type: string, id?: string, source: string[] | string, outputs?: any[], execution_count?: number | null,
 *   metadata?: any }} RawCell as the file has it
 * @typedef {{ number: number, id: string, type: string, source: string }} Cell `number` counts all cells from 1
 * @typedef {{ file: string, cells: Cell[], raw: any }} Notebook
 */

/** What every notebook of the course says of its kernel; Jupyter asks the reader for a kernel if it says anything else. */
export const KERNELSPEC = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };

export const textOf = (/** @type {string[] | string} */ source) => (Array.isArray(source) ? source.join('') : source);

/** @param {string} file @returns {Notebook} @throws if it is not a notebook of format 4 */
export function readNotebook(file) {
  return parseNotebook(file, fs.readFileSync(file, 'utf8'));
}

/** @param {string} file @param {string} text @returns {Notebook} */
export function parseNotebook(file, text) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  if (raw?.nbformat !== 4 || !Array.isArray(raw.cells)) throw new Error(`${file} is no notebook of format 4`);
  const cells = raw.cells.map((/** @type {RawCell} */ cell, /** @type {number} */ index) => ({
    number: index + 1,
    id: cell.id ?? '',
    type: cell.cell_type,
    source: textOf(cell.source ?? ''),
  }));
  return { file, cells, raw };
}

/** Removes outputs, counts and what Jupyter added, and gives each cell an id. Returns whether anything changed. */
export function stripNotebook(/** @type {string} */ file) {
  const { raw } = readNotebook(file);
  const before = fs.readFileSync(file, 'utf8');
  const taken = new Set();
  for (const cell of raw.cells) {
    if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null });
    for (const key of ['ExecuteTime', 'execution', 'collapsed', 'scrolled']) delete cell.metadata?.[key];
    if (!cell.id || taken.has(cell.id)) cell.id = crypto.randomBytes(4).toString('hex');
    taken.add(cell.id);
  }
  raw.metadata = { ...raw.metadata, kernelspec: KERNELSPEC };
  raw.nbformat_minor = Math.max(raw.nbformat_minor ?? 0, 5);
  const after = `${JSON.stringify(raw, null, 1)}\n`;
  if (after !== before) fs.writeFileSync(file, after);
  return after !== before;
}
