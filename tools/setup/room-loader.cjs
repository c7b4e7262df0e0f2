/**
 * Loads modules of the gathered library (tools/setup/rooms.mjs copies this file beside the rooms). They see what Node shows to
 * any module. As with Node's own loader each runs once, and who asks for one that is still running gets what it exports so far.
 */
'use strict';
const path = require('node:path');

const DIST = path.dirname(__dirname);

/** @typedef {(exports: object, require: unknown, module: { exports: object }, folder: string, file: string) => void} Body */

/** By the path in the library without its ending, such as `broker/queue/fifo`. @type {Map<string, { exports: object }>} */
const loaded = new Map();
/** What modules of a folder call `require`. @type {Map<string, unknown>} */
const requires = new Map();

/** @param {string} asked the path of a module, or a folder alone, for its index */
function load(asked) {
  const name = asked.includes('/') ? asked : `${asked}/index`;
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  /** @type {Record<string, Body>} */
  const room = require(`./${name.slice(0, name.indexOf('/'))}.js`);
  const body = room[name];
  if (body === undefined) throw new Error(`The library has no module '${name}'.`);
  const module = { exports: {} };
  loaded.set(name, module);
  const file = path.join(DIST, `${name}.js`);
  try {
    body(module.exports, requireOf(path.posix.dirname(name)), module, path.dirname(file), file);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return module.exports;
}

/** @param {string} folder */
function requireOf(folder) {
  let found = requires.get(folder);
  if (found === undefined) {
    const own = (/** @type {string} */ id) => (id.startsWith('.') ? load(path.posix.join(folder, id)) : require(id));
    found = Object.assign(own, { cache: require.cache, resolve: require.resolve });
    requires.set(folder, found);
  }
  return found;
}

module.exports = load;
