'use strict';
/**
 * Executes one notebook in this process, on the kernel's own engine or on unmodified tslab, and reports to its parent:
 * before each cell `{ begins: cell }`, after each run of it `{ cell, ms, outputs, failure }`, and `'end'` last. Every cell
 * runs, also after a failure.
 *
 * usage: node run-child.cjs course|stock NOTEBOOK [twice]   (with an IPC channel; the working folder is the notebook's)
 */
const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');
const { createRequire } = require('node:module');
const { Output } = require('../../jupyter/kernel/output.cjs');

/** A cell that prints without end must not fill the parent's memory. */
const MAX_OUTPUTS = 2_000;
/** Time for errors that nobody awaits to show after the last cell. */
const SETTLE_MS = 50;

function courseEngine(onDisplay) {
  const { createCells } = require('../../jupyter/kernel/cells.cjs');
  const cells = createCells(process.cwd());
  require('../../jupyter/kernel/tslab.cjs').onDisplay(onDisplay);
  return { execute: cells.execute, describe: cells.describe };
}

/** Nothing of ours but the collection of what it prints. */
function stockEngine(onDisplay) {
  const fromTslab = createRequire(createRequire(__filename).resolve('tslab/package.json'));
  const converter = fromTslab('./dist/converter.js').createConverter();
  let errors = [];
  const executor = fromTslab('./dist/executor.js').createExecutor(
    process.cwd(),
    { node: converter, close: () => converter.close() },
    {
      log: (value) => console.log(value),
      // One argument is what the cell threw; a diagnostic comes as a format and its values.
      error: (...args) => errors.push(args.length === 1 ? args[0] : util.format(...args)),
    },
  );
  fromTslab('./dist/jupyter.js').lastWriteDisplayData = onDisplay;
  const describe = (error) => {
    if (!(error instanceof Error)) return { ename: 'Error', evalue: String(error), traceback: [] };
    return { ename: error.name, evalue: error.message, traceback: String(error.stack).split('\n') };
  };
  return {
    async execute(_number, source) {
      errors = [];
      if (await executor.execute(source)) return null;
      return describe(errors.length === 1 ? errors[0] : errors.join('; '));
    },
    describe,
  };
}

async function main() {
  const [mode, file, twice] = process.argv.slice(2);
  let outputs = [];
  const add = (output) => {
    if (outputs.length < MAX_OUTPUTS) outputs.push(output);
  };
  const output = new Output((name, text) => {
    const last = outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === name) last.text += text;
    else add({ output_type: 'stream', name, text });
  });
  const onDisplay = (content, isUpdate) => {
    output.flush();
    add({
      output_type: isUpdate ? 'update_display_data' : 'display_data',
      data: content.data,
      display_id: content.transient?.display_id,
    });
  };
  const engine = (mode === 'stock' ? stockEngine : courseEngine)(onDisplay);
  output.capture();
  let stray = null;
  for (const [event, name] of [
    ['uncaughtException', 'Uncaught exception'],
    ['unhandledRejection', 'Unhandled rejection'],
  ]) {
    process.on(event, (error) => {
      const failure = engine.describe(error);
      stray ??= { ...failure, ename: `${name}: ${failure.ename}` };
    });
  }
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const report = (cell, ms, failure) => {
    output.flush();
    send({ cell, ms, outputs, failure: failure ?? stray });
    outputs = [];
    stray = null;
  };
  const send = /** @type {(message: any, sent?: () => void) => void} */ (process.send?.bind(process));
  let count = 0;
  for (const [index, cell] of cells.entries()) {
    if (cell.cell_type !== 'code') continue;
    send({ begins: index + 1 });
    for (let round = 0; round < (twice ? 2 : 1); round++) {
      const start = performance.now();
      count += 1;
      const failure = await engine.execute(count, Array.isArray(cell.source) ? cell.source.join('') : cell.source);
      report(index + 1, performance.now() - start, failure);
    }
  }
  await new Promise((done) => setTimeout(done, SETTLE_MS));
  if (stray || outputs.length) report(cells.length, 0, null);
  // As the kernel does at its end: handlers of 'exit' stop what cells started.
  send('end', () => process.exit(0));
}

process.chdir(path.dirname(process.argv[3]));
void main();
