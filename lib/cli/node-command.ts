/** `warren node`: a node as a process of its own, set up as rabbitmq-server is. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { VERSION } from '../broker/handshake';
import type { LocalNodeOptions } from '../node/local-node';
import { FormedLog } from '../node/log-form';
import { PluginFile } from '../node/plugin-file';
import { machineProbes } from '../node/probes';
import { RuntimeFolder } from '../node/runtime-folder';
import { NODE_OPTIONS, type NodeSettings, nodeSettings } from './node-settings';
import { readOptions } from './options';
import { amqpAddress, serve } from './serve';
import { EXIT, type Subcommand } from './subcommand';

const DETACHED = ['-detached', '--detached'];

export const NODE_COMMAND: Subcommand = {
  name: 'node',
  usage: '[-detached] [--name rabbit] [--port 5672] [--host 127.0.0.1] [--data <folder>] [--log <file>|-]',
  description: 'runs a node that keeps what is durable, until SIGTERM, Ctrl-C or rabbitmqctl stop',
  details: [
    '-detached  returns at once; the node runs on in the background',
    '--name     name of the node; RABBITMQ_NODENAME (default rabbit@<this host>)',
    '--port     TCP port, 0 lets the system choose one; RABBITMQ_NODE_PORT (default 5672)',
    '--host     address to listen on; RABBITMQ_NODE_IP_ADDRESS (default 127.0.0.1, this machine only)',
    '--data     folder of the node; RABBITMQ_MNESIA_DIR, or RABBITMQ_MNESIA_BASE with the name behind it',
    '           (default ~/.local/state/warren/mnesia/<name>)',
    '--log      file for the log, - for the console; RABBITMQ_LOGS, RABBITMQ_LOG_BASE',
    '           (default ~/.local/state/warren/log/<name>.log)',
    '',
    'RABBITMQ_CONFIG_FILE names a rabbitmq.conf, RABBITMQ_PID_FILE the file for the process number (default <data>.pid).',
    'rabbitmqctl finds nodes in WARREN_RUNTIME_DIR, or in a folder of this user.',
    'Exit codes: 0 stopped in order, 1 the disk failed, 65 what is on the disk is damaged, 69 the port, name or folder is taken,',
    '78 the configuration cannot be understood.',
  ],
  run: async (args) => {
    const detached = args.some((word) => DETACHED.includes(word));
    const rest = args.filter((word) => !DETACHED.includes(word));
    const settings = nodeSettings(readOptions(rest, NODE_OPTIONS), process.env);
    return detached ? startDetached(rest, settings) : run(settings);
  },
};

/** As rabbitmq-server does it: whether the node gets up is in its log, and `rabbitmqctl await_startup` tells. */
function startDetached(args: readonly string[], { logFile, nodename }: NodeSettings): number {
  const output = openAppending(logFile ?? path.resolve(`${nodename}.log`));
  const words = [...process.execArgv, process.argv[1] as string, 'node', ...args];
  // npx is not the parent of what goes on after it.
  const { npm_command: _, ...environment } = process.env;
  spawn(process.execPath, words, { detached: true, stdio: ['ignore', output, output], env: environment }).unref();
  fs.closeSync(output);
  return EXIT.ok;
}

/** Its folder is made if it is missing. */
function openAppending(file: string): number {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return fs.openSync(file, 'a');
}

/** Null: to the console. A log that cannot be written is no reason to stop serving. */
function logWriter(file: string | null): (lines: string) => void {
  if (file === null) return (lines) => void process.stdout.write(lines);
  const descriptor = openAppending(file);
  return (lines) => {
    try {
      fs.writeSync(descriptor, lines);
    } catch {
      process.stderr.write(lines);
    }
  };
}

/** Milliseconds since 1970, with as much of a fraction as the machine knows. */
function wallTime(): number {
  return performance.timeOrigin + performance.now();
}

async function run(settings: NodeSettings): Promise<number> {
  const { nodename, pidFile, listeners } = settings;
  const log = new FormedLog(wallTime, logWriter(settings.logFile), settings.logLevel);
  const options: LocalNodeOptions = {
    ...settings,
    runtime: RuntimeFolder.open(),
    log,
    broker: { ...settings.broker, resources: machineProbes(settings.dataFolder) },
    setLogLevel: (level) => {
      log.level = level;
    },
    plugins: new PluginFile(settings.places.enabledPlugins),
  };
  fs.mkdirSync(path.dirname(pidFile), { recursive: true });
  const code = await serve(options, (bound) => {
    fs.writeFileSync(pidFile, `${process.pid}\n`);
    for (const [i, address] of bound.entries()) {
      console.log(`Warren ${VERSION}, node ${nodename}, listens on ${amqpAddress(address, listeners[i]?.tls !== undefined)}`);
    }
  });
  fs.rmSync(pidFile, { force: true });
  return code;
}
