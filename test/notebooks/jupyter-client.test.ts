/**
 * The kernel under Jupyter's own client (nbclient in the project's Python environment), which finds it by the committed,
 * relocatable spec and demands of it what JupyterLab does.
 */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { load } from '../unit/tools/load';

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is JSON of any shape
type Json = any;

interface JupyterTools {
  jupyterEnvironment(): NodeJS.ProcessEnv;
}
interface PythonTools {
  VENV_PYTHON: string;
  environmentNeeded(): Promise<string | null>;
}

/** Executes notebook.ipynb, writes what came of it to executed.ipynb, and prints the error that nbclient raised. */
const SCRIPT = `
import json, sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
notebook = nbformat.read("notebook.ipynb", as_version=4)
client = NotebookClient(notebook, kernel_name="tslab", timeout=60, allow_errors=(sys.argv[1] == "on"))
try:
    client.execute()
    raised = None
except CellExecutionError as error:
    raised = {"ename": error.ename, "evalue": error.evalue}
nbformat.write(notebook, "executed.ipynb")
print(json.dumps(raised))
`;

function writeNotebook(folder: string, sources: string[]): void {
  const cells = sources.map((source, index) => {
    return { cell_type: 'code', id: `c${index}`, metadata: {}, source, outputs: [], execution_count: null };
  });
  const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells };
  fs.writeFileSync(path.join(folder, 'notebook.ipynb'), JSON.stringify(notebook));
}

describe("the kernel under Jupyter's own client", function () {
  this.timeout(120_000);
  let python: PythonTools;
  let jupyter: JupyterTools;
  let folder: string;

  before(async function () {
    python = await load<PythonTools>('tools/setup/python.mjs');
    jupyter = await load<JupyterTools>('tools/setup/jupyter.mjs');
    if (await python.environmentNeeded()) this.skip();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-nbclient-'));
  });

  after(() => {
    if (folder) fs.rmSync(folder, { recursive: true });
  });

  async function execute(sources: string[], allowErrors: 'on' | 'off'): Promise<{ raised: Json; cells: Json[] }> {
    writeNotebook(folder, sources);
    const child = spawn(python.VENV_PYTHON, ['-c', SCRIPT, allowErrors], { cwd: folder, env: jupyter.jupyterEnvironment() });
    let out = '';
    let errors = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (errors += text));
    const code = await new Promise((done) => child.on('close', done));
    assert.equal(code, 0, errors);
    const executed = JSON.parse(fs.readFileSync(path.join(folder, 'executed.ipynb'), 'utf8'));
    return { raised: JSON.parse(out), cells: executed.cells };
  }

  it('runs a notebook, with counts and outputs', async () => {
    const sources = [
      'const n = await (Promise.resolve(20));',
      'n + 1',
      "import { display } from 'tslab'; display.html('<i>x</i>');",
    ];
    const { raised, cells } = await execute(sources, 'off');
    assert.equal(raised, null);
    assert.deepEqual(
      cells.map((cell) => cell.execution_count),
      [1, 2, 3],
    );
    assert.deepEqual(cells[1].outputs, [{ name: 'stdout', output_type: 'stream', text: ['21\n'] }]);
    assert.deepEqual(cells[2].outputs[0].data, { 'text/html': ['<i>x</i>'] });
  });

  it('tells name and message of an error and stops there', async () => {
    const { raised, cells } = await execute(['throw new RangeError("too far")', 'console.log("never")'], 'off');
    assert.deepEqual(raised, { ename: 'RangeError', evalue: 'too far' });
    assert.equal(cells[0].outputs[0].output_type, 'error');
    assert.equal(cells[1].execution_count, null);
  });

  it('runs every cell when the client allows errors', async () => {
    const { raised, cells } = await execute(
      ['throw new Error("first")', 'console.log("runs")', 'missing', 'console.log("too")'],
      'on',
    );
    assert.equal(raised, null);
    assert.deepEqual(
      cells.map((cell) => cell.outputs[0].ename ?? cell.outputs[0].text.join('')),
      ['Error', 'runs\n', 'TypeScriptError', 'too\n'],
    );
  });
});
