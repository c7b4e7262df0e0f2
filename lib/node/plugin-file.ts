/** RabbitMQ's `enabled_plugins`: one Erlang list of names with a full stop behind it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PluginStore } from '../control/target';

export class PluginFile implements PluginStore {
  constructor(readonly path: string) {}

  /** None if there is no such file. */
  read(): readonly string[] {
    if (!fs.existsSync(this.path)) return [];
    return fs.readFileSync(this.path, 'utf8').match(/[a-z]\w*/g) ?? [];
  }

  write(names: readonly string[]): void {
    fs.mkdirSync(path.dirname(this.path), { recursive: true });
    fs.writeFileSync(this.path, `[${names.join(',')}].\n`);
  }
}
