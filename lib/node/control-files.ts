/** The files that a command line names, as whoever typed it in a folder means them. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ControlFiles } from '../control/target';

export function filesSeenFrom(folder: string): ControlFiles {
  const at = (name: string): string => path.resolve(folder, name);
  return {
    read: (name) => (fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8') : null),
    write: (name, text) => fs.writeFileSync(at(name), text),
    hasFolderOf: (name) => fs.existsSync(path.dirname(at(name))),
  };
}
