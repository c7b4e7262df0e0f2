/** The kernel as Jupyter sees it: the committed spec, a process of its own, the protocol over ZeroMQ. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { load, ROOT } from '../unit/tools/load';

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is JSON of any shape
type Json = any;

interface Published {
  type: string;
  content: Record<string, Json>;
}
interface Answer {
  content: Record<string, Json>;
  published: Published[];
}
interface Kernel {
  pid: number;
  execute(code: string, options?: { stopOnError?: boolean; silent?: boolean }): Promise<Answer>;
  request(type: string, content: object, channel?: 'shell' | 'control'): Promise<Answer>;
  interrupt(): void;
  ended(): Promise<void>;
  stop(): Promise<void>;
}
interface Client {
  KernelClient: { start(cwd: string): Promise<Kernel> };
}

const traceback = (answer: Answer): string => stripVTControlCharacters(answer.content.traceback.join('\n'));
const textOf = (answer: Answer): string =>
  answer.published.map(({ type, content }) => (type === 'stream' ? content.text : '')).join('');

describe('the kernel', function () {
  this.timeout(60_000);
  let client: Client;
  let folder: string;
  let kernel: Kernel;

  before(async () => {
    client = await load<Client>('tools/notebook/kernel-client.mjs');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-kernel-test-'));
    kernel = await client.KernelClient.start(folder);
  });

  after(async () => {
    await kernel.stop();
    fs.rmSync(folder, { recursive: true });
  });

  async function run(code: string): Promise<Answer> {
    const answer = await kernel.execute(code);
    assert.equal(answer.content.status, 'ok', JSON.stringify(answer.content));
    return answer;
  }

  async function fails(code: string): Promise<Answer> {
    const answer = await kernel.execute(code);
    assert.equal(answer.content.status, 'error');
    const { ename, evalue, traceback: lines } = answer.content;
    const published = answer.published.find(({ type }) => type === 'error');
    assert.deepEqual(published?.content, { ename, evalue, traceback: lines }, 'the same is said on both channels');
    return answer;
  }

  it('says who it is', async () => {
    const { content } = await kernel.request('kernel_info_request', {});
    assert.equal(content.status, 'ok');
    assert.equal(content.language_info.name, 'typescript');
    assert.equal(content.implementation_version, '1.0.22');
  });

  it('counts cells and repeats their input', async () => {
    const first = await run('const a = 1;');
    const second = await run('a + 1');
    assert.equal(second.content.execution_count, first.content.execution_count + 1);
    const input = second.published.find(({ type }) => type === 'execute_input');
    assert.deepEqual(input?.content, { code: 'a + 1', execution_count: second.content.execution_count });
    assert.equal(textOf(second), '2\n');
  });

  it('runs a silent request without a count or a trace', async () => {
    const before = (await run('0;')).content.execution_count;
    const silent = await kernel.execute('throw new Error("unheard")', { silent: true });
    assert.deepEqual(silent.published, []);
    assert.equal((await run('0;')).content.execution_count, before + 1);
  });

  describe('types', () => {
    it('checks strictly', async () => {
      const missing = await fails('const name: string | null = Math.random() > 2 ? "x" : null;\nname.length');
      assert.equal(missing.content.ename, 'TypeScriptError');
      assert.match(missing.content.evalue, /^line 2: 'name' is possibly 'null'\. \(TS18047\)$/);
      assert.match(traceback(missing), / {2}2 \| name\.length\n {4}\| \^/);
      assert.match((await fails('function f(a) { return a; }')).content.evalue, /implicitly has an 'any' type/);
    });

    it('shows every diagnostic once, at the cell as it was written', async () => {
      const answer = await fails('const a: number = "x";\nconst b: string = 5;');
      assert.equal(traceback(answer).match(/TypeScript error/g)?.length, 2);
      assert.equal(traceback(await fails('export const c = 5;')).match(/line 2/), null);
    });
  });

  describe('await', () => {
    const forms: Record<string, string> = {
      'a name': 'const p = Promise.resolve(7); console.log(await p)',
      'in parentheses': 'console.log(await (Promise.resolve(7)))',
      'of a function called at once': 'console.log(await (async () => 7)())',
      'for await': 'for await (const n of [Promise.resolve(7)]) console.log(n)',
      'inside a block': 'if (true) { try { console.log(await (Promise.resolve(7))) } finally { } }',
      'of an array': 'console.log((await [7])[0])',
    };
    for (const [what, code] of Object.entries(forms)) {
      it(what, async () => assert.equal(textOf(await run(code)), '7\n'));
    }

    it('keeps the type and the value for the next cell', async () => {
      await run('const seven = await (Promise.resolve(7));');
      assert.match((await fails('const text: string = seven;')).content.evalue, /Type 'number' is not assignable/);
      assert.equal(textOf(await run('seven')), '7\n');
    });
  });

  describe('errors', () => {
    it('have name, message, details, the line of the cell and the way to it', async () => {
      await run(
        [
          'interface Options { far: boolean }',
          '// A comment, an interface and an import shift the compiled lines.',
          "import * as fs from 'fs';",
          'function jump(options: Options) {',
          "  if (options.far) throw Object.assign(new RangeError('too far'), { code: 406 });",
          '}',
        ].join('\n'),
      );
      const answer = await fails('// First line\njump({ far: true });');
      assert.equal(answer.content.ename, 'RangeError');
      assert.equal(answer.content.evalue, 'too far');
      const lines = traceback(answer).split('\n');
      const [declared, called] = [answer.content.execution_count - 1, answer.content.execution_count];
      assert.deepEqual(lines, [
        'RangeError: too far',
        '{ code: 406 }',
        "  5 |   if (options.far) throw Object.assign(new RangeError('too far'), { code: 406 });",
        '    |                                        ^',
        `    at jump in cell [${declared}], line 5`,
        `    at cell [${called}], line 2`,
      ]);
    });

    it('after an await too, with their causes', async () => {
      const text = traceback(await fails("await null;\nthrow new Error('outer', { cause: new TypeError('inner') });"));
      assert.match(text, /^Error: outer\n {2}2 \| throw/);
      assert.match(text, /\ncaused by TypeError: inner\n/);
    });

    it('may be no Error at all', async () => {
      const answer = await fails('throw { code: 5 };');
      assert.deepEqual([answer.content.ename, answer.content.evalue], ['Thrown', '{ code: 5 }']);
    });

    it('of a library show its frames from the project on, and none of Node, tslab and the kernel', async () => {
      await run(`const semver = require(${JSON.stringify(path.join(ROOT, 'node_modules/semver'))});`);
      const text = traceback(await fails('setImmediate.toString();\nnew semver.SemVer(null);'));
      assert.match(text, /^TypeError: .*\n {2}2 \| new semver/);
      assert.match(text, /\n {4}at new SemVer \(node_modules.semver.classes.semver\.js:\d+:\d+\)\n {4}at cell \[\d+\], line 2$/);
    });

    it('that nobody awaits are told, and the kernel lives on', async () => {
      const answer = await run(
        [
          "void Promise.reject(new Error('lost'));",
          "setTimeout(() => { throw new Error('late'); }, 1);",
          'await new Promise((done) => setTimeout(done, 20));',
        ].join('\n'),
      );
      assert.match(
        stripVTControlCharacters(textOf(answer)),
        /Unhandled rejection: Error: lost\n[\s\S]*Uncaught exception: Error: late\n/,
      );
      await run('1');
    });
  });

  describe('a failed cell', () => {
    it('does not stop the next ones when the client asks to go on', async () => {
      const answers = await Promise.all(['throw new Error("x")', 'let after = 1;', 'after'].map((code) => kernel.execute(code)));
      assert.deepEqual(
        answers.map(({ content }) => content.status),
        ['error', 'ok', 'ok'],
      );
      assert.equal(textOf(answers[2] as Answer), '1\n');
    });

    it('stops those that were sent with it when the client does not, and no later one', async () => {
      const codes = ['throw new Error("x")', 'console.log("never")', 'console.log("never")'];
      const answers = await Promise.all(codes.map((code) => kernel.execute(code, { stopOnError: true })));
      assert.deepEqual(
        answers.map(({ content }) => content.status),
        ['error', 'aborted', 'aborted'],
      );
      for (const { content } of answers.slice(1)) assert.equal(content.execution_count, undefined);
      assert.equal(answers.map(textOf).join(''), '');
      let last = await kernel.execute('"again"', { stopOnError: true });
      while (last.content.status === 'aborted') last = await kernel.execute('"again"', { stopOnError: true });
      assert.equal(textOf(last), 'again\n');
    });
  });

  describe('an interrupt', () => {
    const waits: Record<string, string> = {
      'an await that never ends': 'console.log("begun"); await new Promise(() => {});',
      'a loop that never ends': 'require("fs").writeFileSync("begun", ""); for (;;);',
    };
    for (const [what, code] of Object.entries(waits)) {
      it(`ends ${what}`, async () => {
        const answer = kernel.execute(code);
        // The cell has begun when a request sent after it has been received (await), or when its file is there (loop).
        if (code.includes('writeFileSync')) while (!fs.existsSync(path.join(folder, 'begun'))) await new Promise(setImmediate);
        else await kernel.request('kernel_info_request', {});
        kernel.interrupt();
        assert.equal((await answer).content.ename, 'Interrupted');
        assert.equal(textOf(await run('"alive"')), 'alive\n');
      });
    }
  });

  describe('output', () => {
    it('keeps the order of text and pictures', async () => {
      const answer = await run(
        "import { display } from 'tslab';\nconsole.log(1); display.html('<b>2</b>'); console.error(3); console.log(4);",
      );
      const seen = answer.published
        .filter(({ type }) => type !== 'execute_input')
        .map(({ type, content }) => (type === 'stream' ? `${content.name}:${content.text.trim()}` : content.data['text/html']));
      assert.deepEqual(seen, ['stdout:1', '<b>2</b>', 'stderr:3', 'stdout:4']);
    });

    it('of a long loop is complete and comes in few messages', async () => {
      const answer = await run('for (let n = 0; n < 20000; n++) console.log(n);');
      const streams = answer.published.filter(({ type }) => type === 'stream');
      assert.equal(textOf(answer), Array.from({ length: 20_000 }, (_, n) => `${n}\n`).join(''));
      assert.ok(streams.length < 200, `${streams.length} messages`);
    });

    it('updates a picture in its place', async () => {
      const answer = await run("import { newDisplay } from 'tslab';\nconst d = newDisplay(); d.html('a'); d.html('b');");
      const [first, second] = answer.published.filter(({ type }) => type.endsWith('display_data'));
      assert.deepEqual([first?.type, second?.type], ['display_data', 'update_display_data']);
      assert.equal(first?.content.transient.display_id, second?.content.transient.display_id);
    });

    it('calls the callback of a write', async () => {
      const code = 'await new Promise<void>((done) => process.stdout.write("x\\n", () => done()));';
      assert.equal(textOf(await run(code)), 'x\n');
    });
  });

  it('completes, inspects and knows an unfinished cell', async () => {
    const completion = await kernel.request('complete_request', { code: 'Math.ma', cursor_pos: 7 });
    assert.ok(completion.content.matches.includes('max'));
    const inspection = await kernel.request('inspect_request', { code: 'Math.max', cursor_pos: 6, detail_level: 0 });
    assert.match(inspection.content.data['text/plain'], /max\(/);
    const complete = await kernel.request('is_complete_request', { code: 'if (true) {' });
    assert.equal(complete.content.status, 'incomplete');
    assert.deepEqual((await kernel.request('comm_info_request', {})).content, { status: 'ok', comms: {} });
  });
});

describe('the end of a kernel', function () {
  this.timeout(60_000);
  let folder: string;
  let kernel: Kernel;

  beforeEach(async () => {
    const { KernelClient } = await load<Client>('tools/notebook/kernel-client.mjs');
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-kernel-end-'));
    kernel = await KernelClient.start(folder);
    const code = [
      "import { writeFileSync } from 'fs'; import { createServer } from 'net';",
      "createServer().listen(0, '127.0.0.1'); setInterval(() => {}, 1000);",
      "process.on('exit', () => writeFileSync('ended', ''));",
    ].join('\n');
    assert.equal((await kernel.execute(code)).content.status, 'ok');
  });

  afterEach(async () => {
    await kernel.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const handlersRan = (): boolean => fs.existsSync(path.join(folder, 'ended'));

  it('by request runs exit handlers although servers and timers are open', async () => {
    const { content } = await kernel.request('shutdown_request', { restart: true }, 'control');
    assert.deepEqual(content, { status: 'ok', restart: true });
    await kernel.ended();
    assert.equal(handlersRan(), true);
  });

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} does so too`, async () => {
      process.kill(kernel.pid, signal);
      await kernel.ended();
      assert.equal(handlersRan(), true);
    });
  }

  it('follows when the process that started it is killed', async () => {
    const connection = { transport: 'ipc', ip: path.join(folder, 'socket'), key: '' };
    const ports = { shell_port: 1, control_port: 2, iopub_port: 3, stdin_port: 4, hb_port: 5 };
    fs.writeFileSync(path.join(folder, 'connection.json'), JSON.stringify({ ...connection, ...ports }));
    const argv = JSON.stringify([path.join(ROOT, 'jupyter/kernel/main.cjs'), path.join(folder, 'connection.json')]);
    const parentCode = `
      const kernel = require('child_process').spawn(process.execPath, ${argv}, { stdio: ['ignore', 1, 2] });
      require('fs').watch(${JSON.stringify(folder)}, (_, name) => { if (name === 'socket-5') console.log('listening'); });`;
    const parent = spawn(process.execPath, ['-e', parentCode], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    // The kernel holds the other end of the pipe too: it closes when both are gone.
    parent.stdout.resume();
    await once(parent.stdout, 'end');
  });
});
