import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { inspect } from 'node:util';
import { drawn, inNotebook, show } from '../../../lib/lab/cell';
import { withLab } from '../../../lib/lab/with-lab';

/** What a kernel has loaded of tslab, reduced to what tells a cell. */
class Kernel {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-cell-'));
  private readonly files: readonly string[];
  readonly shown: string[] = [];

  constructor() {
    const dist = path.join(this.folder, 'tslab', 'dist');
    fs.mkdirSync(dist, { recursive: true });
    fs.writeFileSync(path.join(dist, 'jupyter.js'), 'exports.lastWriteDisplayData = null;');
    fs.writeFileSync(path.join(dist, 'public.js'), 'exports.display = { html: (html) => exports.shown.push(html) };');
    this.files = ['jupyter.js', 'public.js'].map((name) => path.join(dist, name));
    const [jupyter, display] = this.files.map((file) => require(file));
    jupyter.lastWriteDisplayData = () => undefined;
    display.shown = this.shown;
  }

  end(): void {
    for (const file of this.files) delete require.cache[require.resolve(file)];
    fs.rmSync(this.folder, { recursive: true });
  }
}

describe('the notebook cell', function () {
  // Drawing is loaded with the first picture.
  this.timeout(20_000);

  it('is not there in an ordinary program', () => {
    assert.equal(inNotebook(), false);
    show('<p>nobody sees this</p>');
    assert.equal(drawn('<p>x</p>').html, '<p>x</p>');
    assert.match(inspect(drawn('<p aria-label="three queues">x</p>')), /^Picture: three queues$/);
  });

  describe('in a kernel', () => {
    let kernel: Kernel;

    beforeEach(() => {
      kernel = new Kernel();
    });

    afterEach(() => kernel.end());

    it('gets what is drawn, and nothing more is printed of it', () => {
      const picture = drawn('<p>x</p>');
      assert.deepEqual(kernel.shown, ['<p>x</p>']);
      assert.equal(`${picture}`, '<p>x</p>');
      assert.equal(inspect(picture), '');
    });

    it('gets pictures, commands as in a terminal, and the link to the live page', async () => {
      const printed: string[] = [];
      const { log } = console;
      console.log = (...values: unknown[]) =>
        printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
      try {
        await withLab({ engine: 'warren' }, async (lab) => {
          await lab.draw.topology({ title: 'Nothing yet' });
          console.log(await lab.sh`rabbitmqctl delete_user nobody`);
          const url = await lab.watch();
          assert.match(kernel.shown[0] ?? '', /Nothing yet/);
          assert.ok(kernel.shown[1]?.includes(`href="${url}"`));
        });
      } finally {
        console.log = log;
      }
      const terminal =
        '$ rabbitmqctl delete_user nobody\nDeleting user "nobody" ...\nError:\nUser "nobody" does not exist\n[exit 67]';
      assert.deepEqual(printed, [terminal, '']);
    });
  });
});
