/**
 * The first process inside a sandbox: `node door.cjs MODULES`. It loads what is named, and waits for its order. A module of an
 * answer runs in this very process; any other command is started by it.
 *
 *   grader ── descriptor 3, Node's IPC: { command or module, args, env, url, port }, once. If there is a url, a server that
 *             listens on the sandbox's own 127.0.0.1 goes back, and with it the way to the broker is the grader's: who connects
 *             here is accepted there. Then the grader closes this channel, and only then does anything of the answer run.
 *          ── descriptor 4: a line `stop` comes in, and its end means: end at once; out go the lines of program.cjs
 *
 * Nothing in here is trusted by the grader once the answer runs: the program may write to descriptor 4 as well. It can only fool
 * itself.
 */
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const { useCodeCache } = require('./code-cache.cjs');

const CONTROL = 4;

/**
 * @typedef {object} Order
 * @property {string[]} [command] what to start, or
 * @property {string} [module] what to load here
 * @property {string[]} [args] what the module finds in process.argv
 * @property {Record<string, string>} env its environment, without the address of the broker
 * @property {string} url the broker's address, with PORT for the port; '' if it gets none
 * @property {number} port to offer here; 0 for any
 */

/** Told to stop. */
let stop = () => process.kill(process.pid, 'SIGTERM');

/** @param {string} text */
function say(text) {
  fs.writeSync(CONTROL, `${text}\n`);
}

/** @param {number} port @param {(own: number) => void} then */
function offer(port, then) {
  const server = net.createServer();
  server.on('error', (error) => {
    say(`threw the way to the broker: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, '127.0.0.1', () => {
    const { port: own } = /** @type {net.AddressInfo} */ (server.address());
    then(own);
    // What is sent lives on at the other end.
    process.send?.('port', server, {}, () => server.close());
  });
}

/** @param {Order} order */
function run({ command, module, args = [], env }) {
  // In place: a module may hold process.env already, and a new object would not be the one that the system knows.
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  if (module !== undefined) {
    process.argv = [process.execPath, module, ...args];
    require(module);
  } else start(/** @type {string[]} */ (command));
}

/** @param {string[]} command */
function start([name, ...args]) {
  const program = spawn(/** @type {string} */ (name), args, { stdio: ['ignore', 'inherit', 'inherit', 'ignore', CONTROL] });
  program.on('error', (error) => {
    say(`threw ${error.message}`);
    process.exit(1);
  });
  program.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
  stop = () => program.kill('SIGTERM');
}

const leaveCodeCache = useCodeCache();
for (const module of process.argv.slice(2)) require(module);
// The program's own modules are compiled by an untouched Node.
leaveCodeCache();

const control = new net.Socket({ fd: CONTROL, readable: true, writable: false });
control.on('data', (bytes) => (bytes.includes('stop') ? stop() : undefined));
control.on('error', () => process.exit());
control.on('end', () => process.exit());
// A program that has nothing left to do ends, whether it was told to or not.
control.unref();

process.once('message', (/** @type {Order} */ order) => {
  let url = order.url;
  process.once('disconnect', () => run({ ...order, env: { ...order.env, ...(url === '' ? {} : { AMQP_URL: url }) } }));
  if (url === '') return;
  offer(order.port, (own) => {
    url = url.replace('PORT', String(own));
  });
});
