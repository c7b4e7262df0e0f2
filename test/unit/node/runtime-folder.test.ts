import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { RuntimeFolder } from '../../../lib/node/runtime-folder';

describe('the folder where nodes meet', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-runtime-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const open = (): RuntimeFolder => RuntimeFolder.open({ WARREN_RUNTIME_DIR: folder });

  it('has one secret, whoever asks first', () => {
    const cookie = open().cookie();
    assert.equal(cookie.length, 20);
    assert.equal(open().cookie(), cookie);
  });

  it('shows nobody a secret that is being written: two nodes that start at one time ask for it', () => {
    const { writeFileSync } = fs;
    let others = '';
    const slowly = (file: string, text: string, { flag = 'w', mode }: { flag?: string; mode?: number }): void => {
      const descriptor = fs.openSync(file, flag, mode);
      fs.writeFileSync = writeFileSync;
      others = open().cookie();
      fs.writeSync(descriptor, text);
      fs.closeSync(descriptor);
    };
    fs.writeFileSync = slowly as unknown as typeof fs.writeFileSync;
    try {
      assert.equal(open().cookie(), others);
    } finally {
      fs.writeFileSync = writeFileSync;
    }
    assert.equal(others.length, 20);
    assert.deepEqual(fs.readdirSync(folder), ['.erlang.cookie']);
  });
});
