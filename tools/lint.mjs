/** `npm run lint`: Biome's rules and format, then ours. Ends with how many rule sets held. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensurePackages } from './setup/packages.mjs';
import { ROOT } from './setup/paths.mjs';
import { main, totals } from './setup/say.mjs';

const BIOME = [
  ['biome', 'lint', '--error-on-warnings', '--max-diagnostics=100'],
  ['format (npm run format mends it)', 'format', '--reporter=summary'],
];

await main(async () => {
  await ensurePackages();
  const { tidy } = await import('./tidy.mjs');
  const { readProject } = await import('./tidy/project.mjs');
  let passed = 0;
  let failed = 0;
  const tell = (/** @type {string} */ rule, /** @type {boolean} */ held, /** @type {string[]} */ faults = []) => {
    if (held) passed += 1;
    else failed += 1;
    console.log(`${held ? 'ok  ' : 'FAIL'}  ${rule}${faults.map((fault) => `\n  ${fault}`).join('')}`);
  };
  const biome = path.join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  for (const [rule, ...args] of BIOME) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: ROOT, encoding: 'utf8' });
    tell(rule, status === 0);
    if (status !== 0) console.log(`${stdout}${stderr}`.replace(/^/gm, '  '));
  }
  for (const [rule, faults] of tidy(readProject(ROOT))) tell(rule, faults.length === 0, faults);
  return totals(passed, failed);
});
