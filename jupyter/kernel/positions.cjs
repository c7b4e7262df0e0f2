'use strict';
/**
 * From a position in compiled code back to the cell and line that the reader sees.
 *
 * A cell is compiled twice (TypeScript to modules, modules to CommonJS), each step leaves an inline map, and the code
 * runs under the name `cell-N`. So a stack frame `cell-3:12:9` leads through two maps to "cell [3], line 4".
 */
const { SourceMap } = require('node:module');

const MAP_COMMENT = /^\/\/# sourceMappingURL=data:application\/json;base64,(\S+)$/gm;
/** tslab puts one line (`export {};`) before the cell. */
const LINES_BEFORE_CELL = 1;

class CellMaps {
  #cells = new Map();

  /**
   * Keeps the maps of a compiled cell and returns the code to run, without the map comments and under its name.
   * @param {{ number: number, source: string }} cell
   * @param {string} compiled
   * @param {number} prefixLength columns that the wrapper puts before line 1
   */
  remember(cell, compiled, prefixLength) {
    const maps = [...compiled.matchAll(MAP_COMMENT)].map(
      (match) => new SourceMap(JSON.parse(Buffer.from(match[1], 'base64').toString())),
    );
    // The comment goes, its line stays: positions after it must not move.
    const code = compiled.replace(MAP_COMMENT, '//');
    this.#cells.set(cell.number, { lines: cell.source.split('\n'), codeLines: code.split('\n').length, maps, prefixLength });
    return `${code}\n//# sourceURL=cell-${cell.number}`;
  }

  /** The cell's line (1-based), column (1-based) and text, or null if the position is not in a cell we know. */
  find(number, line, column) {
    const cell = this.#cells.get(number);
    // Below the code stands the call of the wrapper, which is nobody's line.
    if (!cell || line > cell.codeLines) return null;
    let at = { line: line - 1, column: column - 1 - (line === 1 ? cell.prefixLength : 0) };
    // The map of the last step stands last.
    for (const map of [...cell.maps].reverse()) {
      const entry = map.findEntry(at.line, Math.max(at.column, 0));
      if (entry.originalLine === undefined) return null;
      at = { line: entry.originalLine, column: entry.originalColumn };
    }
    const index = at.line - LINES_BEFORE_CELL;
    const text = cell.lines[index];
    return text === undefined ? null : { cell: number, line: index + 1, column: at.column + 1, text };
  }
}

module.exports = { CellMaps };
