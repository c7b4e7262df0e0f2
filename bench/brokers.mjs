// Starts what is to be measured, each in a process of its own on a free port of 127.0.0.1, with data on the disk of the
// repository (a temporary folder may lie in memory, where a sync costs nothing).
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnNode } from './children.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const require = createRequire(import.meta.url);

/** Where data and results of benchmarks lie. */
export const WORK_FOLDER = path.join(root, '.warren', 'bench');

/**
 * By name, what starts it; each resolves with { url, pid, version, stop(), restart() } or rejects with a sentence. `restart` is a
 * kill -9 and a start on the same data; it resolves with the milliseconds of the start.
 */
const STARTERS = {
  warren: startWarren,
  rabbitmq: startRabbitmq,
  null: () => startNode((port) => [path.join(here, 'nullbroker.mjs'), String(port)]),
};

export const BROKER_NAMES = Object.keys(STARTERS);

const running = new Set();

export async function startBroker(name) {
  const broker = await STARTERS[name]();
  const entry = {
    ...broker,
    name,
    stop: async () => {
      running.delete(entry);
      await broker.stop();
    },
  };
  running.add(entry);
  return entry;
}

/** For the end of the benchmark, however it comes. */
export async function stopAllBrokers() {
  await Promise.all([...running].map((broker) => broker.stop()));
}

/** With a disk, as RabbitMQ has one. */
async function startWarren() {
  fs.mkdirSync(WORK_FOLDER, { recursive: true });
  const data = fs.mkdtempSync(path.join(WORK_FOLDER, 'warren-'));
  const warren = path.join(root, 'lib', 'bin', 'warren.cjs');
  const broker = await startNode((port) => [warren, 'broker', '--port', String(port), '--data', data]);
  return {
    ...broker,
    stop: async () => {
      await broker.stop();
      fs.rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Two brokers in Node: ready when their port accepts. */
async function startNode(argumentsFor) {
  const port = await freePort();
  const broker = { url: `amqp://guest:guest@127.0.0.1:${port}/`, version: `Node ${process.version}`, pid: 0 };
  let child = null;
  const start = async () => {
    child = spawnNode(argumentsFor(port));
    broker.pid = child.pid;
    let complaints = '';
    child.stdout.resume();
    child.stderr.on('data', (text) => (complaints += text));
    while (!(await accepts(port))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`it ended before it accepted connections. It said:\n${complaints.trim()}`);
      }
      await delay(20);
    }
  };
  broker.stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  broker.restart = async () => {
    await broker.stop();
    return timed(start);
  };
  await start();
  return broker;
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function startRabbitmq() {
  const compiled = path.join(root, 'lib', 'dist', 'lab');
  if (!fs.existsSync(path.join(compiled, 'rabbitmq-server.js')))
    throw new Error('lib/ is not compiled; run `npm run build` first.');
  const { RabbitmqHome } = require(path.join(compiled, 'rabbitmq-home.js'));
  const { RabbitmqServer } = require(path.join(compiled, 'rabbitmq-server.js'));
  const home = await RabbitmqHome.create(WORK_FOLDER);
  const stop = async (server) => {
    await server?.dispose();
    await home.dispose();
  };
  try {
    const server = await RabbitmqServer.start({ name: 'bench', home, asInstalled: true });
    const url = `amqp://guest:guest@127.0.0.1:${server.port}/`;
    const restart = async () => {
      await server.kill();
      return timed(() => server.restart());
    };
    return { url, pid: server.pid, version: server.installation.version, stop: () => stop(server), restart };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => {});
    socket.once('close', (hadError) => resolve(!hadError));
  });
}
