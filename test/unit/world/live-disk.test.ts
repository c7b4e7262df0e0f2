import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { DiskError, DiskFile } from '../../../lib/world/disk';
import { LiveDisk } from '../../../lib/world/live-disk';

describe('LiveDisk', () => {
  let folder: string;
  let disk: LiveDisk;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-disk-'));
    disk = new LiveDisk(path.join(folder, 'made'));
  });

  afterEach(() => {
    disk.close();
    fs.rmSync(folder, { recursive: true });
  });

  function write(file: DiskFile, text: string): Promise<DiskError | null> {
    return new Promise((resolve) => file.write([Buffer.from(text)], resolve));
  }

  function sync(file: DiskFile): Promise<DiskError | null> {
    return new Promise((resolve) => file.sync(resolve));
  }

  it('appends, syncs and reads back', async () => {
    const file = disk.create('a.log');
    assert.equal(await write(file, 'one'), null);
    assert.equal(await write(file, 'two'), null);
    assert.equal(await sync(file), null);
    file.close();
    assert.deepEqual([disk.list(), disk.size('a.log'), disk.read('a.log', 2, 99).toString()], [['a.log'], 6, 'etwo']);
  });

  it('ends what is under way before it closes a file, and takes nothing afterwards', async () => {
    const file = disk.create('a.log');
    const written = write(file, 'kept');
    file.close();
    assert.equal(await written, null);
    assert.equal(disk.size('a.log'), 4);
    assert.equal((await sync(file))?.code, 'EBADF');
    assert.equal((await write(file, 'more'))?.code, 'EBADF');
  });

  it('closes a file once, however often it is told to: the number may be another file by then', async () => {
    const file = disk.create('a.log');
    file.close();
    const other = disk.create('b.log');
    file.close();
    assert.equal(await write(other, 'safe'), null);
    other.close();
    assert.equal(disk.size('b.log'), 4);
  });

  it('does not make a file twice', () => {
    disk.create('a.log').close();
    assert.throws(() => disk.create('a.log'), { code: 'EEXIST', file: 'a.log' });
  });
});
