/** The library that notebooks import: `lib/` compiled to `lib/dist/` and gathered there, again only when a source has changed. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { GATHERERS, gather, isGathered } from './rooms.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

const LIB = path.join(ROOT, 'lib');
const DIST = path.join(LIB, 'dist');
/** Lies among what it vouches for: whoever deletes `dist` deletes it too. */
const STAMP = path.join(DIST, '.sources');
/** Writes what V8 makes of packages, and the two files with which it does. */
const CODE_CACHE = path.join(ROOT, 'tools', 'setup', 'code-cache.cjs');
const CODE_CACHE_SOURCES = [CODE_CACHE, ...['code-cache.cjs', 'compile.cjs'].map((name) => path.join(LIB, 'inside', name))];
const COMPILER = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** A hash over every source, by content: a checkout that changes dates only builds nothing. */
function sourcesHash() {
  const hash = crypto.createHash('sha256');
  const files = fs
    .readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^(dist|node_modules)[\\/]/.test(file))
    .sort();
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(fs.readFileSync(path.join(LIB, file)));
  for (const file of ['lib/tsconfig.json', 'tsconfig.json', 'package-lock.json', ...GATHERERS, ...CODE_CACHE_SOURCES])
    hash.update(fs.readFileSync(path.resolve(ROOT, file)));
  return hash.digest('hex');
}

/** @returns {string | null} why it must be built */
export function libraryNeeded() {
  if (!fs.existsSync(STAMP)) return 'not built yet';
  if (fs.readFileSync(STAMP, 'utf8') !== sourcesHash()) return 'sources have changed';
  return isGathered(DIST) ? null : 'it is compiled, not gathered';
}

export async function ensureLibrary() {
  const reason = libraryNeeded();
  if (!reason) return;
  const hash = sourcesHash();
  await step(`Building the library (${reason})`, async () => {
    await run('build', process.execPath, [COMPILER, '-p', LIB], { what: 'Building the library' });
    gather(DIST);
    await run('code-cache', process.execPath, [CODE_CACHE], { what: 'Keeping the code of packages' });
  });
  fs.writeFileSync(STAMP, hash);
}
