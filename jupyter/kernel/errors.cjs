'use strict';
/**
 * What a person is shown when a cell fails: name, message, the line of their cell, then the frames that are theirs or a
 * library's. Frames of Node, tslab and this kernel are left out, and paths are shown from the project's folder on, so
 * that a saved notebook tells nothing about the machine.
 */
const os = require('node:os');
const path = require('node:path');
const util = require('node:util');
const { root } = require('./tslab.cjs');

const red = (text) => `\x1b[31m${text}\x1b[39m`;
const dim = (text) => `\x1b[2m${text}\x1b[22m`;

const HIDDEN_FRAME = /node:|[\\/](tslab[\\/]dist|jupyter[\\/]kernel|tools[\\/]notebook)[\\/]|\(<anonymous>\)$/;
const CELL_FRAME = /\bcell-(\d+):(\d+):(\d+)/;
const MAX_FRAMES = 12;
const MAX_CAUSES = 4;

/** Compiler errors of a cell that never ran. */
function describeDiagnostics(diagnostics, source) {
  const lines = source.split('\n');
  const traceback = [];
  let before = null;
  for (const { start, messageText, code, fileName } of diagnostics) {
    // tslab adds a line of its own to the cell; what is said about that is a repetition.
    if (before && !fileName && start.line >= lines.length) continue;
    const continued = before && before.fileName === fileName && before.start.offset === start.offset;
    before = { start, fileName };
    if (continued) {
      traceback.push(`  ${messageText}`);
      continue;
    }
    const where = `${fileName ? `${fileName}, ` : ''}line ${start.line + 1}, column ${start.character + 1}`;
    traceback.push(`${red(`TypeScript error TS${code}`)} in ${where}: ${messageText}`);
    const text = lines[start.line];
    if (!fileName && text !== undefined) traceback.push(...codeFrame(start.line + 1, start.character + 1, text));
  }
  const first = diagnostics[0];
  const evalue = first
    ? `line ${first.start.line + 1}: ${first.messageText} (TS${first.code})`
    : 'the cell could not be compiled';
  return { ename: 'TypeScriptError', evalue, traceback: traceback.length ? traceback : [red(evalue)] };
}

/** Whatever a cell threw, an Error or not. */
function describeThrown(value, maps) {
  if (isInterrupt(value)) {
    const evalue = 'the cell was stopped; connections and timers that it opened may still be there';
    return { ename: 'Interrupted', evalue, traceback: [`${red('Interrupted')}: ${evalue}`] };
  }
  if (!util.types.isNativeError(value) && !(value instanceof Error)) {
    const evalue = util.inspect(value, { depth: 2, breakLength: 100 });
    return { ename: 'Thrown', evalue, traceback: [`${red('Thrown')} (not an Error): ${evalue}`] };
  }
  return { ename: nameOf(value), evalue: messageOf(value), traceback: describeError(value, maps, 0) };
}

function isInterrupt(value) {
  return (
    value instanceof Error &&
    (value.message === 'Interrupted asynchronously' || /** @type {any} */ (value).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED')
  );
}

const nameOf = (error) => String(error.name || error.constructor?.name || 'Error');
const messageOf = (error) => String(error.message ?? '');

function describeError(error, maps, depth) {
  const message = messageOf(error);
  const out = [red(nameOf(error)) + (message ? `: ${message}` : '')];
  const details = ownDetails(error);
  if (details) out.push(dim(details));
  const { frames, first } = frameLines(error, maps);
  if (first) out.push(...codeFrame(first.line, first.column, first.text));
  out.push(...frames.map(dim));
  if (depth >= MAX_CAUSES) return out;
  const inner = [...(error.cause === undefined ? [] : [error.cause]), ...(Array.isArray(error.errors) ? error.errors : [])];
  for (const cause of inner.slice(0, MAX_CAUSES)) {
    const lines = cause instanceof Error ? describeError(cause, maps, depth + 1) : [util.inspect(cause, { depth: 1 })];
    out.push(`caused by ${lines[0]}`, ...lines.slice(1).map((line) => `  ${line}`));
  }
  return out;
}

/** Fields that a library put on the error, e.g. `{ code: 406 }` of a channel error. */
function ownDetails(error) {
  const fields = Object.entries(error).filter(
    ([key, value]) =>
      !['stack', 'message', 'name', 'cause', 'errors'].includes(key) && typeof value !== 'function' && value !== undefined,
  );
  return fields.length
    ? util.inspect(Object.fromEntries(fields), { depth: 1, breakLength: 120, maxArrayLength: 10, maxStringLength: 200 })
    : '';
}

function frameLines(error, maps) {
  const frames = [];
  let first = null;
  for (const line of String(error.stack ?? '').split('\n')) {
    if (!/^\s+at /.test(line) || HIDDEN_FRAME.test(line)) continue;
    const cell = CELL_FRAME.exec(line);
    if (!cell) {
      frames.push(shortenPaths(line));
      continue;
    }
    const found = maps.find(Number(cell[1]), Number(cell[2]), Number(cell[3]));
    if (!found) continue;
    first ??= found;
    const place = `cell [${found.cell}], line ${found.line}`;
    const name = /^\s+at (async )?(?:([^(]+) \()?/.exec(line)?.[2];
    // V8 names the functions of a cell after the object that tslab keeps them in.
    frames.push(`    at ${name && name !== 'eval' ? `${name.replace(/^(Object|exports|Proxy)\./, '')} in ` : ''}${place}`);
  }
  const shown = frames.slice(0, MAX_FRAMES);
  if (frames.length > shown.length) shown.push(`    ... ${frames.length - shown.length} more`);
  return { frames: shown, first };
}

function shortenPaths(line) {
  return line
    .replaceAll(root + path.sep, '')
    .replaceAll(os.homedir() + path.sep, `~${path.sep}`)
    .replace(/file:\/\//, '');
}

function codeFrame(line, column, text) {
  const label = `  ${line} | `;
  return [`${label}${text}`, `${' '.repeat(label.length - 2)}| ${' '.repeat(Math.max(column - 1, 0))}^`];
}

module.exports = { describeDiagnostics, describeThrown };
