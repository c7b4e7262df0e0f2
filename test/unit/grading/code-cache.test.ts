import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { RUNNER_FOLDER } from '../../../lib/grading/sandbox/places';

describe('the kept code of packages', function () {
  this.timeout(20_000);
  let folder = '';

  /** Loads the package in a process of its own, and tells what it exports and whether its kept code was taken. */
  function loaded(...flags: string[]): { exports: unknown; taken: boolean | null } {
    const script = `
      const vm = require('node:vm');
      let taken = null;
      vm.Script = class extends vm.Script {
        constructor(source, options) {
          super(source, options);
          if (options.cachedData !== undefined) taken = this.cachedDataRejected === false;
        }
      };
      const leave = require('./inside/code-cache.cjs').useCodeCache();
      const exports = require('./node_modules/pack');
      leave();
      process.stdout.write(JSON.stringify({ exports, taken }));`;
    return JSON.parse(node(script, ...flags)) as { exports: unknown; taken: boolean | null };
  }

  function node(script: string, ...flags: string[]): string {
    return execFileSync(process.execPath, [...flags, '-e', script], { cwd: folder, encoding: 'utf8' });
  }

  function kept(): string {
    const [file = ''] = fs.readdirSync(path.join(folder, 'dist', 'code-cache'));
    return path.join(folder, 'dist', 'code-cache', file);
  }

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-code-'));
    const pack = path.join(folder, 'node_modules', 'pack');
    for (const each of ['inside', 'node_modules/pack/lib']) fs.mkdirSync(path.join(folder, each), { recursive: true });
    fs.copyFileSync(path.join(RUNNER_FOLDER, 'code-cache.cjs'), path.join(folder, 'inside', 'code-cache.cjs'));
    fs.writeFileSync(path.join(pack, 'index.js'), "exports.sum = require('./lib/add')(1, 2); exports.file = __filename;");
    fs.writeFileSync(path.join(pack, 'lib', 'add.js'), 'module.exports = (a, b) => a + b;');
    node(`
      const recorded = require('./inside/code-cache.cjs').recordCode();
      require('./node_modules/pack');
      recorded.write('pack');`);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const exported = (): unknown => ({ sum: 3, file: fs.realpathSync(path.join(folder, 'node_modules/pack/index.js')) });

  it('is taken by the V8 that made it, and the package is the same', () => {
    assert.deepEqual(loaded(), { exports: exported(), taken: true });
  });

  it('is not looked for by a V8 whose flags make other code', () => {
    assert.deepEqual(loaded('--stack-size=900'), { exports: exported(), taken: null });
  });

  it('is left alone where it belongs to another source', () => {
    const add = path.join(folder, 'node_modules', 'pack', 'lib', 'add.js');
    const source = fs.readFileSync(add, 'utf8');
    fs.writeFileSync(add, 'module.exports = (a, b) => a * 10 + b;');
    assert.deepEqual(loaded().exports, { ...(exported() as object), sum: 12 });
    fs.writeFileSync(add, source);
  });

  it('is done without where its file is spoilt', () => {
    const file = kept();
    fs.truncateSync(file, 40);
    assert.deepEqual(loaded(), { exports: exported(), taken: null });
  });
});
