/**
 * `node -r ./tools/typescript.cjs FILE.ts`: runs TypeScript sources as they stand, without checking types (`npm run check`
 * does that), so that a test run starts at once. What ts-node made of a source is kept in .warren/transpiled until the source
 * changes: the compiler is loaded only when something has, for hundreds of processes are started by the tests.
 */
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const KEPT = path.join(ROOT, '.warren', 'transpiled');
/** What else decides what comes out. */
const TOOLS = ['tsconfig.json', 'package-lock.json', path.relative(ROOT, __filename)]
  .map((file) => fs.readFileSync(path.join(ROOT, file), 'utf8'))
  .join('');

const digest = (/** @type {string[]} */ ...texts) => {
  const hash = createHash('sha1');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
};
const MADE_BY = digest(TOOLS);

/** @type {import('ts-node').Service | undefined} */
let service;
function transpiled(/** @type {string} */ code, /** @type {string} */ file) {
  if (service === undefined) {
    service = require('ts-node').create({
      transpileOnly: true,
      project: path.join(ROOT, 'tsconfig.json'),
      // ts-node writes into a folder of its own making; TypeScript 6 wants to be told where sources are counted from.
      compilerOptions: { rootDir: ROOT },
    });
    // Node maps stack traces itself, by what stands at the end of each output; ts-node knows only what it made in this run.
    Reflect.deleteProperty(Error, 'prepareStackTrace');
  }
  return service.compile(code, file);
}

/** A kept output ends with the digest of what it was made from. */
function outputOf(/** @type {string} */ file) {
  const code = fs.readFileSync(file, 'utf8');
  const seal = `\n//${digest(MADE_BY, code)}`;
  const kept = path.join(KEPT, `${digest(file)}.js`);
  try {
    const text = fs.readFileSync(kept, 'utf8');
    if (text.endsWith(seal)) return text;
  } catch {
    // Not kept yet.
  }
  const text = transpiled(code, file) + seal;
  try {
    fs.mkdirSync(KEPT, { recursive: true });
    const partial = `${kept}.${process.pid}`;
    fs.writeFileSync(partial, text);
    fs.renameSync(partial, kept);
  } catch {
    // A checkout that may not be written to runs all the same.
  }
  return text;
}

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => {
  /** @type {any} */ (module)._compile(outputOf(file), file);
};
