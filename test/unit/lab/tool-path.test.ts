import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToForeign } from '../../../lib/lab/tool-path';

describe('pathToForeign', () => {
  it('leaves out the folders in which npm has linked our own tool', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-path-'));
    try {
      const [npm, system] = [path.join(folder, 'npm'), path.join(folder, 'system')];
      for (const made of [npm, system]) fs.mkdirSync(made);
      fs.symlinkSync(path.join(__dirname, '../../../lib/bin/rabbitmqctl.cjs'), path.join(npm, 'rabbitmqctl'));
      fs.writeFileSync(path.join(system, 'rabbitmqctl'), '');
      const all = [npm, system, '/nowhere'].join(path.delimiter);
      assert.equal(pathToForeign('rabbitmqctl', all), [system, '/nowhere'].join(path.delimiter));
      assert.equal(pathToForeign('rabbitmq-queues', all), all);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
