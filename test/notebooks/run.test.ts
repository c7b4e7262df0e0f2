/** `npm run notebooks` on good and bad notebooks: what it must find is shown to be found, in each of its three ways. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { load, ROOT } from '../unit/tools/load';

interface NotebookFiles {
  readNotebook(file: string): unknown;
  stripNotebook(file: string): boolean;
}
interface NotebookLint {
  lintNotebook(notebook: unknown): unknown[];
}

const KERNELSPEC = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };

describe('npm run notebooks', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-notebooks-'));
  });

  after(() => fs.rmSync(folder, { recursive: true }));

  function write(name: string, sources: string[]): string {
    const cells = sources.map((source, index) => {
      return { cell_type: 'code', id: `c${index}`, metadata: {}, source, outputs: [], execution_count: null };
    });
    const file = path.join(folder, `${name}.ipynb`);
    fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: KERNELSPEC }, cells }));
    return file;
  }

  async function notebooks(...args: string[]): Promise<{ code: number; output: string; last: string }> {
    const child = spawn(process.execPath, [path.join(ROOT, 'tools/notebooks.mjs'), ...args], { cwd: ROOT });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const code = await new Promise<number>((done) => child.on('close', done));
    return { code, output, last: output.trimEnd().split('\n').at(-1) as string };
  }

  const WAYS = { 'the kernel’s engine': [], 'unmodified tslab': ['--stock'], 'the kernel itself': ['--kernel'] };
  for (const [way, flags] of Object.entries(WAYS)) {
    describe(`on ${way}`, () => {
      it('passes a good notebook and fails each of two bad ones, telling cell and reason', async () => {
        const good = write('good', ['const n: number = await Promise.resolve(2);', 'console.log(n * 3);']);
        const throwing = write('throwing', ['let ok = 1;', "throw new RangeError('too far');", 'ok']);
        const mistyped = write('mistyped', ['const n: number = "text";']);
        const { code, output, last } = await notebooks(...flags, good, throwing, mistyped);
        assert.match(output, /^ok .*good\.ipynb {2}\d+\.\d s$/m);
        assert.match(output, /^FAIL .*throwing\.ipynb/m);
        assert.match(output, /throwing\.ipynb, cell 2 "c1": .*RangeError: too far/);
        assert.match(output, /mistyped\.ipynb, cell 1 "c0": .*Type 'string' is not assignable to type 'number'/);
        assert.equal(last, '1 passed, 2 failed');
        assert.equal(code, 1);
      });
    });
  }

  for (const flags of [[], ['--kernel']]) {
    it(`ends a notebook that takes too long (${flags.join(' ') || 'by default'})`, async () => {
      const endless = write('endless', ['const begun = 1;', 'await new Promise(() => {});']);
      const { output, code } = await notebooks(...flags, '--limit', '10', endless);
      assert.match(output, /endless\.ipynb is still running after 10 s, in cell 2/);
      assert.equal(code, 1);
    });
  }

  it('fails a notebook with a lint fault although it runs', async () => {
    const { output, code } = await notebooks(write('await', ['console.log(await (Promise.resolve(1)));']));
    assert.match(output, /cell 1 "c0", line 1: .*\[await\]/);
    assert.equal(code, 1);
  });

  it('fails errors that nobody awaits, a process that is left behind and one that ends itself', async () => {
    const lost = write('lost', ["void Promise.reject(new Error('lost'));"]);
    const left = write('left', ["import { spawn } from 'child_process';\nconst child = spawn('sleep', ['100']);"]);
    const ends = write('ends', ['const p = process;', 'p.exit(0);', 'console.log(1);']);
    const { output, last } = await notebooks(lost, left, ends);
    assert.match(output, /cell 1 "c0": Unhandled rejection: Error: lost/);
    assert.match(output, /left\.ipynb left a process running/);
    assert.match(output, /ends\.ipynb ended its process \(code 0\) in cell 2/);
    assert.equal(last, '0 passed, 3 failed');
  });

  it('runs every cell twice if asked', async () => {
    const once = write('once', [
      'globalThis.constructor;',
      "if ((Object as any).seen) throw new Error('again');\n(Object as any).seen = 1;",
    ]);
    assert.equal((await notebooks(once)).last, '1 passed, 0 failed');
    assert.match((await notebooks('--twice', once)).output, /cell 2 "c1": Error: again/);
  });

  it('writes pages with text, code, outputs and pictures in their last state', async () => {
    const file = write('page', [
      "import { newDisplay } from 'tslab';\nconst d = newDisplay();\nd.html('<b>first</b>');\nd.html('<b>last</b>');",
      'console.log("1 < 2");',
    ]);
    await notebooks('--html', path.join(folder, 'pages'), file);
    const page = fs.readFileSync(path.join(folder, 'pages', 'page.html'), 'utf8');
    assert.match(page, /<b>last<\/b>/);
    assert.doesNotMatch(page, /<b>first<\/b>/);
    assert.match(page, /<pre>1 &#60; 2\n<\/pre>/);
  });

  it('strips a notebook so that it lints', async () => {
    const { readNotebook, stripNotebook } = await load<NotebookFiles>('tools/notebook/read.mjs');
    const { lintNotebook } = await load<NotebookLint>('tools/notebook/lint.mjs');
    const file = write('strip', ['1']);
    const raw = JSON.parse(fs.readFileSync(file, 'utf8'));
    raw.cells[0] = { ...raw.cells[0], id: undefined, outputs: [{ output_type: 'error' }], execution_count: 4 };
    raw.metadata.kernelspec.name = 'other';
    fs.writeFileSync(file, JSON.stringify(raw));
    assert.equal(lintNotebook(readNotebook(file)).length, 4);
    assert.equal(stripNotebook(file), true);
    assert.deepEqual(lintNotebook(readNotebook(file)), []);
    assert.equal(stripNotebook(file), false);
  });

  it('says what is wrong with its arguments', async () => {
    assert.match((await notebooks('no-such.ipynb')).output, /There is no no-such\.ipynb/);
    assert.match((await notebooks('--limit', 'x')).output, /--limit x is no number of seconds/);
    assert.match((await notebooks('--fast')).output, /Unknown option '--fast'/);
  });
});
