/** What `npm start` decides before it does anything, and the sentences with which it gives up. */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { load, ROOT } from './load';

interface Python {
  version: [number, number, number];
  executable: string;
  venv: boolean;
}
interface Tools {
  packagesNeeded(root: string): string | null;
  pythonTrouble(found: Python[], platform: string): Error;
  readArguments(args: string[]): { port: number | null; notebook: string | null; rest: string[] };
  choosePort(wanted: number | null): Promise<number>;
  jupyterEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  run(name: string, command: string, args: string[], options: { what: string }): Promise<void>;
  needSpace(megabytes: number, purpose: string): number;
}

describe('npm start', () => {
  let tools: Tools;
  before(async () => {
    const files = ['packages', 'python', 'jupyter', 'run'].map((name) => load<Partial<Tools>>(`tools/setup/${name}.mjs`));
    tools = Object.assign({}, ...(await Promise.all(files)));
  });

  it('knows which Nodes are new enough', () => {
    const { isNewEnough } = require('../../../tools/need-node.cjs') as { isNewEnough(version: string): boolean };
    const answers = ['0.12.18', '18.20.8', '20.18.3', '21.7.3', '22.11.0'].map(isNewEnough);
    assert.deepEqual(answers, [false, false, false, false, false]);
    assert.deepEqual(['20.19.0', '20.20.2', '22.12.0', '23.0.0', '24.21.0', '26.10.0'].map(isNewEnough), Array(6).fill(true));
  });

  it('says it is too old in words that every Node understands', () => {
    const text = fs.readFileSync(path.join(ROOT, 'tools/need-node.cjs'), 'utf8');
    assert.doesNotMatch(text.replace(/\/\*[\s\S]*?\*\//g, ''), /=>|\bconst\b|\blet\b|`|,\s*\)|\bclass\b|\?\./);
  });

  describe('npm packages', () => {
    let root: string;
    beforeEach(() => {
      root = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-packages-'));
    });
    afterEach(() => fs.rmSync(root, { recursive: true }));

    const PACKAGES = {
      '': { name: 'course' },
      lib: { version: '0.1.0' },
      'node_modules/a': { version: '1.2.3' },
      'node_modules/other-platform': { version: '2.0.0', optional: true },
      'node_modules/warren': { resolved: 'lib', link: true },
    };
    const { '': _root, 'node_modules/other-platform': _other, ...INSTALLED } = PACKAGES;

    function needed(installed: object | null): string | null {
      fs.writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: PACKAGES }));
      fs.mkdirSync(path.join(root, 'node_modules'), { recursive: true });
      if (installed)
        fs.writeFileSync(path.join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
      return tools.packagesNeeded(root);
    }

    it('are complete without those for other platforms', () => assert.equal(needed(INSTALLED), null));
    it('are not there at first', () => assert.equal(needed(null), 'not installed yet'));
    it('are another version than the lock file pins', () => {
      assert.equal(needed({ ...INSTALLED, 'node_modules/a': { version: '1.2.4' } }), 'a is 1.2.4, not 1.2.3');
    });
    it('lack one', () => {
      const { 'node_modules/a': _a, ...rest } = INSTALLED;
      assert.equal(needed(rest), 'a is missing');
    });
    it('include an optional one in the wrong version', () => {
      assert.match(needed({ ...INSTALLED, 'node_modules/other-platform': { version: '1.0.0' } }) ?? '', /not 2\.0\.0/);
    });
    it('link the library from elsewhere', () => {
      assert.match(needed({ ...INSTALLED, 'node_modules/warren': { resolved: '../lib', link: true } }) ?? '', /warren/);
    });
  });

  it('tells a missing Python from an old one and from one without venv', () => {
    const old: Python = { version: [3, 8, 18], executable: '/usr/bin/python3', venv: true };
    const bare: Python = { version: [3, 11, 2], executable: '/usr/bin/python3', venv: false };
    assert.match(
      tools.pythonTrouble([], 'linux').message,
      /needs Python 3\.9 or newer and found none\. .*apt-get install python3 python3-venv/,
    );
    assert.match(
      tools.pythonTrouble([old], 'darwin').message,
      /found only Python 3\.8\.18 \(\/usr\/bin\/python3\)\. .*brew install python/,
    );
    assert.match(
      tools.pythonTrouble([old, bare], 'linux').message,
      /^Python 3\.11\.2 .*venv.* "sudo apt-get install python3-venv"/,
    );
    for (const found of [[], [old], [bare]]) assert.match(tools.pythonTrouble(found, 'linux').message, /--system-jupyter/);
  });

  describe('arguments', () => {
    it('are passed on, except a notebook', () => {
      const { port, notebook, rest } = tools.readArguments(['--no-browser', '--port', '8890', 'notebooks/02.ipynb', '--debug']);
      assert.deepEqual([port, notebook, rest], [8890, 'notebooks/02.ipynb', ['--no-browser', '--port', '8890', '--debug']]);
    });
    it('may name the port in each of Jupyter’s ways', () => {
      assert.equal(tools.readArguments(['--port=8891']).port, 8891);
      assert.equal(tools.readArguments(['--ServerApp.port=8892']).port, 8892);
      assert.equal(tools.readArguments(['--no-browser']).port, null);
    });
    for (const args of [['--port', 'abc'], ['--port'], ['--port=0'], ['--port=65536'], ['--port', '1.5']]) {
      it(`are refused: ${args.join(' ')}`, () => assert.throws(() => tools.readArguments(args), /is no port\. Give a number/));
    }
  });

  it('names a free port when the wanted one is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as net.AddressInfo;
    try {
      await assert.rejects(tools.choosePort(port), (error: Error) => {
        const other = Number(/npm start -- --port (\d+)/.exec(error.message)?.[1]);
        return error.message.startsWith(`Port ${port} is taken by another program. `) && other > port;
      });
    } finally {
      taken.close();
    }
    assert.equal(await tools.choosePort(port), port);
  });

  it('keeps Jupyter out of the home folder and puts our kernel and our Node first', () => {
    const env = tools.jupyterEnvironment({ PATH: '/elsewhere', JUPYTER_PATH: '/mine', HOME: '/home/x' });
    for (const name of ['JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR', 'IPYTHONDIR']) {
      assert.ok(env[name]?.startsWith(path.join(ROOT, '.warren')), `${name} is ${env[name]}`);
    }
    assert.deepEqual(env.JUPYTER_PATH?.split(path.delimiter), [path.join(ROOT, 'jupyter'), '/mine']);
    assert.deepEqual(env.PATH?.split(path.delimiter), [path.dirname(process.execPath), '/elsewhere']);
  });

  const reasons: Record<string, [string, RegExp]> = {
    'no network (npm)': ['npm error code ENOTFOUND', /^Trouble: It failed: the network could not be reached\. Connect/],
    'no network (pip)': ['NewConnectionError: Temporary failure in name resolution', /the network could not be reached/],
    'a full disk': ['OSError: [Errno 28] No space left on device', /^Trouble: It failed: the disk is full\. Free about 1 GB/],
    'no permission': ['npm error code EACCES', /may not be written\. Check who owns/],
    'anything else': [
      'line one\nthe real reason',
      /The end of \.warren\/logs\/test-setup\.log says:\nline one\nthe real reason$/,
    ],
  };
  for (const [what, [output, says]] of Object.entries(reasons)) {
    it(`turns an installer's failure into a sentence: ${what}`, async () => {
      const script = `console.error(${JSON.stringify(output)}); process.exit(3);`;
      await assert.rejects(tools.run('test-setup', process.execPath, ['-e', script], { what: 'It' }), says);
    });
  }

  it('does not begin on a disk that is too small', () => {
    assert.throws(
      () => tools.needSpace(1e9, 'this test'),
      /disk is nearly full: this test needs 1000000000 MB and \d+ MB are free/,
    );
    assert.ok(tools.needSpace(0, 'this test') >= 0);
  });
});
