/** Where the files that run inside a sandbox lie on this machine. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The folder of the package in which a file lies. */
function packageOf(file: string): string {
  let folder = path.dirname(file);
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

export const PACKAGE_FOLDER: string = packageOf(__filename);

export const RUNNER_FOLDER: string = path.join(PACKAGE_FOLDER, 'inside');

/** What V8 has made of packages; the runner looks for it beside its own folder (inside/code-cache.cjs). */
export const CODE_CACHE_FOLDER: string = path.join(PACKAGE_FOLDER, 'dist', 'code-cache');

/** The course's folder: exercises, solutions and this library lie below it, so that nothing of it may be seen inside. */
export const COURSE_FOLDER: string = path.dirname(PACKAGE_FOLDER);

export const AMQPLIB_FOLDER: string = packageOf(require.resolve('amqplib'));

export const TYPESCRIPT_FOLDER: string = packageOf(require.resolve('typescript'));
