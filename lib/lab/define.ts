/** Definitions given to a broker at once, by the quickest way that its engine has. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Engine } from './engine';

/** Rejects with what the broker says of them if it does not take them. */
export async function define(engine: Engine, definitions: string): Promise<void> {
  if (engine.define !== undefined) return engine.define(definitions);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-definitions-'));
  try {
    const file = path.join(folder, 'definitions.json');
    fs.writeFileSync(file, definitions);
    const { exitCode, stdout, stderr } = await engine.run('rabbitmqctl', ['import_definitions', file]);
    if (exitCode !== 0) throw new Error(`${stdout}${stderr}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
