/**
 * `npm run notebooks [files]`: lints and executes notebooks from a clean kernel; a line each, then the totals.
 *
 *   --stock     on unmodified tslab, as somebody without our kernel would run them
 *   --kernel    through the real kernel process and protocol
 *   --twice     every cell two times, since a reader will
 *   --html DIR  writes each executed notebook as a page
 *   --limit S   seconds that one notebook may take, 300 unless told
 *   --lint      only what can be seen without running
 *   --strip     removes outputs and counts from the files, gives cells their ids, and runs nothing
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureLibrary } from './setup/library.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { main, seconds, totals, Trouble } from './setup/say.mjs';

const DEFAULT_LIMIT_S = 300;
const shown = (/** @type {string} */ file) => path.relative(ROOT, file);

/** All notebooks of the course, in the order in which they are read. */
function allNotebooks() {
  const folder = path.join(ROOT, 'notebooks');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ipynb') && !file.includes('.ipynb_checkpoints'))
    .sort()
    .map((file) => path.join(folder, file));
}

function readArguments(/** @type {string[]} */ words) {
  const flag = /** @type {const} */ ({ type: 'boolean', default: false });
  let parsed;
  try {
    parsed = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        stock: flag,
        kernel: flag,
        twice: flag,
        lint: flag,
        strip: flag,
        html: { type: 'string' },
        limit: { type: 'string', default: String(DEFAULT_LIMIT_S) },
      },
    });
  } catch (error) {
    throw new Trouble(
      /** @type {Error} */ (error).message.split('\n')[0].replace(/\.$/, ''),
      'The options are told at the top of tools/notebooks.mjs.',
    );
  }
  const { values, positionals } = parsed;
  const limitMs = Number(values.limit) * 1000;
  if (!(limitMs > 0)) throw new Trouble(`--limit ${values.limit} is no number of seconds`, 'Give e.g. "--limit 60".');
  const files = positionals.length ? positionals.map((file) => path.resolve(file)) : allNotebooks();
  const missing = files.find((file) => !fs.existsSync(file));
  if (missing)
    throw new Trouble(`There is no ${shown(missing)}`, 'Name notebooks by their path, e.g. notebooks/00-welcome.ipynb.');
  return { ...values, limitMs, files, twice: values.twice === true };
}

await main(async (words) => {
  const options = readArguments(words);
  await ensurePackages();
  // What needs the installed packages is loaded only now.
  const { readNotebook, stripNotebook } = await import('./notebook/read.mjs');
  if (options.strip) {
    for (const file of options.files) console.log(`${stripNotebook(file) ? 'stripped' : 'clean   '}  ${shown(file)}`);
    return 0;
  }
  const { faultLine, lintNotebook, placeOf } = await import('./notebook/lint.mjs');
  const { executeNotebook } = await import('./notebook/execute.mjs');
  const { toHtml } = await import('./notebook/html.mjs');
  if (!options.lint) await ensureLibrary();
  const mode = options.stock ? 'stock' : options.kernel ? 'kernel' : 'course';
  if (options.html) fs.mkdirSync(options.html, { recursive: true });

  /** @returns {Promise<string[]>} what is wrong */
  const check = async (/** @type {string} */ file) => {
    const notebook = readNotebook(file);
    const faults = lintNotebook(notebook).map((fault) => faultLine(shown(file), fault));
    if (options.lint) return faults;
    const { results, trouble } = await executeNotebook(file, { mode, limitMs: options.limitMs, twice: options.twice });
    for (const { cell, failure } of results) {
      if (!failure) continue;
      const place = placeOf({ cell, id: notebook.cells[cell - 1]?.id });
      faults.push([`${shown(file)}${place}: ${failure.ename}: ${failure.evalue}`, ...failure.traceback].join('\n    '));
    }
    if (trouble) faults.push(`${shown(file)} ${trouble}`);
    if (options.html)
      fs.writeFileSync(path.join(options.html, `${path.basename(file, '.ipynb')}.html`), toHtml(notebook, results));
    return faults;
  };

  let failed = 0;
  const waiting = [...options.files];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const start = performance.now();
      const faults = await check(file).catch((error) => [String(error.message ?? error)]);
      if (faults.length) failed += 1;
      console.log(
        `${faults.length ? 'FAIL' : 'ok  '}  ${shown(file)}  ${seconds(start)}${faults.map((fault) => `\n  ${fault}`).join('')}`,
      );
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  return totals(options.files.length - failed, failed);
});
