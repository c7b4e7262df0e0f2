/** Each of our own lint rules is shown to fail on what it forbids and to hold on what only looks like it. */
import { strict as assert } from 'node:assert';
import { load } from './load';

type Tidy = (files: Map<string, string>) => Map<string, string[]>;

const ARCHITECTURE = '# The house\n```imports\nlab: broker world trace\nbroker: amqp world\namqp: -\nworld: -\ntrace: -\n```\n';

describe('tidy', () => {
  let tidy: Tidy;
  before(async () => {
    ({ tidy } = await load<{ tidy: Tidy }>('tools/tidy.mjs'));
  });

  function faultsOf(rule: string, files: Record<string, string>): string[] {
    return (
      tidy(new Map(Object.entries({ 'ARCHITECTURE.md': ARCHITECTURE, ...files }))).get(rule) ?? assert.fail(`no rule ${rule}`)
    );
  }

  describe('engine-pure', () => {
    const forbidden: Record<string, string> = {
      'a node: module': "import * as fs from 'node:fs';",
      'a built-in module without node:': "import { connect } from 'net';",
      'the types of a built-in module': "import type { Socket } from 'node:net';",
      'a re-exported built-in module': "export { randomBytes } from 'node:crypto';",
      'an import() of one': "const fs = await import('node:fs');",
      'require of one': "const fs = require('fs');",
      'an import type': "let socket: import('node:net').Socket;",
      setTimeout: 'setTimeout(() => {}, 5);',
      setInterval: 'const start = setInterval;',
      setImmediate: 'setImmediate(run);',
      queueMicrotask: 'queueMicrotask(run);',
      'new Date': 'const now = new Date();',
      'Date.now': 'const now = Date.now();',
      'Date as a type': 'let at: Date;',
      'Math.random': 'const chance = Math.random();',
      performance: 'const now = performance.now();',
      crypto: 'crypto.randomUUID();',
      process: 'process.nextTick(run);',
      globalThis: "globalThis['set' + 'Timeout'](run);",
      console: "console.log('x');",
      'a shorthand property': 'const host = { process };',
      'a name that another function declares': 'function other(process: number) { return process; }\nprocess.exit();',
    };
    for (const [what, code] of Object.entries(forbidden)) {
      it(`forbids ${what}`, () => {
        const faults = faultsOf('engine-pure', { 'lib/broker/queue.ts': code });
        assert.notEqual(faults.length, 0);
        for (const fault of faults) assert.match(fault, /^lib\/broker\/queue\.ts:\d+:\d+ (imports|uses) /);
      });
    }

    const allowed: Record<string, string> = {
      'comments and strings': "// setTimeout, Date.now()\nconst text = 'process.exit(1); new Date()'; const t = `crypto ${1}`;",
      'a regular expression': 'const r = /Date|process/;',
      'properties of these names': 'world.process(queue.Date, { process: 1, crypto() {} }); interface A { performance: number }',
      'a parameter of that name': 'function run(process: () => void) { process(); return (crypto: number) => crypto + 1; }',
      'a local of that name': 'export function f() { const { performance } = world; return performance; }',
      'an import of that name': "import { process } from './pipeline'; process();",
      'Math without chance': 'Math.max(1, 2);',
      'imports of its own kind': "import { World } from '../world/world'; import type { Frame } from '../amqp/frame';",
      Buffer: 'const bytes = Buffer.allocUnsafe(4);',
    };
    for (const [what, code] of Object.entries(allowed)) {
      it(`allows ${what}`, () => {
        assert.deepEqual(faultsOf('engine-pure', { 'lib/broker/queue.ts': code }), []);
      });
    }

    it('concerns the engine and the interface of the world, not the worlds themselves', () => {
      const code = 'setTimeout(run, 1);';
      assert.equal(faultsOf('engine-pure', { 'lib/world/world.ts': code }).length, 1);
      assert.equal(faultsOf('engine-pure', { 'lib/storage/log.ts': code }).length, 1);
      assert.deepEqual(faultsOf('engine-pure', { 'lib/world/live.ts': code, 'lib/lab/lab.ts': code, 'bench/run.mjs': code }), []);
    });
  });

  describe('folder-direction', () => {
    it('allows what the table allows, within a folder everything, and files of lib/ itself all folders', () => {
      const faults = faultsOf('folder-direction', {
        'lib/lab/lab.ts': "import '../broker/broker'; import './clock'; import 'amqplib'; import '../trace';",
        'lib/index.ts': "export * from './lab/lab'; export * from './trace/events';",
      });
      assert.deepEqual(faults, []);
    });

    const refused: Record<string, [string, string, RegExp]> = {
      'an import upwards': [
        'lib/amqp/frame.ts',
        "import '../broker/broker';",
        /imports lib\/broker, but lib\/amqp may import nothing/,
      ],
      'a type import upwards': ['lib/broker/a.ts', "import type { Lab } from '../lab/lab';", /may import only amqp, world/],
      'an export from above': ['lib/broker/a.ts', "export * from '../lab/lab';", /imports lib\/lab/],
      'a folder as a whole': ['lib/broker/a.ts', "import '../lab';", /imports lib\/lab/],
      'an import from a sub-folder': ['lib/broker/queue/a.ts', "import '../../lab/lab';", /imports lib\/lab/],
      'the file that joins all': ['lib/broker/a.ts', "import '../index';", /lies above lib\/broker/],
      'something outside lib': ['lib/broker/a.ts', "import '../../test/helper';", /lies outside lib/],
      'the package itself': ['lib/lab/a.ts', "import 'warren';", /imports the package it belongs to/],
      'a folder without a line': ['lib/cellar/a.ts', '', /lies in lib\/cellar, for which ARCHITECTURE.md has no line/],
    };
    for (const [what, [name, code, says]] of Object.entries(refused)) {
      it(`refuses ${what}`, () => {
        const faults = faultsOf('folder-direction', { [name]: code });
        assert.equal(faults.length, 1, faults.join('\n'));
        assert.match(faults[0] as string, says);
      });
    }

    const tables: Record<string, [string, RegExp]> = {
      'no table': ['# The house', /has no block that begins with ```imports/],
      'a line of another form': ['```imports\nlab -> broker\n```', /is not of the form/],
      'a folder that is not listed': ['```imports\nlab: broker\n```', /may import "broker", which has no line/],
      'a circle': ['```imports\na: b\nb: c\nc: a\n```', /in a circle: a -> b -> c -> a/],
    };
    for (const [what, [text, says]] of Object.entries(tables)) {
      it(`refuses ${what} in ARCHITECTURE.md`, () => {
        assert.match(faultsOf('folder-direction', { 'ARCHITECTURE.md': text }).join('\n'), says);
      });
    }
  });

  it('refuses lines of more than 130 columns, counted in characters', () => {
    const files = { 'lib/a.ts': `//${'x'.repeat(129)}`, 'tools/b.mjs': `//${'中'.repeat(128)}`, 'docs/c.md': 'x'.repeat(500) };
    assert.deepEqual(faultsOf('long-line', files), ['lib/a.ts:1 has 131 columns; 130 are allowed']);
  });

  it('refuses files of more than 600 lines', () => {
    const faults = faultsOf('long-file', { 'lib/a.ts': '\n'.repeat(601), 'lib/b.ts': '\n'.repeat(600) });
    assert.deepEqual(faults, ['lib/a.ts has 601 lines; 600 are allowed (one subject a file)']);
  });

  it('refuses notebooks that carry outputs, and files that are none', () => {
    const cell = {
      cell_type: 'code',
      id: 'a',
      source: '1',
      outputs: [{ output_type: 'stream' }],
      execution_count: null,
      metadata: {},
    };
    const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };
    const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] });
    const faults = faultsOf('notebooks', { 'notebooks/a.ipynb': text, 'notebooks/b.ipynb': '{' });
    assert.equal(faults.length, 2, faults.join('\n'));
    assert.match(faults[0] as string, /notebooks\/a\.ipynb, cell 1 "a": has outputs/);
    assert.match(faults[1] as string, /b\.ipynb is not JSON/);
  });

  it('refuses a lock file with download addresses', () => {
    const packages = {
      'node_modules/a': { resolved: 'https://example.org/a.tgz' },
      'node_modules/b': { resolved: 'lib', link: true },
    };
    const faults = faultsOf('lock-addresses', { 'package-lock.json': JSON.stringify({ packages }) });
    assert.equal(faults.length, 1);
    assert.match(faults[0] as string, /node_modules\/a carries a download address/);
  });
});
