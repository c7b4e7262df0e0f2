'use strict';
/**
 * Runs cells one after another in this process and says of each what went wrong, where, in the reader's own lines.
 *
 * What it adds to tslab's engine: strict types (tslab.cjs), every form of top-level `await`, and errors as data
 * (`{ ename, evalue, traceback }`, the three fields of Jupyter's `error` message) in place of text on stderr.
 * The kernel and the headless notebook runner both stand on it, so they cannot disagree.
 */
const tslab = require('./tslab.cjs');
const { describeDiagnostics, describeThrown } = require('./errors.cjs');
const { CellMaps } = require('./positions.cjs');

/** tslab's executor hands us the code in one of these two wrappers; V8 counts columns of line 1 from their start. */
const ASYNC_PREFIX = '(async function(exports, require) { ';

/**
 * @param {string} cwd the notebook's folder: relative paths and module look-ups start there.
 * Invariant: one call of `execute` at a time; the kernel queues.
 */
function createCells(cwd) {
  const maps = new CellMaps();
  const converter = tslab.createConverter({ isJS: false, isBrowser: false });
  let current = { number: 0, source: '' };
  let diagnostics = [];
  /** @type {{ value: unknown } | null} */
  let thrown = null;

  const convert = (declarations, source) => {
    const result = converter.convert(declarations, source);
    diagnostics = result.diagnostics;
    if (!result.output) return result;
    // tslab notices `await name` but not `await (...)` or `for await`. An async wrapper around a cell that did not need
    // one changes nothing that can be seen, so the word alone decides.
    const hasToplevelAwait = result.hasToplevelAwait || /\bawait\b/.test(result.output);
    const output = maps.remember(
      current,
      result.output,
      hasToplevelAwait ? ASYNC_PREFIX.length : ASYNC_PREFIX.length - 'async '.length,
    );
    return { ...result, output, hasToplevelAwait };
  };
  const node = { ...converter, convert };
  const executor = tslab.createExecutor(
    cwd,
    { node, browser: node, close: () => converter.close() },
    {
      log: (value) => console.log(value),
      error: (...args) => {
        // One argument is what the cell threw; diagnostics come as a format and its values, and we have them already.
        if (args.length === 1) thrown = { value: args[0] };
      },
    },
  );

  return {
    executor,

    /**
     * Resolves with null if the cell ran through, else with what to show.
     * @param {number} number the cell's execution count, the `[n]` that the reader sees beside it
     * @param {string} source
     */
    async execute(number, source) {
      current = { number, source };
      diagnostics = [];
      thrown = null;
      const ok = await executor.execute(source);
      if (ok) return null;
      // tsc does not see that the executor's callback sets it.
      const caught = /** @type {{ value: unknown } | null} */ (thrown);
      if (caught) return describeThrown(caught.value, maps);
      return describeDiagnostics(diagnostics, source);
    },

    /** The same for an error that no cell awaited: a rejected promise, a throwing timer. */
    describe: (error) => describeThrown(error, maps),

    /** Ends the wait of the running cell. What it had started goes on. */
    interrupt: () => executor.interrupt(),
    close: () => executor.close(),
  };
}

module.exports = { createCells };
