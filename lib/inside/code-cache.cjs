/**
 * What V8 has made of packages that every answer needs, so that not each sandbox makes it again: TypeScript alone costs a third
 * of a second. tools/setup/code-cache.cjs writes one file for each package. Only the V8 that made it takes it; any other
 * compiles the source, which is read in either case.
 */
'use strict';
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

const FOLDER = path.join(__dirname, '..', 'dist', 'code-cache');
/** A file of a package: whose, and where in its folder. */
const IN_PACKAGE = /.*\/node_modules\/([^@/][^/]*)\/(.+)$/;

/** @typedef {Readonly<Record<string, Uint8Array>>} PackageCode by the file's path in the package's folder */
/** @typedef {(this: NodeModule, content: string, filename: string) => unknown} Compile */

/** What Node calls with the source of each module. @type {{ _compile: Compile }} */
const loader = /** @type {any} */ (Module.prototype);

/** Modules of packages run from their kept code until the function that is returned is called. */
function useCodeCache() {
  const { _compile } = loader;
  /** @type {Map<string, PackageCode>} */
  const packages = new Map();
  loader._compile = function (content, filename) {
    const [, name = '', file = ''] = IN_PACKAGE.exec(filename) ?? [];
    const code = packages.get(name) ?? read(name);
    packages.set(name, code);
    const cachedData = code[file];
    if (cachedData === undefined) return _compile.call(this, content, filename);
    return runScript(this, new vm.Script(wrap(content), { filename, cachedData: Buffer.from(cachedData) }));
  };
  return () => {
    loader._compile = _compile;
  };
}

/**
 * Keeps the code of modules that are loaded from now on. `write` is called when they have done what is most often asked of them:
 * V8 compiles a function when it first runs.
 */
function recordCode() {
  const { _compile } = loader;
  /** @type {Map<string, Map<string, vm.Script>>} */
  const packages = new Map();
  loader._compile = function (content, filename) {
    const [, name = '', file = ''] = IN_PACKAGE.exec(filename) ?? [];
    if (name === '') return _compile.call(this, content, filename);
    const script = new vm.Script(wrap(content), { filename });
    packages.set(name, (packages.get(name) ?? new Map()).set(file, script));
    return runScript(this, script);
  };
  return {
    /** @param {string} name of a package */
    write(name) {
      const scripts = [...(packages.get(name) ?? [])];
      const code = Object.fromEntries(scripts.map(([file, script]) => [file, script.createCachedData()]));
      fs.mkdirSync(FOLDER, { recursive: true });
      fs.writeFileSync(fileOf(name), v8.serialize(code));
    },
  };
}

/** @param {string} name @returns {PackageCode} */
function read(name) {
  try {
    return name === '' ? {} : v8.deserialize(fs.readFileSync(fileOf(name)));
  } catch {
    return {};
  }
}

/** Node's versions, which a course may be used with in turn, each have their own. @param {string} name */
function fileOf(name) {
  return path.join(FOLDER, `${name}-${v8.cachedDataVersionTag()}.bin`);
}

/** As Node does it. @param {string} content */
function wrap(content) {
  return /** @type {any} */ (Module).wrap(content);
}

/** @param {NodeModule} module @param {vm.Script} script */
function runScript(module, script) {
  const own = Object.assign((/** @type {string} */ id) => module.require(id), { cache: require.cache, main: require.main });
  return script.runInThisContext().call(module.exports, module.exports, own, module, module.filename, module.path);
}

module.exports = { useCodeCache, recordCode };
