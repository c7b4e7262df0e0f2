/** The library gathered into one file a room: what `require` of a module gives, by old paths and new. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { load } from './load';

interface Tools {
  gather(dist: string): void;
  isGathered(dist: string): boolean;
}

/** Two rooms; `queue` and `vhost` need each other, and `queue` is also a folder. */
const COMPILED = {
  'index.js': `exports.shapes = require('./draw').shapes; exports.vhost = require('./broker/vhost');`,
  'broker/vhost.js': `'use strict'; exports.early = 1; exports.saw = require('./queue').saw; exports.file = __filename;`,
  'broker/queue.js': `const vhost = require('./vhost'); exports.saw = { ...vhost }; exports.fifo = require('./queue/fifo').name;`,
  'broker/queue/fifo.js': `exports.name = require('../../draw').shapes + require('node:path').basename(__dirname);`,
  'draw/index.js': `globalThis.drawn = (globalThis.drawn ?? 0) + 1; exports.shapes = 'ring'; exports.all = () => require.cache;`,
  'draw/broken.js': `if (!globalThis.mended) throw new Error('broken'); exports.fine = true;`,
};

describe('the gathered library', () => {
  let tools: Tools;
  let dist: string;
  before(async () => {
    tools = await load<Tools>('tools/setup/rooms.mjs');
  });
  beforeEach(() => {
    dist = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-rooms-'));
    compile(COMPILED);
  });
  afterEach(() => fs.rmSync(dist, { recursive: true }));

  function compile(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(dist, name)), { recursive: true });
      fs.writeFileSync(path.join(dist, name), text);
    }
  }

  /** What an expression is in a process of its own; `at` leads to a module. */
  function evaluate(expression: string): unknown {
    const at = `const at = (name) => require(${JSON.stringify(`${dist}/`)} + name)`;
    const program = `${at}; console.log(JSON.stringify(${expression}))`;
    return JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }));
  }

  it('gives every module by its path, as the compiled one does', () => {
    const expression = `[at('index'), at('broker/queue'), at('broker/queue/fifo')]`;
    const compiled = evaluate(expression);
    assert.equal(tools.isGathered(dist), false);
    tools.gather(dist);
    assert.equal(tools.isGathered(dist), true);
    assert.deepEqual(evaluate(expression), compiled);
  });

  it('runs each module once, whatever way it is asked for', () => {
    tools.gather(dist);
    assert.deepEqual(evaluate(`[at('draw') === at('draw/index.js'), at('index').shapes, at('broker/queue').fifo, drawn]`), [
      true,
      'ring',
      'ringqueue',
      1,
    ]);
  });

  it('lets a module that failed be asked for again', () => {
    tools.gather(dist);
    const failure = `(() => { try { at('draw/broken') } catch ({ message }) { return message } })()`;
    assert.deepEqual(evaluate(`[${failure}, (mended = true) && at('draw/broken')]`), ['broken', { fine: true }]);
  });

  it('shows modules what Node has loaded', () => {
    tools.gather(dist);
    assert.equal(evaluate(`Object.keys(at('draw').all()).some((file) => file.endsWith('rooms/loader.js'))`), true);
  });

  it('takes the place of what was gathered before, and forgets modules whose source is gone', () => {
    tools.gather(dist);
    const { 'draw/broken.js': _, ...rest } = COMPILED;
    compile({ ...rest, 'draw/index.js': `exports.shapes = 'square';` });
    tools.gather(dist);
    assert.equal(evaluate(`at('index').shapes`), 'square');
    assert.equal(fs.existsSync(path.join(dist, 'draw/broken.js')), false);
  });
});
