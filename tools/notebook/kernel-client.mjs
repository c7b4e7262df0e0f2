/**
 * A Jupyter client in Node: starts a kernel from its committed spec and talks to it over ZeroMQ, as JupyterLab would.
 * For tests, for `npm run doctor` and for `npm run notebooks -- --kernel`.
 */
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../setup/paths.mjs';

const require = createRequire(import.meta.url);
const { address, decode, encode, makeHeader } = require('../../jupyter/kernel/wire.cjs');

export const SPEC_FOLDER = path.join(ROOT, 'jupyter', 'kernels', 'tslab');
const CHANNELS = ['shell', 'iopub', 'stdin', 'control', 'hb'];
const START_LIMIT_MS = 30_000;
const PROBE_MS = 250;
const STOP_LIMIT_MS = 5_000;

/**
 * @typedef {{ type: string, content: any }} Published one message of the iopub channel that answers our request
 * @typedef {{ content: any, published: Published[] }} Answer
 */

/** Free ports of the loopback address, all held until all are known, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => /** @type {net.AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export class KernelClient {
  #child;
  #folder;
  #key;
  #shell;
  #control;
  #iopub;
  #session = crypto.randomUUID();
  /** @type {Map<string, { published: Published[], reply: any, idle: boolean, done: (answer: Answer) => void }>} */
  #waiting = new Map();
  #stderr = '';
  /** @type {Promise<unknown>} */
  #ended;

  /** @param {string} cwd the notebook's folder @param {NodeJS.ProcessEnv} [env] */
  static async start(cwd, env = process.env) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-kernel-'));
    try {
      const ports = await freePorts(CHANNELS.length);
      /** @type {Record<string, any>} */
      const connection = { transport: 'tcp', ip: '127.0.0.1', key: crypto.randomUUID(), signature_scheme: 'hmac-sha256' };
      CHANNELS.forEach((channel, index) => {
        connection[`${channel}_port`] = ports[index];
      });
      const file = path.join(folder, 'connection.json');
      fs.writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
      const client = new KernelClient(connection, file, folder, cwd, env);
      await client.#ready();
      return client;
    } catch (error) {
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @private */
  constructor(connection, file, folder, cwd, env) {
    const spec = JSON.parse(fs.readFileSync(path.join(SPEC_FOLDER, 'kernel.json'), 'utf8'));
    const argv = spec.argv.map((word) => word.replace('{resource_dir}', SPEC_FOLDER).replace('{connection_file}', file));
    this.#folder = folder;
    this.#key = connection.key;
    this.#child = spawn(argv[0] === 'node' ? process.execPath : argv[0], argv.slice(1), {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit');
    this.#child.stderr.on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    const zmq = require('zeromq');
    this.#shell = new zmq.Dealer({ linger: 0 });
    this.#control = new zmq.Dealer({ linger: 0 });
    this.#iopub = new zmq.Subscriber({ linger: 0 });
    this.#shell.connect(address(connection, connection.shell_port));
    this.#control.connect(address(connection, connection.control_port));
    this.#iopub.connect(address(connection, connection.iopub_port));
    this.#iopub.subscribe();
    void this.#receiveReplies(this.#shell);
    void this.#receiveReplies(this.#control);
    void this.#receivePublished();
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves when the kernel's process has ended. */
  ended() {
    return this.#ended;
  }

  /** Asks until the kernel answers *and* its publications arrive; ZeroMQ drops those made before the subscription. */
  async #ready() {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null) throw new Error(`the kernel ended at its start: ${this.#stderr.trim()}`);
      const probe = this.request('kernel_info_request', {});
      if (await Promise.race([probe, new Promise((done) => setTimeout(done, PROBE_MS, null))])) return;
    }
    await this.stop();
    throw new Error(`the kernel did not answer within ${START_LIMIT_MS / 1000} s: ${this.#stderr.trim()}`);
  }

  /**
   * Resolves when the reply and the `idle` status that ends its publications have both come.
   * @param {string} type @param {object} content @param {'shell' | 'control'} [channel]
   * @returns {Promise<Answer>}
   */
  request(type, content, channel = 'shell') {
    const header = makeHeader(type, this.#session, 'warren');
    const answer = new Promise((done) => {
      this.#waiting.set(header.msg_id, { published: [], reply: null, idle: false, done });
    });
    const socket = channel === 'shell' ? this.#shell : this.#control;
    return socket.send(encode({ header, content }, this.#key)).then(() => answer);
  }

  /** @param {string} code @param {{ stopOnError?: boolean, silent?: boolean }} [options] */
  execute(code, { stopOnError = false, silent = false } = {}) {
    return this.request('execute_request', {
      code,
      silent,
      store_history: !silent,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: stopOnError,
    });
  }

  interrupt() {
    this.#child.kill('SIGINT');
  }

  async #receiveReplies(socket) {
    for await (const frames of socket) {
      const message = decode(frames, this.#key);
      const entry = this.#waiting.get(message.parent.msg_id);
      if (!entry) continue;
      entry.reply = message.content;
      this.#finish(message.parent.msg_id, entry);
    }
  }

  async #receivePublished() {
    for await (const frames of this.#iopub) {
      const message = decode(frames, this.#key);
      const entry = this.#waiting.get(message.parent.msg_id);
      if (!entry) continue;
      if (message.header.msg_type !== 'status') entry.published.push({ type: message.header.msg_type, content: message.content });
      else if (message.content.execution_state === 'idle') {
        entry.idle = true;
        this.#finish(message.parent.msg_id, entry);
      }
    }
  }

  #finish(id, entry) {
    if (!entry.reply || !entry.idle) return;
    this.#waiting.delete(id);
    entry.done({ content: entry.reply, published: entry.published });
  }

  /** Asks the kernel to end, and ends it if it does not. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      void this.request('shutdown_request', { restart: false }, 'control').catch(() => undefined);
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
      await this.#ended;
      clearTimeout(timer);
    }
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}
