/** Files of a class: written so that after a crash at any moment the old text or the new one is there, never a part. */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Replaces a file in one step, on disk when this returns. Makes its folder. */
export function writeWhole(file: string, content: string | Buffer, mode = 0o644): void {
  const folder = path.dirname(file);
  fs.mkdirSync(folder, { recursive: true });
  const own = path.join(folder, `.${path.basename(file)}.${process.pid}.${crypto.randomBytes(4).toString('hex')}`);
  const descriptor = fs.openSync(own, 'wx', mode);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(own, file);
}

export function writeJson(file: string, value: unknown): void {
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** The value in a JSON file; null if there is no such file. Throws if it is not JSON. */
export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function sha256(content: string | Buffer): string {
  return crypto.createHash('sha256').update(content).digest('hex');
}

/** Ordinary files below a folder, with `/`, sorted; links and all else are left out, and so is what begins with a dot. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const look = (below: string): void => {
    for (const entry of fs.readdirSync(path.join(folder, below), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) look(name);
      else if (entry.isFile()) found.push(name);
    }
  };
  if (fs.existsSync(folder)) look('');
  return found.sort();
}

/** One hash of many files: of their names and contents, in the order of the names. */
export function hashOfFiles(files: ReadonlyMap<string, Buffer>): string {
  const hash = crypto.createHash('sha256');
  for (const name of [...files.keys()].sort()) hash.update(`${name}\0${sha256(files.get(name) as Buffer)}\n`);
  return hash.digest('hex');
}

/** The files of a folder in memory. */
export function readFolder(folder: string): Map<string, Buffer> {
  return new Map(filesBelow(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]));
}

export function writeFolder(folder: string, files: ReadonlyMap<string, Buffer>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}
