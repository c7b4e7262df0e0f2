/**
 * Runs an answer that is a module, named in process.argv. Its default export is called once with what the exercise gives it;
 * SIGTERM aborts the signal that it was given. On descriptor 4 it says how far it is: `loaded`, `resolved`, or `threw TEXT`.
 */
'use strict';
const { channel } = require('node:diagnostics_channel');
const fs = require('node:fs');
const amqp = require('amqplib');

const said = (/** @type {string} */ text) => fs.writeSync(4, `${text.replace(/\s+/g, ' ').slice(0, 2000)}\n`);

// As in a lab (lab/own-sockets.ts): amqplib leaves Nagle's algorithm on, and whoever writes two small frames in a row, a publish
// and an acknowledgement, waits 40 ms for the system at the other end. After amqplib's own listener, which asks for that.
channel('net.client.socket').subscribe((/** @type {any} */ { socket }) => {
  socket.once('connect', () => process.nextTick(() => socket.setNoDelay(true)));
});

const stopping = new AbortController();
process.on('SIGTERM', () => {
  stopping.abort();
  // A program that is told to stop and has nothing left to do ends by itself; amqplib's connection alone keeps it.
  process.exitCode = 0;
});

/** Where in the answer an error came from. @param {Error} error */
function placeOf({ stack = '' }) {
  const [, line] = /answer\.cjs:(\d+)/.exec(stack) ?? [];
  return line === undefined ? '' : ` (line ${line})`;
}

function failed(/** @type {unknown} */ error) {
  said(`threw ${error instanceof Error ? `${error.name}: ${error.message}${placeOf(error)}` : String(error)}`);
  process.exit(1);
}
process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);

const answer = require(/** @type {string} */ (process.argv[2]));
const main = typeof answer === 'function' ? answer : answer.default;
if (typeof main !== 'function') {
  said('threw The module has no default export that is a function: export default async function ({ amqp, url }) { ... }');
  process.exit(1);
}
const { AMQP_URL: url, ...env } = process.env;
const log = (/** @type {unknown[]} */ ...words) => console.log(...words);
said('loaded');
Promise.resolve(main({ amqp, url, env, log, signal: stopping.signal })).then(() => said('resolved'), failed);
