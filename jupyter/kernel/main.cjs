'use strict';
/**
 * The kernel that Jupyter starts: `node main.cjs CONNECTION_FILE`. It lives as long as Jupyter wants it and no longer:
 * a shutdown request, SIGTERM, a closed terminal or a Jupyter that died all end it through `process.exit`, so that
 * whatever cells started (brokers, child processes) can be stopped in `process.on('exit')`.
 */
const fs = require('node:fs');

const PARENT_CHECK_MS = 1000;

function main() {
  const connectionFile = process.argv[2];
  if (!connectionFile)
    throw new Error('usage: node main.cjs CONNECTION_FILE (Jupyter starts this; see kernels/tslab/kernel.json)');
  const connection = JSON.parse(fs.readFileSync(connectionFile, 'utf8'));
  const { createCells } = require('./cells.cjs');
  const { KernelServer } = require('./server.cjs');
  const server = new KernelServer(connection, createCells(process.cwd()));

  process.on('SIGINT', () => server.interrupt());
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));
  process.on('uncaughtException', (error) => server.report('Uncaught exception', error));
  process.on('unhandledRejection', (reason) => server.report('Unhandled rejection', reason));
  exitWithParent();
  return server.listen();
}

/** A process whose parent dies is given to another one: then nobody will ever shut this kernel down. */
function exitWithParent() {
  const parent = process.ppid;
  if (parent <= 1) return;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, PARENT_CHECK_MS).unref();
}

Promise.resolve()
  .then(main)
  .catch((error) => {
    process.stderr.write(`The TypeScript kernel could not start: ${error.message}\n`);
    process.exit(1);
  });
