/** The tools are plain JavaScript modules; tests, which are CommonJS, load them by `import()` past the compiler. */
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

export const ROOT = path.resolve(__dirname, '../../..');

// ts-node would turn a written `import()` into `require`, which old Nodes refuse for modules.
const importModule = new Function('address', 'return import(address)') as (address: string) => Promise<unknown>;

/** @param file from the project's folder on, e.g. `tools/tidy.mjs` */
export function load<T>(file: string): Promise<T> {
  return importModule(pathToFileURL(path.join(ROOT, file)).href) as Promise<T>;
}
