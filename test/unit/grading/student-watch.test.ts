/** A file that is watched: by events where they come, by looking where they do not. */
import { strict as assert } from 'node:assert';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { FileWatch, type FileWatchOptions } from '../../../lib/grading/student/file-watch';

describe('a watched file', () => {
  let folder: string;
  let file: string;
  let watch: FileWatch | null = null;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-watch-test-'));
    file = path.join(folder, 'answer.ts');
    fs.writeFileSync(file, 'one');
  });
  afterEach(() => {
    watch?.close();
    fs.rmSync(folder, { recursive: true });
  });

  function watched(options: Partial<FileWatchOptions>): { saved: () => Promise<void>; polls: Promise<void> } {
    const saves = new EventEmitter();
    const polls = new Promise<void>((resolve) => {
      watch = new FileWatch(file, { onSave: () => saves.emit('save'), onPolling: resolve, ...options });
    });
    return { polls, saved: () => new Promise((resolve) => saves.once('save', () => resolve())) };
  }

  const silent = (): fs.FSWatcher => Object.assign(new EventEmitter(), { close: () => undefined }) as unknown as fs.FSWatcher;

  it('is told of by events', async () => {
    const { saved } = watched({ probeMs: 60_000, lookAgainMs: 60_000 });
    const save = saved();
    fs.writeFileSync(file, 'two');
    await save;
    // Editors write beside it, and put that in its place.
    const replaced = saved();
    fs.writeFileSync(`${file}~`, 'three');
    fs.renameSync(`${file}~`, file);
    await replaced;
  });

  it('is looked at where events do not come, or cannot be had, and that is said', async () => {
    const refused = (): never => {
      throw new Error('ENOSPC');
    };
    for (const each of [silent, refused]) {
      const { saved, polls } = watched({ watch: each, probeMs: 20, lookAgainMs: 10 });
      await polls;
      const save = saved();
      fs.writeFileSync(file, `${each.name} two`);
      await save;
      watch?.close();
    }
  });

  it('is not told of when nothing in it changed, nor while it is empty', async () => {
    let saves = 0;
    let looked = (): void => undefined;
    const { saved } = watched({ watch: silent, probeMs: 5, lookAgainMs: 5, onPolling: () => looked() });
    await new Promise<void>((resolve) => {
      looked = resolve;
    });
    const counting = saved().then(() => {
      saves += 1;
    });
    fs.writeFileSync(file, 'one');
    fs.writeFileSync(file, '');
    fs.writeFileSync(file, 'four');
    await counting;
    assert.equal(saves, 1);
  });
});
