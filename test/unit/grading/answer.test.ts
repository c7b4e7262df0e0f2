/** Answers are read as what they are: files that somebody else wrote. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { AnswerError, answerFrom, commandLines, copyAnswerFolder, readAnswerFile } from '../../../lib/grading/answer/answer';

describe('an answer', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-answer-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const at = (name: string): string => path.join(folder, name);

  it('is a module, a folder with run.sh, or command lines', () => {
    fs.writeFileSync(at('a.ts'), 'export default 1;');
    fs.writeFileSync(at('a.txt'), '# first\nrabbitmqctl status\n\n  rabbitmqctl list_queues \n');
    fs.mkdirSync(at('py'));
    fs.writeFileSync(at('py/run.sh'), 'exec python3 answer.py');
    assert.deepEqual(answerFrom(at('a.ts')), { kind: 'module', text: 'export default 1;' });
    assert.deepEqual(answerFrom(at('a.txt')), { kind: 'lines', lines: ['rabbitmqctl status', 'rabbitmqctl list_queues'] });
    assert.deepEqual(answerFrom(at('py')), { kind: 'folder', folder: at('py') });
    assert.deepEqual(commandLines('#\n'), []);
  });

  it('is no link, no pipe, and not large', () => {
    fs.writeFileSync(at('secret'), 'secret');
    fs.symlinkSync(at('secret'), at('link.ts'));
    execFileSync('mkfifo', [at('pipe.ts')]);
    fs.writeFileSync(at('large.ts'), '');
    fs.truncateSync(at('large.ts'), (1 << 20) + 1);
    for (const name of ['link.ts', 'pipe.ts', 'large.ts', 'missing.ts'])
      assert.throws(() => readAnswerFile(at(name)), AnswerError);
  });

  it('is copied without what is no file', () => {
    fs.mkdirSync(at('from/deep'), { recursive: true });
    fs.writeFileSync(at('secret'), 'secret');
    fs.writeFileSync(at('from/deep/a.py'), 'print(1)');
    fs.symlinkSync(at('secret'), at('from/b.py'));
    copyAnswerFolder(at('from'), at('to'));
    assert.deepEqual(fs.readdirSync(at('to'), { recursive: true }).sort(), ['deep', 'deep/a.py']);
  });
});
