/**
 * Gathers the compiled library: all modules of one folder of `lib/`, a room of ARCHITECTURE.md, become one file
 * `dist/rooms/ROOM.js`. To find, read and wrap a file takes Node a third of a millisecond, however small it is, and the first
 * lab of a kernel needs 270 modules. In the place of each module a line stays that leads to its room, so that the library's
 * paths can be used from outside as before.
 */
import fs from 'node:fs';
import path from 'node:path';

const LOADER = path.join(import.meta.dirname, 'room-loader.cjs');
/** How the line in the place of a module begins. */
const LEAD = 'module.exports = require(';

/** Files that decide what is gathered, and how. */
export const GATHERERS = [LOADER, import.meta.filename];

/** Whether the library is as `gather` leaves it. @param {string} dist */
export function isGathered(dist) {
  return modulesOf(dist).every(({ file }) => isLead(file));
}

/** Gathers what the compiler has just written. @param {string} dist */
export function gather(dist) {
  const rooms = path.join(dist, 'rooms');
  fs.rmSync(rooms, { recursive: true, force: true });
  fs.mkdirSync(rooms);
  fs.copyFileSync(LOADER, path.join(rooms, 'loader.js'));
  /** @type {Map<string, string[]>} */
  const bodies = new Map();
  /** @type {Array<[file: string, lead: string]>} */
  const leads = [];
  for (const { name, file } of modulesOf(dist)) {
    // The compiler did not write it anew: its source is gone.
    if (isLead(file)) {
      fs.rmSync(file);
      continue;
    }
    const room = name.slice(0, name.indexOf('/'));
    const source = fs.readFileSync(file, 'utf8');
    // In brackets, or V8 would read each module twice: once to find its end, once more when it runs.
    const body = `${JSON.stringify(name)}: (function (exports, require, module, __dirname, __filename) {${source}\n})`;
    bodies.set(room, [...(bodies.get(room) ?? []), body]);
    const up = '../'.repeat(name.split('/').length - 1);
    leads.push([file, `${LEAD}'${up}rooms/loader.js')('${name}');\n`]);
  }
  for (const [room, all] of bodies)
    fs.writeFileSync(path.join(rooms, `${room}.js`), `module.exports = {\n${all.join(',\n')}\n};\n`);
  for (const [file, lead] of leads) fs.writeFileSync(file, lead);
}

/** The modules that lie in folders; those at the top are what the package exports, and stay as they are. @param {string} dist */
function modulesOf(dist) {
  const files = /** @type {string[]} */ (fs.readdirSync(dist, { recursive: true })).map((file) => file.split(path.sep).join('/'));
  return files
    .filter((file) => file.includes('/') && file.endsWith('.js') && !file.startsWith('rooms/'))
    .map((file) => ({ name: file.replace(/\.js$/, ''), file: path.join(dist, file) }));
}

/** @param {string} file */
function isLead(file) {
  const descriptor = fs.openSync(file, 'r');
  try {
    const start = Buffer.alloc(LEAD.length);
    fs.readSync(descriptor, start, 0, LEAD.length, 0);
    return start.toString() === LEAD;
  } finally {
    fs.closeSync(descriptor);
  }
}
