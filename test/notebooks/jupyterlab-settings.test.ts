/**
 * The settings that the course gives JupyterLab. It passes over a setting that it does not know, so the installed one is
 * asked, by its own reader, whether each of ours is known to it and has become the default.
 */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { load } from '../unit/tools/load';

interface JupyterTools {
  jupyterEnvironment(): NodeJS.ProcessEnv;
}
interface PythonTools {
  VENV_PYTHON: string;
  environmentNeeded(): Promise<string | null>;
}
interface Property {
  type?: string;
  default: unknown;
}

const OURS = path.resolve(__dirname, '../../jupyter/config/labconfig/default_setting_overrides.json');
const settings: Record<string, Record<string, unknown>> = JSON.parse(fs.readFileSync(OURS, 'utf8'));

/** Prints the properties of the plugins' schemas, defaults as JupyterLab would use them for a user without settings. */
const SCRIPT = `
import json, os, sys
from jupyterlab.commands import get_app_dir
from jupyterlab_server.settings_utils import get_settings
app = get_app_dir()
folders = [os.path.join(app, "settings"), os.path.join(app, "schemas"), sys.argv[1]]
plugins = sys.argv[2:]
print(json.dumps({plugin: get_settings(*folders, schema_name=plugin)[0]["schema"]["properties"] for plugin in plugins}))
`;

describe("JupyterLab's settings for the course", function () {
  this.timeout(60_000);
  let known: Record<string, Record<string, Property>>;

  before(async function () {
    const python = await load<PythonTools>('tools/setup/python.mjs');
    const jupyter = await load<JupyterTools>('tools/setup/jupyter.mjs');
    if (await python.environmentNeeded()) this.skip();
    const noUser = path.join(os.tmpdir(), `warren-no-settings-${process.pid}`);
    const args = ['-c', SCRIPT, noUser, ...Object.keys(settings)];
    known = JSON.parse(execFileSync(python.VENV_PYTHON, args, { env: jupyter.jupyterEnvironment(), encoding: 'utf8' }));
  });

  for (const [plugin, ours] of Object.entries(settings)) {
    for (const [key, value] of Object.entries(ours)) {
      it(`${plugin}, ${key}: known and in force`, () => {
        const property = known[plugin]?.[key];
        assert.ok(property?.type, 'this JupyterLab has no such setting');
        assert.deepEqual(property.default, value);
      });
    }
  }
});
