/**
 * Our own rules, those that no linter knows. Each is an entry of a table; `npm run lint` runs all of them and
 * test/unit/tools shows each one fail.
 */
import { faultLine, lintNotebook } from './notebook/lint.mjs';
import { parseNotebook } from './notebook/read.mjs';
import { parse } from './syntax.mjs';
import { engineFaults, isEngineFile } from './tidy/engine.mjs';
import { folderFaults, readTable } from './tidy/folders.mjs';

const MAX_COLUMNS = 130;
const MAX_LINES = 600;
const SOURCE = /\.(ts|mjs|cjs|js)$|^\.ci\/run$/;

/** @typedef {Map<string, string>} Files */

/** Each rule yields a line for each fault. @type {Record<string, (files: Files) => Generator<string>>} */
export const RULES = {
  *'engine-pure'(files) {
    for (const [name, text] of files) {
      if (!isEngineFile(name)) continue;
      for (const fault of engineFaults(parse(name, text))) yield `${name}:${fault.line}:${fault.column} ${fault.text}`;
    }
  },
  *'folder-direction'(files) {
    const { table, faults } = readTable(files.get('ARCHITECTURE.md'));
    yield* faults;
    if (table.size === 0) return;
    for (const [name, text] of files) {
      if (!/^lib\/.*\.ts$/.test(name)) continue;
      for (const fault of folderFaults(name, parse(name, text), table))
        yield `${name}:${fault.line}:${fault.column} ${fault.text}`;
    }
  },
  *'long-line'(files) {
    for (const [name, text] of files) {
      if (!SOURCE.test(name)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        const columns = [...line].length;
        if (columns > MAX_COLUMNS) yield `${name}:${index + 1} has ${columns} columns; ${MAX_COLUMNS} are allowed`;
      }
    }
  },
  *'long-file'(files) {
    for (const [name, text] of files) {
      const lines = text.split('\n').length - 1;
      if (SOURCE.test(name) && lines > MAX_LINES)
        yield `${name} has ${lines} lines; ${MAX_LINES} are allowed (one subject a file)`;
    }
  },
  *notebooks(files) {
    for (const [name, text] of files) {
      if (!name.endsWith('.ipynb')) continue;
      try {
        for (const fault of lintNotebook(parseNotebook(name, text))) yield faultLine(name, fault);
      } catch (error) {
        yield/** @type {Error} */ (error).message;
      }
    }
  },
  *'lock-addresses'(files) {
    const lock = JSON.parse(files.get('package-lock.json') ?? '{}');
    for (const [place, { resolved }] of Object.entries(lock.packages ?? {})) {
      if (/^(https?|git\S*):/.test(resolved ?? '')) {
        yield `package-lock.json: ${place} carries a download address; write the file with omit-lockfile-registry-resolved=true`;
      }
    }
  },
};

/** @param {Files} files @returns {Map<string, string[]>} faults by rule */
export function tidy(files) {
  return new Map(Object.entries(RULES).map(([rule, check]) => [rule, [...check(files)]]));
}
