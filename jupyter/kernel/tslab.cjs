'use strict';
/**
 * The pinned tslab, loaded with two changes to its compiler and none to its files: cells are checked with `strict`, and
 * each compiled cell carries source maps, so that an error can name the line the reader sees.
 *
 * Invariant: this must be loaded before anything else loads tslab, because tslab reads its compiler once.
 */
const Module = require('node:module');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const fromRoot = Module.createRequire(path.join(root, 'package.json'));

/** tslab's classes live in its `dist/` folder, which is no public interface; hence one exact version. */
const PINNED = '1.0.22';

function findTslab() {
  let manifest;
  try {
    manifest = fromRoot.resolve('tslab/package.json');
  } catch {
    throw new Error(
      `The npm packages are not installed in ${root}. Run "npm start" (or "npm ci") there, then restart the kernel.`,
    );
  }
  const { version } = require(manifest);
  if (version !== PINNED) {
    throw new Error(
      `This kernel is made for tslab ${PINNED} and found ${version}. Run "npm ci" in ${root}, then restart the kernel.`,
    );
  }
  return Module.createRequire(manifest);
}

const fromTslab = findTslab();
const compilerPath = fromTslab.resolve('@tslab/typescript-for-tslab');
const compiler = fromTslab(compilerPath);

/** `createWatchCompilerHost` compiles a cell to JavaScript modules, `transpileModule` turns those into CommonJS. */
const changed = {
  ...compiler,
  createWatchCompilerHost: (files, options, ...rest) =>
    compiler.createWatchCompilerHost(files, { ...options, strict: true, inlineSourceMap: true }, ...rest),
  transpileModule: (source, options) =>
    compiler.transpileModule(source, { ...options, compilerOptions: { ...options.compilerOptions, inlineSourceMap: true } }),
};
/** @type {NodeJS.Module} */ (require.cache[compilerPath]).exports = changed;

const jupyter = fromTslab('./dist/jupyter.js');

module.exports = {
  version: PINNED,
  typescriptVersion: compiler.version,
  root,
  createConverter: fromTslab('./dist/converter.js').createConverter,
  createExecutor: fromTslab('./dist/executor.js').createExecutor,
  /** Answers completion, inspection and "is this cell complete"; we never let it execute. */
  Handler: jupyter.JupyterHandlerImpl,
  zeromq: () => fromTslab('zeromq'),
  /** Where `display` of tslab sends a mime bundle: `(content, isUpdate) => void`. */
  onDisplay(write) {
    jupyter.lastWriteDisplayData = write;
  },
};
