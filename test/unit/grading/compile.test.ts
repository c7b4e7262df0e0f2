/** Names that an answer uses and declares nowhere stood in another cell; what only types say is none of them. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { TYPESCRIPT_FOLDER } from '../../../lib/grading/sandbox/places';

const COMPILER = path.join(__dirname, '../../../lib/inside/compile.cjs');

describe('compiling an answer', function () {
  // The compiler is large: a busy machine needs long to load it.
  this.timeout(60_000);

  const unknownIn = (text: string): string[] => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-compile-test-'));
    try {
      fs.writeFileSync(path.join(folder, 'answer.ts'), text);
      const told = execFileSync(process.execPath, [COMPILER, TYPESCRIPT_FOLDER, path.join(folder, 'answer.ts')], {
        encoding: 'utf8',
      });
      return (JSON.parse(told) as { unknown: { name: string }[] }).unknown.map(({ name }) => name);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  };

  it('finds names that are declared nowhere', () => {
    assert.deepEqual(unknownIn('const sent = 1; export default () => [sent, received];'), ['received']);
  });

  it('does not ask for members of an interface or of a type', () => {
    const types =
      'interface Plan { readonly levels: string[]; of(queue: string): Other }\ntype Two = { left: Plan; right: Far };';
    assert.deepEqual(unknownIn(`${types}\nexport default (plan: Plan, two: Two) => [plan, two];`), []);
  });
});
