/**
 * At most one process works on a folder. A lock is a file `lock.N` in the folder with the process that holds it; the file with
 * the highest number counts. To take the lock is to make the file with the next number, once the process of the present one has
 * ended: of several that try, the file system lets one succeed.
 *
 * Invariant: the file with the highest number is never removed, so a number is never won twice. A release writes into it that
 * nobody holds it any more.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isAlive, type ProcessIdentity, processIdentity } from './process-identity';

export interface LockHolder extends ProcessIdentity {
  /** Who the process is, such as `node rabbit1@localhost`. */
  readonly who: string;
}

/** Another process holds the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(
    readonly folder: string,
    readonly holder: LockHolder,
  ) {
    super(`${folder} is in use by ${holder.who}, process ${holder.pid}`);
  }
}

const LOCK = /^lock\.(\d+)$/;
/** One who takes the lock writes in between; a file that cannot be read is asked for again so often. */
const ATTEMPTS = 100;

export class FolderLock {
  private constructor(
    private readonly folder: string,
    private readonly number: number,
  ) {}

  /** Makes the folder if it is missing. Throws `FolderInUse`. */
  static take(folder: string, who: string): FolderLock {
    fs.mkdirSync(folder, { recursive: true });
    const me = processIdentity(process.pid);
    if (me === null) throw new Error('This system does not tell when a process began.');
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const last = highest(folder);
      const holder = last === 0 ? null : readHolder(folder, last);
      if (holder === 'vanished') continue;
      if (holder !== null && isAlive(holder)) throw new FolderInUse(folder, holder);
      const lock = new FolderLock(folder, last + 1);
      if (!lock.claim({ ...me, who })) continue;
      // A number that was freed below one that counts by now is nothing won.
      if (highest(folder) > lock.number) {
        fs.rmSync(lock.file);
        continue;
      }
      for (const number of numbers(folder)) if (number < lock.number) fs.rmSync(fileOf(folder, number), { force: true });
      return lock;
    }
    throw new Error(`The lock of ${folder} changes hands all the time.`);
  }

  release(): void {
    this.replace({ pid: 0, birth: '', who: '' }, (draft) => fs.renameSync(draft, this.file));
  }

  private get file(): string {
    return fileOf(this.folder, this.number);
  }

  /** False if another one was quicker. */
  private claim(holder: LockHolder): boolean {
    try {
      this.replace(holder, (draft) => fs.linkSync(draft, this.file));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** The file appears with all that is in it, or not at all. */
  private replace(holder: LockHolder, put: (draft: string) => void): void {
    const draft = path.join(this.folder, `.lock-${process.pid}`);
    fs.writeFileSync(draft, JSON.stringify(holder));
    try {
      put(draft);
    } finally {
      fs.rmSync(draft, { force: true });
    }
  }
}

/** Whether a file in a locked folder belongs to its lock. */
export function isLockFile(name: string): boolean {
  return LOCK.test(name);
}

/** Who holds the folder, or null. */
export function holderOf(folder: string): LockHolder | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const last = highest(folder);
    const holder = last === 0 ? null : readHolder(folder, last);
    if (holder !== 'vanished') return holder !== null && isAlive(holder) ? holder : null;
  }
  return null;
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `lock.${number}`);
}

function numbers(folder: string): number[] {
  return fs.readdirSync(folder).flatMap((name) => {
    const number = LOCK.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function highest(folder: string): number {
  return fs.existsSync(folder) ? Math.max(0, ...numbers(folder)) : 0;
}

/** Null: it was released. `vanished`: a higher number counts by now. */
function readHolder(folder: string, number: number): LockHolder | null | 'vanished' {
  let text: string;
  try {
    text = fs.readFileSync(fileOf(folder, number), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'vanished';
    throw error;
  }
  // Cut off by a loss of power: whoever wrote it is gone.
  if (!text.endsWith('}')) return null;
  const holder = JSON.parse(text) as LockHolder;
  return holder.pid === 0 ? null : holder;
}
