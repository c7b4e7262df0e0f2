// Starts a lab of three nodes that are one cluster, in a process that has done nothing before, and prints how long that took.
//
//   node bench/start-lab.mjs warren|rabbitmq [--processes]
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { processes: { type: 'boolean', default: false } },
});
const here = path.dirname(fileURLToPath(import.meta.url));
const { Lab } = require(path.join(here, '..', 'lib', 'dist', 'lab', 'lab.js'));
const started = performance.now();
const lab = await Lab.start({
  engine: positionals[0],
  nodes: ['rabbit1', 'rabbit2', 'rabbit3'],
  cluster: true,
  processes: values.processes,
});
const startMs = performance.now() - started;
await lab.stop();
process.stdout.write(`${JSON.stringify({ startMs, lost: 0 })}\n`, () => process.exit(0));
