/**
 * The PATH on which a RabbitMQ's own tools are found. npm puts the tools of this package first on it; they know our nodes only.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What a link of npm to one of our tools leads to. */
const OURS = /[\\/]bin[\\/]rabbitmq[\w-]*\.cjs$/;

/** `searchPath` without the folders in which `tool` is ours. */
export function pathToForeign(tool: string, searchPath = ''): string {
  const isOurs = (folder: string): boolean => {
    const file = path.join(folder, tool);
    return fs.existsSync(file) && OURS.test(fs.realpathSync(file));
  };
  return searchPath
    .split(path.delimiter)
    .filter((folder) => !isOurs(folder))
    .join(path.delimiter);
}
