/** The folder that the nodes of a lab keep their data in: made for the lab under the system's temporary folder, gone with it. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Guard } from './guard';

export class LabFolder {
  readonly path: string = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-lab-'));
  /** Sees to the folder, and to what runs on it, should this process end before the lab. */
  readonly guard = new Guard(this.path);

  /** Of one node or one purpose; made if it is missing. */
  folder(name: string): string {
    const folder = path.join(this.path, name);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** What ran on the folder must have ended before. */
  dispose(): void {
    this.guard.leave();
    fs.rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Removes what is in a folder, and leaves the folder. */
export function empty(folder: string): void {
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** Copies what is in a folder into a new one beside it, and gives the path of that. */
export function copied(folder: string): string {
  const copy = fs.mkdtempSync(`${folder}-copy-`);
  fs.cpSync(folder, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}
