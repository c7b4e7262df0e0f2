/**
 * The first process inside a sandbox. It is the only way out: a port on the sandbox's own 127.0.0.1 that leads to the broker,
 * through the socket that the grader put here. It starts the answer's program, and tells the grader of it.
 *
 *   grader ── stdin: one JSON line that says what to start; then a line `stop`; its end means: end at once
 *          ── stdout: JSON lines, { out } and { err } what the program wrote, { said } what program.cjs says, { exit } at the end
 *
 * Nothing in here is trusted by the grader: the program may write into these pipes as well. It can only fool itself.
 */
'use strict';
const { spawn } = require('node:child_process');
const net = require('node:net');
const readline = require('node:readline');

/** Time to end by itself that a program has when it was told to stop, in milliseconds. */
const LEAVE_MS = 400;

/** What a program has left in its pipes when it ends comes within these milliseconds, whoever else still holds them. */
const REST_MS = 150;

/** @type {import('node:child_process').ChildProcess | null} */
let program = null;

/** @param {object} fact */
function tell(fact) {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

/**
 * @typedef {object} Order
 * @property {string[]} command what to start
 * @property {Record<string, string>} env its environment, without the address of the broker
 * @property {string} socket path or pipe that leads to the broker
 * @property {number} port to offer here; 0 for any
 * @property {string} url the broker's address, with PORT for the port
 */

/** @param {Order} order */
function open({ command, env, socket, port, url }) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
    join(client, net.connect({ path: socket, allowHalfOpen: true })),
  );
  server.on('error', (error) => end({ failed: `the way to the broker: ${error.message}` }));
  server.listen(port, '127.0.0.1', () => {
    const { port: own } = /** @type {net.AddressInfo} */ (server.address());
    start(command, { ...env, AMQP_URL: url.replace('PORT', String(own)) });
  });
}

/** @param {net.Socket} a @param {net.Socket} b */
function join(a, b) {
  for (const [from, to] of /** @type {const} */ ([
    [a, b],
    [b, a],
  ])) {
    from.pipe(to);
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => (from.errored ? undefined : to.destroySoon()));
  }
}

/** @param {string[]} command @param {Record<string, string>} env */
function start([name, ...args], env) {
  const child = spawn(/** @type {string} */ (name), args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  program = child;
  const [, out, err, said] =
    /** @type {[null, import('node:stream').Readable, import('node:stream').Readable, import('node:stream').Readable]} */ (
      /** @type {unknown} */ (child.stdio)
    );
  out.on('data', (bytes) => tell({ out: bytes.toString() }));
  err.on('data', (bytes) => tell({ err: bytes.toString() }));
  readline.createInterface({ input: said }).on('line', (line) => tell({ said: line }));
  child.on('error', (error) => end({ failed: error.message }));
  child.on('close', (code, signal) => end({ exit: code, signal }));
  child.on('exit', (code, signal) => void setTimeout(() => end({ exit: code, signal }), REST_MS));
}

/** @param {object} fact */
function end(fact) {
  process.stdout.write(`${JSON.stringify(fact)}\n`, () => process.exit(0));
}

const orders = readline.createInterface({ input: process.stdin });
orders.once('line', (first) => {
  open(JSON.parse(first));
  orders.on('line', () => {
    program?.kill('SIGTERM');
    setTimeout(() => program?.kill('SIGKILL'), LEAVE_MS);
  });
});
orders.once('close', () => {
  program?.kill('SIGKILL');
  process.exit(0);
});
