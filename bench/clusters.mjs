// Starts three nodes, each a process of its own, and joins them by the commands of the tools. Nodes of Warren are linked
// directly, not by way of a lab, whose relays would be measured too.
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, WORK_FOLDER } from './brokers.mjs';
import { spawnNode } from './children.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

export const NODE_NAMES = ['rabbit1', 'rabbit2', 'rabbit3'];
/** Queues whose name begins so are mirrored on all nodes. */
export const MIRRORED = 'mirrored-';

/**
 * By name, what starts it. Each resolves with { version, nodes, ctl(...words), stop() }; a node is { url, pid, kill(), start()
 * }, and `ctl` is rabbitmqctl on the first one.
 */
const STARTERS = { warren: startWarren, rabbitmq: startRabbitmq };

export const CLUSTER_NAMES = Object.keys(STARTERS);

const running = new Set();

export async function startCluster(name) {
  const cluster = await STARTERS[name]();
  const entry = {
    ...cluster,
    name,
    stop: async () => {
      running.delete(entry);
      await cluster.stop();
    },
  };
  running.add(entry);
  await cluster.ctl('set_policy', 'mirrored', `^${MIRRORED}`, '{"ha-mode":"all"}', '--apply-to', 'queues');
  return entry;
}

/** For the end of the benchmark, however it comes. */
export async function stopAllClusters() {
  await Promise.all([...running].map((cluster) => cluster.stop()));
}

async function startWarren() {
  fs.mkdirSync(WORK_FOLDER, { recursive: true });
  const folder = fs.mkdtempSync(path.join(WORK_FOLDER, 'c-'));
  const environment = { ...process.env, WARREN_RUNTIME_DIR: path.join(folder, 'run') };
  const nodes = await Promise.all(NODE_NAMES.map(async (name) => new WarrenNode(name, folder, environment, await freePort())));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const ctl = (...words) => runTool(['-n', nodes[0].nodename, ...words], environment);
  try {
    await Promise.all(nodes.map((node) => node.start()));
    for (const { nodename } of nodes.slice(1)) {
      for (const words of [['stop_app'], ['join_cluster', nodes[0].nodename], ['start_app']]) await ctl('-n', nodename, ...words);
    }
    return { version: `Node ${process.version}`, nodes, ctl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

class WarrenNode {
  pid = 0;
  #child = null;
  #environment;
  #args;

  constructor(name, folder, environment, port) {
    this.nodename = `${name}@localhost`;
    this.url = `amqp://guest:guest@127.0.0.1:${port}/`;
    this.#environment = environment;
    const warren = path.join(root, 'lib', 'bin', 'warren.cjs');
    const data = path.join(folder, name);
    const where = ['--host', '127.0.0.1', '--port', String(port), '--data', data, '--log', '-'];
    this.#args = [warren, 'node', '--name', this.nodename, ...where];
  }

  /** Resolves when clients may come. */
  async start() {
    const child = spawnNode(this.#args, this.#environment);
    this.#child = child;
    this.pid = child.pid;
    let printed = '';
    let complaints = '';
    child.stderr.on('data', (text) => (complaints += text));
    await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`${this.nodename} did not start. It said:\n${complaints.trim()}`)));
      child.stdout.on('data', (text) => {
        // Its log comes this way too, and nobody wants it once the node serves.
        if (printed === null) return;
        printed += text;
        if (!printed.includes(' listens on amqp://')) return;
        printed = null;
        resolve();
      });
    });
  }

  async kill() {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** Rejects with what the tool says if it refuses. */
async function runTool(words, environment) {
  const child = spawnNode([path.join(root, 'lib', 'bin', 'rabbitmqctl.cjs'), ...words], environment);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`rabbitmqctl ${words.join(' ')}: ${said.trim()}`);
}

async function startRabbitmq() {
  const compiled = path.join(root, 'lib', 'dist', 'lab');
  const { RabbitmqHome } = require(path.join(compiled, 'rabbitmq-home.js'));
  const { RabbitmqServer } = require(path.join(compiled, 'rabbitmq-server.js'));
  const { joined } = require(path.join(compiled, 'rabbitmq-cluster.js'));
  const home = await RabbitmqHome.create(WORK_FOLDER);
  const started = await Promise.allSettled(NODE_NAMES.map((name) => RabbitmqServer.start({ name, home, asInstalled: true })));
  const servers = started.flatMap(({ status, value }) => (status === 'fulfilled' ? [value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    await home.dispose();
  };
  try {
    for (const { status, reason } of started) if (status === 'rejected') throw reason;
    await joined(servers);
  } catch (error) {
    await stop();
    throw error;
  }
  const nodes = servers.map((server) => ({
    nodename: server.nodename,
    url: `amqp://guest:guest@127.0.0.1:${server.port}/`,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    start: () => server.restart(),
  }));
  const ctl = async (...words) => {
    const { exitCode, stderr } = await servers[0].ctl(words);
    if (exitCode !== 0) throw new Error(`rabbitmqctl ${words.join(' ')}: ${stderr.trim()}`);
  };
  return { version: servers[0].installation.version, nodes, ctl, stop };
}
